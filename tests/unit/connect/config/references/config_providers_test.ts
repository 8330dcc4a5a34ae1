import assert from "node:assert/strict";
import { overridesNow } from "../../../../../connect/config/client_overrides.ts";
import {
  type ConfigSources,
  requireResolved,
  resolveReferences,
} from "../../../../../connect/config/references/config_providers.ts";

const variables: Readonly<Record<string, string>> = {
  BANK2_URL: "postgres://bank2",
  PASSWORD: "a$&b",
  NESTED: "${env:PASSWORD}",
};
const files: Readonly<Record<string, string>> = {
  "/secrets/bank2.properties": "user = telesales\npassword: s3cret \\\n  more\n",
  "/secrets/key": "from a folder",
  "/elsewhere/key": "not for you",
};
const links: Readonly<Record<string, string>> = { "/secrets/link": "/elsewhere/key" };
let filesRead = 0;

const sources: ConfigSources = {
  variable: (name) => variables[name],
  readFile: (path) => {
    filesRead++;
    const text = files[path];
    return text === undefined ? Promise.reject(new Deno.errors.NotFound(path)) : Promise.resolve(text);
  },
  realPath: (path) => Promise.resolve(links[path] ?? path.replace("/./", "/")),
};
const policy = { variables: "all", allowedPaths: ["/secrets"] } as const;

async function valueOf(text: string): Promise<string | undefined> {
  return (await resolveReferences({ option: text }, sources, policy)).props["option"];
}

async function problemOf(
  text: string,
  allowed: typeof policy | { variables: string[]; allowedPaths: string[] } = policy,
) {
  return (await resolveReferences({ option: text }, sources, allowed)).problems.get("option")?.join("; ");
}

Deno.test("references are looked up in variables, properties files and folders", async () => {
  assert.equal(
    await valueOf("${env:BANK2_URL}/db?password=${env:PASSWORD}"),
    "postgres://bank2/db?password=a$&b",
  );
  assert.equal(await valueOf("${file:/secrets/bank2.properties:password}"), "s3cret more");
  assert.equal(await valueOf("${dir:/secrets:key}"), "from a folder");
});

Deno.test("a variable that may be absent is empty then", async () => {
  assert.equal(await valueOf("${env:optional:BANK2_URL}"), "postgres://bank2");
  assert.equal(await valueOf("[${env:optional:NOT_SET}]"), "[]");
  assert.match(await problemOf("${env:perhaps:NOT_SET}") ?? "", /optional and a name/);
  const some = { variables: ["BANK2_URL"], allowedPaths: [] };
  assert.match(await problemOf("${env:optional:PASSWORD}", some) ?? "", /doesn't name it/);
});

Deno.test("what a reference stands for is not looked up again", async () => {
  assert.equal(await valueOf("${env:NESTED}"), "${env:PASSWORD}");
});

Deno.test("a file is read once for all its keys", async () => {
  filesRead = 0;
  assert.equal(
    await valueOf("${file:/secrets/bank2.properties:user}:${file:/secrets/bank2.properties:password}"),
    "telesales:s3cret more",
  );
  assert.equal(filesRead, 1);
});

Deno.test("texts in braces without a provider stay as they are", async () => {
  assert.equal(await valueOf("${topic}-${timestamp}"), "${topic}-${timestamp}");
});

Deno.test("an unknown provider is left alone and warned of", async () => {
  const { props, warnings, problems } = await resolveReferences({ option: "${evn:A}" }, sources, policy);
  assert.equal(props["option"], "${evn:A}");
  assert.equal(problems.size, 0);
  assert.match(warnings.get("option")?.[0] ?? "", /there is no config provider "evn"/);
});

Deno.test("what can't be looked up is said by option and reference", async () => {
  assert.equal(
    await problemOf("${env:NOPE}"),
    "Cannot resolve ${env:NOPE} of option: the environment variable is not set",
  );
  assert.match(await problemOf("${file:/secrets/bank2.properties:nope}") ?? "", /the file has no such key/);
  assert.match(await problemOf("${file:/secrets/nope:a}") ?? "", /can't be read: there is no such file$/);
  assert.match(await problemOf("${file:key}") ?? "", /a path is expected/);
  assert.match(
    await problemOf("${env:NOPE} ${dir:/secrets:../elsewhere/key}") ?? "",
    /not set; .*a file name/,
  );
});

Deno.test("files outside of allowed.paths stay closed, also behind a link", async () => {
  const outside = /isn't below the worker's allowed.paths/;
  assert.match(await problemOf("${dir:/elsewhere:key}") ?? "", outside);
  assert.match(await problemOf("${dir:/secrets:link}") ?? "", outside);
  assert.match(await problemOf("${dir:/secretsX:key}") ?? "", outside);
  assert.match(await problemOf("${dir:/secrets:key}", { variables: [], allowedPaths: [] }) ?? "", outside);
});

Deno.test("variables can be limited to a list", async () => {
  const limited = { variables: ["PASSWORD"], allowedPaths: [] };
  assert.match(await problemOf("${env:BANK2_URL}", limited) ?? "", /config.providers.env.allow/);
  assert.equal(await problemOf("${env:PASSWORD}", limited), undefined);
});

Deno.test("requireResolved() refuses what couldn't be looked up, and names option and reference", async () => {
  const sources = {
    variable: () => undefined,
    readFile: () => Promise.reject(new Error("gone")),
    realPath: (path: string) => Promise.resolve(path),
  };
  const policy = { variables: "all", allowedPaths: ["/secrets"] } as const;
  const found = await resolveReferences(
    { a: "1", "connection.password": "${file:/secrets/db:password}" },
    sources,
    policy,
  );
  assert.throws(
    () => requireResolved(found),
    /Cannot resolve \$\{file:\/secrets\/db:password\} of connection\.password: the file can't be read/,
  );
  assert.deepEqual(requireResolved(await resolveReferences({ a: "1" }, sources, policy)), { a: "1" });
});

Deno.test("overridesNow() gives one client's overrides, looked up at each call", async () => {
  let password = "first";
  const current = overridesNow("producer", {}, () =>
    Promise.resolve({
      "producer.override.sasl.jaas.config": password,
      "consumer.override.sasl.jaas.config": "another client's",
    }));
  assert.equal((await current())["sasl.jaas.config"], "first");
  password = "second";
  assert.equal((await current())["sasl.jaas.config"], "second");
});

Deno.test("a text of nothing but beginnings of references is read in one pass", async () => {
  const text = "${a:".repeat(250_000); // a body's worth: looked at once for each beginning it would take an hour
  const found = await resolveReferences({ a: text, b: `\${ \${env:PASSWORD} ${text}` }, sources, {
    variables: "all",
    allowedPaths: [],
  });
  assert.equal(found.props["a"], text);
  assert.equal(found.referring.size, 0);
});

Deno.test("of many problems of one option a few are told", async () => {
  const text = Array.from({ length: 1_000 }, (_, index) => `\${env:NONE_${index}}`).join(" ");
  const found = await resolveReferences({ a: text }, sources, { variables: "all", allowedPaths: [] });
  assert.equal(found.props["a"], text);
  assert.equal(found.problems.get("a")?.length, 5);
});
