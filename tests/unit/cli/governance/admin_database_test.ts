import assert from "node:assert/strict";
import { adminVariableOf } from "../../../../cli/governance/admin_database.ts";

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
