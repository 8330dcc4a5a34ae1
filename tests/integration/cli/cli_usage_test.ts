import assert from "node:assert/strict";
import { join } from "node:path";
import config from "../../../deno.json" with { type: "json" };
import { type ProgramResult, runProgram, runTask } from "../../support/programs/program.ts";

function assertMistake({ code, stderr, stdout }: ProgramResult, text: RegExp): void {
  assert.match(stderr, text);
  assert.equal(code, 2, stderr);
  assert.equal(stdout, "");
  assert.doesNotMatch(stderr, /^\s+at .*:\d+:\d+/m, "a person's mistake has no stack trace");
}

async function withFile(name: string, text: string, test: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, name);
    await Deno.writeTextFile(path, text);
    await test(path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const good = {
  "connector.class": "PostgresSink",
  topics: "purchases",
  "connection.url": "${env:TOTALS_URL}",
  "insert.mode": "upsert",
  "pk.mode": "record_value",
  "pk.fields": "order_id",
};
const TOTALS_URL = "postgres://writer:s3cret@127.0.0.1:1/totals";
const posted = (changes: Readonly<Record<string, unknown>>) =>
  JSON.stringify({ name: "totals", config: { ...good, ...changes } });

Deno.test("--version says the version", async () => {
  const { code, stdout } = await runProgram("--version");
  assert.equal(stdout, `sluice ${config.version}\n`);
  assert.equal(code, 0);
});

Deno.test("--help lists the commands, and each has its own help", async () => {
  const { code, stdout } = await runProgram("--help");
  assert.equal(code, 0);
  for (const name of ["start", "validate", "migrate", "dry-run"]) {
    assert.match(stdout, new RegExp(`\n  ${name} +\\S`));
  }
  const own = await runProgram("start", "--help");
  assert.equal(own.code, 0);
  assert.match(own.stdout, /--connector NAME \.\.\./);
});

Deno.test("wrong use is a sentence and exit code 2", async () => {
  assertMistake(await runProgram(), /^Cannot run without a command; there are start, /);
  assertMistake(await runProgram("strat"), /^Cannot run "strat": there is no such command/);
  assertMistake(
    await runTask("start", { args: ["--conector", "a"] }),
    /^Cannot use --conector: start has no such option/,
  );
  assertMistake(await runTask("start"), /^Cannot run without a connector: /);
  assertMistake(
    await runTask("start", { args: ["--connector", "../telesales"] }),
    /^Cannot use --connector \.\.\/telesales: there is no such folder in connectors\/, which has .*telesales/,
  );
  assertMistake(await runTask("start", { args: ["--config", "nowhere.json"] }), /there is no such file/);
});

Deno.test("a file that is no configuration is named, and nothing of it quoted", async () => {
  await withFile("totals.json", '{"connection.password": s3cret}', async (path) => {
    const result = await runTask("validate", { args: ["--config", path] });
    assertMistake(result, /^Cannot read \S*totals\.json: it is not JSON/);
    assert.doesNotMatch(result.stderr, /s3cret/);
  });
});

Deno.test("start and validate say all that is wrong with a configuration, and never a secret", async () => {
  const wrong = posted({ "tasks.max": "none", "insert.mode": "merge", "auto.create": true, transforms: "t" });
  await withFile("totals.json", wrong, async (path) => {
    for (const task of ["start", "validate"] as const) {
      const result = await runTask(task, { args: ["--config", path], variables: { TOTALS_URL } });
      assertMistake(result, /Invalid value none for configuration tasks\.max: Not a number of type INT/);
      assert.match(result.stderr, /insert\.mode/);
      assert.match(result.stderr, /auto\.create/);
      assert.match(result.stderr, /transforms\.t\.type/);
      assert.doesNotMatch(result.stderr, /s3cret/);
    }
  });
});

Deno.test("a variable that isn't set is named with the option that wants it", async () => {
  await withFile("totals.json", posted({}), async (path) => {
    assertMistake(
      await runTask("start", { args: ["--config", path] }),
      /Cannot resolve \$\{env:TOTALS_URL\} of connection\.url: the environment variable is not set/,
    );
  });
});

Deno.test("the worker's settings are checked before anything starts", async () => {
  await withFile("totals.json", posted({}), async (path) => {
    const variables = { TOTALS_URL, CONNECT_OFFSET_FLUSH_INTERVAL_MS: "soon" };
    assertMistake(
      await runTask("start", { args: ["--config", path], variables }),
      /^Cannot use the worker's settings: Invalid value soon for configuration offset\.flush\.interval\.ms/,
    );
  });
});

Deno.test("validate --offline accepts a good configuration and warns of what has no effect", async () => {
  await withFile("totals.json", posted({ "tasks.maximum": 2 }), async (path) => {
    const { code, stdout } = await runTask("validate", {
      args: ["--config", path, "--offline"],
      variables: { TOTALS_URL },
    });
    assert.match(stdout, /^totals: valid\n/);
    assert.match(stdout, /Option tasks\.maximum has no effect/);
    assert.equal(code, 0);
  });
});

Deno.test("validate connects, and says what keeps it from that without the password", async () => {
  await withFile("totals.json", posted({}), async (path) => {
    const variables = { TOTALS_URL, CONNECT_BOOTSTRAP_SERVERS: "127.0.0.1:1" };
    const result = await runTask("validate", { args: ["--config", path], variables });
    assert.equal(result.code, 2, result.stderr);
    assert.match(result.stderr, /connection\.url/);
    assert.match(
      result.stderr,
      /Kafka didn't complete it within 5000 ms, .* no connection to 127\.0\.0\.1:1/,
    );
    assert.doesNotMatch(result.stderr, /s3cret/);
  });
});

Deno.test("migrate wants the administrator's variable, and says when the database isn't there", async () => {
  const args = ["--connector", "telesales"];
  assertMistake(
    await runTask("migrate", { args }),
    /^Cannot migrate telesales: the environment variable BANK2_ADMIN_URL is not set/,
  );
  const variables = { BANK2_ADMIN_URL: "postgres://owner:s3cret@127.0.0.1:1/bank2" };
  const { code, stderr } = await runTask("migrate", { args, variables });
  assert.match(stderr, /^Cannot migrate telesales in 127\.0\.0\.1:1\/bank2: /);
  assert.doesNotMatch(stderr, /s3cret|\n\s+at /);
  assert.equal(code, 1);
});

Deno.test("connect refuses settings that no client or listener can use, in a sentence", async () => {
  const wrong: readonly (readonly [Readonly<Record<string, string>>, RegExp])[] = [
    [
      { CONNECT_BOOTSTRAP_SERVERS: "kafkabroker" },
      /Cannot use the worker's settings: Invalid url in bootstrap\.servers: kafkabroker, expected host:port, separated by commas$/m,
    ],
    [{ CONNECT_BOOTSTRAP_SERVERS: "kafka:99999" }, /Invalid url in bootstrap\.servers: kafka:99999, /],
    [{ CONNECT_BOOTSTRAP_SERVERS: "a:9092 b:9092" }, /Invalid url in bootstrap\.servers: a:9092 b:9092, /],
    [{ CONNECT_ADMIN_SECURITY_PROTOCOL: "TLS" }, /Cannot use the worker's settings: Invalid value TLS for /],
    [{ CONNECT_LISTENERS: "8083" }, /for configuration listeners: found 8083, expected http:\/\/HOST:PORT;/],
    [
      { CONNECT_CONFIG_STORAGE_DIR: "/etc/hostname" },
      /\/etc\/hostname of config\.storage\.dir: a file/,
    ],
  ];
  for (const [variables, said] of wrong) {
    const { code, stderr } = await runTask("connect", {
      variables: { CONNECT_LISTENERS: "http://127.0.0.1:0", ...variables },
    });
    assert.match(stderr, said);
    assert.equal(code, 2, stderr);
    assert.doesNotMatch(stderr, /^\s+at .*:\d+:\d+/m);
  }
});

Deno.test("a connector that is made elsewhere works from there", async () => {
  await withFile("unused", "", async (path) => {
    const folder = join(path, "..");
    const made = await runTask("new", { args: ["connector", "orders", "--dir", folder] });
    assert.equal(made.code, 0, made.stderr);
    const [, check = ""] = /^Check it: deno task (.*)$/m.exec(made.stdout) ?? [];
    const [command, ...args] = check.split(" ");
    assert.equal(command, "validate");
    const variables = { ORDERS_URL: "postgres://orders@127.0.0.1:1/orders" };
    const checked = await runTask("validate", { args, variables });
    assert.equal(checked.stdout, "orders: valid\n", checked.stderr);
    assertMistake(
      await runTask("new", { args: ["connector", "orders", "--dir", path] }),
      /^Cannot write \S+connector\.json: /,
    );
    assertMistake(
      await runTask("validate", { args: ["--connector", "orders", "--config-dir", folder] }),
      /; --config-dir \S+\/connectors\/ has one\n/,
    );
  });
});
