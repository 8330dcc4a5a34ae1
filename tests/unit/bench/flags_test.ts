import assert from "node:assert/strict";
import config from "../../../deno.json" with { type: "json" };

const flagsOf = (command: string) => command.split(" ").filter((word) => word.startsWith("--v8-flags="));

Deno.test("start and connect have the flags that keep the heap small, the same ones", () => {
  const [start, connect] = [config.tasks.start, config.tasks.connect].map(({ command }) => flagsOf(command));
  assert.equal(start?.length, 1);
  assert.deepEqual(connect, start);
  assert.match(start?.[0] ?? "", /--expose-gc/); // cli/process/free_memory.ts has no effect without it
  assert.match(start?.[0] ?? "", /--no-allocation-site-pretenuring/);
});
