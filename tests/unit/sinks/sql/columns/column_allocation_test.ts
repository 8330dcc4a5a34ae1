import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(
  new URL("../../../../support/sinks/columns/allocation_program.ts", import.meta.url),
);

/** Seen 2026-12: 8 to 16 kB a batch of any size. An object a record would be 12 bytes at least. */
const bytesOfBatchMax = 30_000;

Deno.test("writing a batch in columns takes memory by batch, none by record", async () => {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--allow-read", "--no-check"],
      "--v8-flags=--expose-gc,--min-semi-space-size=64,--max-semi-space-size=64",
      program,
    ],
  }).output();
  const text = new TextDecoder().decode(stdout);
  assert.match(text, /^\{/, new TextDecoder().decode(stderr));
  const { bytes } = JSON.parse(text) as { readonly bytes: Readonly<Record<string, readonly number[]>> };
  for (const [name, found] of Object.entries(bytes)) {
    for (const of of found) {
      assert.ok(of > 0 && of < bytesOfBatchMax, `${name}: ${found.join(" and ")} bytes`);
    }
  }
});
