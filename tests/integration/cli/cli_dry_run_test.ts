import assert from "node:assert/strict";
import { join } from "node:path";
import { runTask } from "../../support/programs/program.ts";

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

Deno.test("dry-run wants no database variable", async () => {
  const { code, stderr } = await runTask("dry-run", {
    args: ["--connector", "purchase-totals", "--input", "-"],
    input: "",
  });
  assert.equal(stderr, "Cannot find a record: standard input has no lines\n");
  assert.equal(code, 0);
});

Deno.test("dry-run has no network permission once a record comes", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const name = "sluice.curious.Look";
    const config = {
      ...{ "connector.class": "PostgresSink", topics: "t" },
      ...{ transforms: "look", "transforms.look.type": name },
    };
    await Deno.mkdir(join(folder, "curious"));
    await Deno.writeTextFile(
      join(folder, "curious", "connector.json"),
      JSON.stringify({ name: "curious", config }),
    );
    const source = `export const connector = ({ ConfigDef }) => ({
      plugins: [{
        type: "transformation", className: "${name}", version: "1", documentation: "", config: ConfigDef.of({}),
        create: () => ({
          apply: (record) => record.with({ value: Deno.permissions.querySync({ name: "net" }).state }),
        }),
      }],
    });`;
    await Deno.writeTextFile(join(folder, "curious", "mod.js"), source);
    const { stdout, stderr } = await runTask("dry-run", {
      args: ["--config-dir", folder, "--connector", "curious"],
      input: '{"topic":"t","key":"1","value":{"a":1}}\n',
    });
    const [line = "{}"] = stdout.split("\n");
    assert.notEqual(JSON.parse(line).record?.value.payload, "granted", stderr);
    assert.match(JSON.parse(line).record?.value.payload, /^(prompt|denied)$/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("dry-run shows a Timestamp without a schema, takes the connector's own limits and refuses what can't be made", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "c.json");
    const timestamps = {
      name: "t",
      "connector.class": "PostgresSink",
      topics: "t",
      "record.headers.max": "1",
      transforms: "at",
      "transforms.at.type": "org.apache.kafka.connect.transforms.TimestampConverter$Value",
      "transforms.at.field": "at",
      "transforms.at.target.type": "Timestamp",
      "transforms.at.format": "yyyy-MM-dd",
    };
    const run = async (config: object, input: string) => {
      await Deno.writeTextFile(path, JSON.stringify(config));
      return await runTask("dry-run", { args: ["--config", path], input });
    };
    const headers = [{ key: "a", value: "1" }, { key: "b", value: "2" }];
    const lines = [{ value: { at: "2026-11-30" } }, { value: { at: "2026-11-30" }, headers }];
    const good = await run(
      timestamps,
      lines.map((line) => JSON.stringify({ topic: "t", key: null, ...line })).join("\n"),
    );
    const [first, second] = good.stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(first.record.value.payload, { at: { $date: Date.UTC(2026, 10, 30) } });
    assert.match(second.error, /2 headers, record\.headers\.max allows 1/);
    assert.equal(good.code, 0, good.stderr);
    for (
      const [wrong, why] of [
        [{ transforms: "at," }, /transforms/],
        [{ "transforms.at.predicate": "nope" }, /nope/],
        [{ "transforms.at.target.type": "string", "transforms.at.format": "" }, /requires format/],
        [
          {
            "transforms.at.type": "io.debezium.transforms.ExtractNewRecordState",
            "transforms.at.drop.tombstones": "true",
            "transforms.at.delete.tombstone.handling.mode": "drop",
          },
          /Cannot use drop\.tombstones together with/,
        ],
      ] as const
    ) {
      const refused = await run({ ...timestamps, ...wrong }, "");
      assert.equal(refused.code, 2, refused.stderr);
      assert.match(refused.stderr, why);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
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
