/** `validate` with a real database, as a UI's forms use it. */

import assert from "node:assert/strict";
import postgres from "postgres";
import { type ConnectWorker, startRawConnect } from "../../support/rest/connect_worker.ts";
import { freshDatabase, sharedWorld } from "../../support/world.ts";

interface Option {
  readonly definition: {
    readonly name: string;
    readonly type: string;
    readonly group: string | null;
    readonly importance: string;
    readonly documentation: string;
    readonly required: boolean;
    readonly display_name: string;
  };
  readonly value: {
    readonly name: string;
    readonly value: string | null;
    readonly recommended_values: readonly string[];
    readonly errors: readonly string[];
  };
}

interface Checked {
  readonly name: string;
  readonly error_count: number;
  readonly groups: readonly string[];
  readonly configs: readonly Option[];
}

async function validate(worker: ConnectWorker, config: Readonly<Record<string, string>>): Promise<Checked> {
  const path = "/connector-plugins/PostgresSink/config/validate";
  const { status, text } = await worker.call("PUT", path, { "connector.class": "PostgresSink", ...config });
  assert.equal(status, 200, text);
  return JSON.parse(text);
}

function errorsOf({ configs }: Checked): Readonly<Record<string, readonly string[]>> {
  const wrong = configs.filter(({ value }) => value.errors.length > 0);
  return Object.fromEntries(wrong.map(({ value }) => [value.name, value.errors]));
}

const world = await sharedWorld();

Deno.test("validate of a PostgreSQL sink logs in, and says under which option what is wrong", async (t) => {
  await using database = await freshDatabase();
  const sql = postgres(database.url, { max: 1, onnotice: () => {} });
  await sql`create table orders (order_id bigint primary key)`;
  await sql.end();
  await using worker = await startRawConnect({ variables: { CONNECT_BOOTSTRAP_SERVERS: world.bootstrap } });
  const right = {
    name: "orders",
    topics: "orders",
    "connection.url": database.url,
    "pk.mode": "record_value",
    "pk.fields": "order_id",
    "insert.mode": "upsert",
  };

  await t.step("a right configuration has no errors, and everything that a form needs", async () => {
    const checked = await validate(worker, right);
    assert.deepEqual(errorsOf(checked), {});
    assert.equal(checked.error_count, 0);
    assert.equal(checked.name, "sluice.sinks.PostgresSinkConnector");
    assert.deepEqual(checked.groups.slice(0, 4), ["Common", "Transforms", "Predicates", "Error Handling"]);
    for (const group of ["Connection", "Writes", "Data Mapping"]) {
      assert.ok(checked.groups.includes(group), group);
    }
    for (const { definition } of checked.configs) {
      assert.ok(definition.documentation !== "", `${definition.name} has no documentation`);
      assert.ok(definition.group === null || checked.groups.includes(definition.group), definition.name);
    }
    const option = (name: string) => checked.configs.find(({ value }) => value.name === name);
    assert.deepEqual(option("insert.mode")?.value.recommended_values, [
      "insert",
      "upsert",
      "update",
      "ignore",
    ]);
    assert.deepEqual(option("connection.password")?.definition.type, "PASSWORD");
    assert.equal(option("connection.url")?.definition.required, true);
    assert.ok(
      !JSON.stringify(checked).includes(new URL(database.url).password + "@"),
      "the URL's password is masked",
    );
  });

  await t.step("a database that isn't there is told under connection.url", async () => {
    const elsewhere: Readonly<Record<string, RegExp>> = {
      "postgres://writer:s3cret@127.0.0.1:1/bank2": /ECONNREFUSED|refused/i,
      [`${database.url}_gone`]: /3D000|does not exist/,
      [database.url.replace(/\/\/[^@]*@/, "//nobody:s3cret@")]: /28/,
    };
    for (const [url, reason] of Object.entries(elsewhere)) {
      const checked = await validate(worker, { ...right, "connection.url": url });
      const errors = errorsOf(checked);
      assert.deepEqual(Object.keys(errors), ["connection.url"], JSON.stringify(errors));
      assert.match(errors["connection.url"]?.[0] ?? "", reason);
      assert.equal(checked.error_count, 1);
      assert.ok(!JSON.stringify(checked).includes("s3cret"));
    }
  });

  await t.step("a database that doesn't answer keeps nobody waiting", async () => {
    using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = silent.addr as Deno.NetAddr;
    const checked = await validate(worker, {
      ...right,
      "connection.url": `postgres://writer@127.0.0.1:${port}/bank2`,
    });
    assert.deepEqual(Object.keys(errorsOf(checked)), ["connection.url"]);
  });

  await t.step("a table that isn't there is told under its own option", async () => {
    const checked = await validate(worker, { ...right, "table.name.format": "parcels" });
    assert.deepEqual(Object.keys(errorsOf(checked)), ["table.name.format"]);
  });

  await t.step("what a page lists plugins with is an answer too, not a refusal", async () => {
    const checked = await validate(worker, { topics: "getPlugins" });
    assert.deepEqual(Object.keys(errorsOf(checked)).toSorted(), ["connection.url", "name"]);
  });
});
