import assert from "node:assert/strict";
import type { Props } from "../../../../../connect/api/sink_task.ts";
import { readSinkSettings, sinkProblems } from "../../../../../sinks/sql/options/option_rules.ts";
import { sqlSinkConfig } from "../../../../../sinks/sql/options/sink_keys.ts";

const base: Props = { "connection.url": "jdbc:postgresql://db/bank2?user=writer" };
const upsert: Props = { ...base, "insert.mode": "upsert", "pk.mode": "record_value", "pk.fields": "id" };
const newest: Props = { ...upsert, "newest.wins.field": "updated_at" };

function problemsOf(props: Props): readonly string[] {
  return [...sinkProblems(props).keys()].sort();
}

Deno.test("a JDBC sink's configuration with its own defaults is taken", () => {
  const defaults: Props = {
    ...{
      "connection.attempts": "3",
      "connection.backoff.ms": "10000",
      "dialect.name": "",
      "table.types": "TABLE",
    },
    ...{
      "auto.create": "false",
      "auto.evolve": "false",
      "quote.sql.identifiers": "always",
      "db.timezone": "UTC",
    },
    ...{ "max.retries": "10", "retry.backoff.ms": "3000", "batch.size": "3000", "insert.mode": "UPSERT" },
    ...{ "pk.mode": "RECORD_VALUE", "trim.sensitive.log": "false", "sql.quote.identifiers": "true" },
  };
  assert.deepEqual(problemsOf({ ...upsert, ...defaults }), []);
  const settings = readSinkSettings({ ...upsert, ...defaults });
  assert.deepEqual([settings.insertMode, settings.keyMode, settings.retriesMax], [
    "upsert",
    "record_value",
    10,
  ]);
  assert.equal(readSinkSettings({ ...base, "insert.mode": "multi" }).insertMode, "insert");
});

Deno.test("what a JDBC sink would do and this one doesn't is an error by name", () => {
  for (
    const [name, value] of [
      ["auto.create", "true"],
      ["auto.evolve", "true"],
      ["quote.sql.identifiers", "never"],
      ["db.timezone", "America/Sao_Paulo"],
      ["table.name.normalize", "true"],
      ["topics.to.tables.mapping", "a:b"],
      ["primary.key.mode", "record_key"],
      ["field.include.list", "name"],
    ] as const
  ) {
    const problems = sinkProblems({ ...base, [name]: value });
    assert.deepEqual([...problems.keys()], [name]);
    assert.match(problems.get(name)?.[0] ?? "", new RegExp(`^Invalid value .* for configuration ${name}: `));
  }
  assert.match(
    sinkProblems({ ...base, "field.include.list": "name" }).get("field.include.list")?.[0] ?? "",
    /fields\.whitelist/,
  );
});

Deno.test("names of users are never shown", () => {
  const problems = sinkProblems({ ...base, "connection.username": "maria" });
  assert.doesNotMatch(JSON.stringify([...problems]), /maria/);
});

const contract = {
  ...upsert,
  "table.name.format": "people",
  "egress.columns": "id,name",
  "fields.whitelist": "name",
};

Deno.test("options have to fit together", () => {
  const wrong: readonly (readonly [Props, readonly string[]])[] = [
    [{ ...base, "delete.enabled": "true", "pk.mode": "record_value", "pk.fields": "id" }, ["pk.mode"]],
    [{ ...base, "insert.mode": "upsert" }, ["pk.mode"]],
    [{ ...base, "insert.mode": "ignore" }, ["pk.mode"]],
    [{ ...base, "pk.fields": "id" }, ["pk.fields"]],
    [{ ...base, "pk.mode": "kafka", "pk.fields": "a,b" }, ["pk.fields"]],
    [{ ...upsert, "pk.fields": "id,id" }, ["pk.fields"]],
    [{ ...upsert, "newest.wins.columns": "region:region_at" }, ["newest.wins.columns"]],
    [{ ...newest, "newest.wins.columns": "region" }, ["newest.wins.columns"]],
    [{ ...newest, "source.position.columns": "topic,partition" }, ["source.position.columns"]],
    [{ ...newest, "insert.mode": "insert" }, ["newest.wins.field"]],
    [{ ...newest, "erasure.topics": "people" }, ["erasure.topics"]],
    [{ ...newest, "pk.mode": "record_key", "erasure.topics": "p", "erasure.columns": "a" }, [
      "erasure.columns",
    ]],
    [{ ...newest, "pk.mode": "record_key", "delete.enabled": "true" }, ["delete.enabled"]],
    [{ ...upsert, "key.fingerprint.column": "secret" }, ["key.fingerprint.column"]],
    [{ ...upsert, "key.fingerprint.column": "secret", "key.secret": "short" }, ["key.secret"]],
    [{ ...upsert, "egress.columns": "id,name" }, ["egress.columns"]],
    [{ ...contract, "fields.whitelist": "name,phone" }, ["egress.columns"]],
    [{ ...contract, "table.name.format": "${topic}" }, ["egress.columns"]],
    [{ ...newest, "contact.retention.days": "30" }, ["contact.retention.days"]],
    [{ ...upsert, "contact.retention.days": "30", "contact.retention.function": "a.b" }, [
      "contact.retention.days",
    ]],
  ];
  for (const [props, expected] of wrong) {
    assert.deepEqual(problemsOf(props), expected);
    assert.throws(() => readSinkSettings(props));
  }
  assert.deepEqual(problemsOf(contract), []);
  assert.deepEqual(
    problemsOf({ ...newest, "contact.retention.days": "30", "contact.retention.function": "a.b" }),
    [],
  );
});

Deno.test("what re-keys by a function marks rows by their secret", () => {
  const rekey = { ...upsert, "key.secret": "x".repeat(32), "key.rekey.function": "a.b" };
  assert.deepEqual(sinkProblems(rekey).get("key.rekey.function")?.length, 1);
  const { fingerprints } = readSinkSettings({ ...rekey, "key.fingerprint.column": "f" });
  assert.equal(fingerprints?.rekey?.function, "a.b");
  assert.equal(fingerprints?.rekeyMark, fingerprints?.rekey?.word);
  assert.notEqual(fingerprints?.rekeyMark, fingerprints?.current);
  const other = readSinkSettings({
    ...rekey,
    "key.fingerprint.column": "f",
    "key.secret.previous": "y".repeat(32),
  });
  assert.notEqual(other.fingerprints?.rekeyMark, fingerprints?.rekeyMark, "the word is of all secrets");
});

Deno.test("a secret is in no error", () => {
  const props = {
    ...upsert,
    "key.fingerprint.column": "f",
    "key.secret": "short-secret",
    "key.secret.previous": "old",
  };
  const text = JSON.stringify([...sinkProblems(props)]);
  assert.match(text, /key\.secret\.previous/);
  assert.doesNotMatch(text, /short-secret|"old"/);
});

Deno.test("every option says what it is", () => {
  for (const [name, key] of Object.entries(sqlSinkConfig.keys)) {
    assert.match(key.documentation, /\.$/, name);
    assert.ok(key.displayName.length > 0 && key.group.length > 0, name);
  }
});
