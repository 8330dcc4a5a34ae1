import assert from "node:assert/strict";
import { adminVariableOf, requireDatabase } from "../../../../cli/governance/admin_database.ts";

Deno.test("the administrator's variable stands beside the worker's", () => {
  assert.equal(adminVariableOf("a", { "connection.url": "${env:BANK2_URL}" }), "BANK2_ADMIN_URL");
  assert.equal(adminVariableOf("a", { "connection.url": " ${env:TOTALS_URL} " }), "TOTALS_ADMIN_URL");
});

Deno.test("a connection.url that is no variable is refused without quoting it", () => {
  for (const url of ["postgres://u:s3cret@h/d", "${env:BANK2}", undefined]) {
    const props: Readonly<Record<string, string>> = url === undefined ? {} : { "connection.url": url };
    assert.throws(
      () => adminVariableOf("a", props),
      (error: Error) =>
        /^Cannot migrate a: its connection.url must be/.test(error.message) &&
        !error.message.includes("s3cret"),
    );
  }
});

Deno.test("the database is the one that the connector's class writes to", () => {
  const jdbc = requireDatabase("a", { "connector.class": "io.confluent.connect.jdbc.JdbcSinkConnector" });
  assert.equal(jdbc, requireDatabase("b", { "connector.class": "PostgresSink" }));
  for (const other of ["FileStreamSink", "NoSuchSink", ""]) {
    assert.throws(
      () => requireDatabase("a", { "connector.class": other }),
      /^ConfigException: Cannot use the database of a: its connector.class writes to no database/,
    );
  }
});
