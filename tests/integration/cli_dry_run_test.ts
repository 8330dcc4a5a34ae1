import assert from "node:assert/strict";
import { join } from "node:path";
import { runTask } from "../support/program.ts";

const TELESALES_KEY_SECRET = "a secret of more than thirty-two bytes for tests";
const event = {
  event: "registration",
  customer_id: 17,
  name: " Ana  Souza ",
  phone: "(11) 98765-4321",
  region: "SP",
  cpf: "123.456.789-00",
  created_at: "2026-11-23T03:05:27.123Z",
};
const lines = [
  { topic: "customers.registrations", key: "17", value: JSON.stringify(event) },
  { topic: "customers.registrations", key: "18", value: event },
  { topic: "customers.registrations", key: "17", value: null },
].map((line) => JSON.stringify(line)).join("\n");

Deno.test("dry-run shows what would pass of records from standard input, and nothing else", async () => {
  const { code, stdout, stderr } = await runTask("dry-run", {
    args: ["--connector", "telesales"],
    variables: { TELESALES_KEY_SECRET },
    input: lines,
  });
  assert.equal(code, 0, stderr);
  const [passed, mismatch, tombstone, ...none] = stdout.trimEnd().split("\n");
  assert.deepEqual(JSON.parse(passed ?? "").record.value.payload, {
    name: "Ana Souza",
    phone: "+5511987654321",
    region: "SP",
    updated_at: Date.parse(event.created_at),
    registered_at: Date.parse(event.created_at),
  });
  assert.doesNotMatch(stdout, /123\.456/);
  assert.match(JSON.parse(mismatch ?? "").error, /key_mismatch/);
  assert.deepEqual(JSON.parse(tombstone ?? "").record.value, { schema: null, payload: null });
  assert.deepEqual(none, []);
});

Deno.test("dry-run has no network permission, and wants no database variable", async () => {
  const { code, stderr } = await runTask("dry-run", {
    args: ["--connector", "purchase-totals", "--input", "-"],
    input: "",
  });
  assert.equal(stderr, "");
  assert.equal(code, 0);
});

Deno.test("dry-run runs a configuration from a file on records from a file", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const config = join(folder, "c.json");
    const input = join(folder, "in.jsonl");
    const keep = {
      name: "keep",
      "connector.class": "PostgresSink",
      topics: "t",
      transforms: "keep",
      "transforms.keep.type": "org.apache.kafka.connect.transforms.ReplaceField$Value",
      "transforms.keep.include": "name",
    };
    await Deno.writeTextFile(config, JSON.stringify(keep));
    await Deno.writeTextFile(
      input,
      '{"topic":"t","key":null,"value":{"name":"Ana","cpf":"1"}}\nnot a line\n',
    );
    const { code, stdout } = await runTask("dry-run", { args: ["--config", config, "--input", input] });
    const [first, second] = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(first.record.value, { schema: null, payload: { name: "Ana" } });
    assert.equal(typeof second.error, "string");
    assert.equal(code, 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("dry-run --vectors prints one outcome a line, also for a line that can't be run", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const file = join(folder, "cases.jsonl");
    const converter = "org.apache.kafka.connect.storage.StringConverter";
    await Deno.writeTextFile(
      file,
      `${JSON.stringify({ id: "a", converter, config: {}, bytesBase64: "QW5h" })}\nnonsense\n`,
    );
    const { code, stdout } = await runTask("dry-run", { args: ["--vectors", file] });
    const [first, second] = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(first, {
      id: "a",
      outcome: { schema: { type: "string", optional: true }, payload: "Ana" },
    });
    assert.equal(second.id, null);
    assert.equal(typeof second.outcome.error, "string");
    assert.equal(code, 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("dry-run wants one connector, and says what its configuration lacks", async () => {
  const none = await runTask("dry-run", { input: "" });
  assert.equal(none.code, 2);
  const secretless = await runTask("dry-run", { args: ["--connector", "telesales"], input: lines });
  assert.equal(secretless.code, 2);
  assert.match(
    secretless.stderr,
    /^Cannot resolve \$\{env:TELESALES_KEY_SECRET\} of transforms\.contact\.key\.secret/,
  );
  const both = await runTask("dry-run", { args: ["--vectors", "a", "--config", "b"] });
  assert.equal(both.code, 2);
  assert.match(both.stderr, /^Cannot use --config with --vectors/);
});
