import assert from "node:assert/strict";
import { NewestWinsWay } from "../../../../sinks/postgres/postgres_transaction.ts";

Deno.test("newest wins goes by MERGE from PostgreSQL 15 on", () => {
  const way = new NewestWinsWay();
  assert.deepEqual([140_019, 150_000, 180_004].map((version) => way.isMerge(version)), [false, true, true]);
});

Deno.test("after a failure newest wins goes step by step until 16 transactions are committed", () => {
  const way = new NewestWinsWay();
  way.committed();
  way.failed();
  for (let done = 0; done < 15; done++) way.committed();
  assert.equal(way.isMerge(150_000), false);
  way.committed();
  assert.equal(way.isMerge(150_000), true);
});
