import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(
  new URL("../../../../support/kafka/run_allocation_program.ts", import.meta.url),
);

/** Seen 2026-12: 104 and 732 bytes, the same in each run. 53 of a run's are its numbers, the rest is its batch's. */
const bytesMax = { runs: 150, objects: 1_000 } as const;

Deno.test("a record in a run takes its numbers and a share of its batch, and no objects", async () => {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-check", "--v8-flags=--expose-gc,--min-semi-space-size=64,--max-semi-space-size=64"],
      program,
    ],
  }).output();
  const text = new TextDecoder().decode(stdout);
  assert.match(text, /^\{/, new TextDecoder().decode(stderr));
  const bytes = JSON.parse(text) as Readonly<Record<"runs" | "objects", number>>;
  for (const kind of ["runs", "objects"] as const) {
    assert.ok(bytes[kind] > 0 && bytes[kind] <= bytesMax[kind], `${kind}: ${bytes[kind]} bytes a record`);
  }
});
