import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(
  new URL("../../../../support/spans/span_allocation_program.ts", import.meta.url),
);

/** Optimized at once: unoptimized code allocates numbers, and for how long would depend on what else runs. */
const flags =
  "--v8-flags=--expose-gc,--no-concurrent-recompilation,--min-semi-space-size=64,--max-semi-space-size=64";

Deno.test("taking and writing a span allocates nothing", async () => {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", flags, program],
  }).output();
  const text = new TextDecoder().decode(stdout);
  assert.match(text, /^\{/, new TextDecoder().decode(stderr));
  const entries = Object.entries(JSON.parse(text) as Readonly<Record<string, number>>);
  assert.ok(entries.length > 0);
  // The smallest object takes 12 bytes.
  for (const [name, bytes] of entries) assert.ok(bytes < 1, `${name}: ${bytes} bytes an element`);
});
