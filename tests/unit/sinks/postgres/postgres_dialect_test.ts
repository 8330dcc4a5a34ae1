import assert from "node:assert/strict";
import { PostgresDialect } from "../../../../sinks/postgres/postgres_dialect.ts";
import { tableColumnsSql } from "../../../../sinks/postgres/statements/table_look.ts";
import { recordedSession } from "../../../support/sinks/recorded_session.ts";

Deno.test("a table without columns is looked at once more before it counts as missing", async () => {
  const { session, sent } = recordedSession();
  const dialect = new PostgresDialect({
    keeper: { session: () => Promise.resolve(session) } as never,
    limits: {} as never,
    fingerprints: null,
    opener: null,
    checkTable: () => Promise.resolve(),
  });
  await assert.rejects(dialect.describe({ schema: null, name: "orders" }), {
    name: "ConfigException",
  });
  assert.equal(sent.filter((text) => text === tableColumnsSql).length, 2);
});
