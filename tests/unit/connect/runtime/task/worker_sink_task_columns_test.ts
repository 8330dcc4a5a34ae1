/** The tests of the task once more, with batches in columns: it behaves the same. @module */

import "./columns_way.ts";
import "./worker_sink_task_test.ts";
import assert from "node:assert/strict";
import { TaskHarness } from "./task_harness.ts";

Deno.test("a batch that the sink refuses in columns comes as records, and once", async () => {
  const harness = new TaskHarness();
  harness.sink.takesColumns = false;
  harness.append(0, "a", "drop", "b");
  await harness.start();
  assert.deepEqual(harness.sink.values, ["a", "b"]);
  await harness.stop();
  assert.equal(harness.committed(0), 3n);
});
