import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../../../support/delivery/allocation_program.ts", import.meta.url));

/**
 * Seen 2026-12: 1, 286 and 1,863 bytes, the same in each run; half as much again would be felt in every collection. The
 * one byte is the measurement's: no object is smaller than 12.
 */
const bytesMax = { spans: 4, projected: 420, whole: 2_700 } as const;

Deno.test("reading an event takes no more of the heap than it did, and finding its fields takes nothing", async () => {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-check", "--v8-flags=--expose-gc,--min-semi-space-size=64,--max-semi-space-size=64"],
      program,
    ],
  }).output();
  const text = new TextDecoder().decode(stdout);
  assert.match(text, /^\{/, new TextDecoder().decode(stderr));
  const bytes = JSON.parse(text) as Readonly<Record<keyof typeof bytesMax, number>>;
  for (const kind of ["spans", "projected", "whole"] as const) {
    assert.ok(bytes[kind] >= 0 && bytes[kind] <= bytesMax[kind], `${kind}: ${bytes[kind]} bytes an event`);
  }
});
