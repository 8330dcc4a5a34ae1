/** The rules of the lint plugin find what they are there for. */

import assert from "node:assert/strict";
import plugin from "./lint_plugin.ts";
import { projectFolder } from "./source_files.ts";

function found(path: string, source: string): readonly string[] {
  return Deno.lint.runPlugin(plugin, projectFolder + path, source).map(({ id, message }) =>
    `${id}: ${message}`
  );
}

const notAllowed = "sluice/imports: connect/runtime/ may not import connect/kafka/mod.ts";

Deno.test("the import table counts values, types, types within a list, re-exports and types named in place", () => {
  const lines = [
    'import { createKafkaClients } from "../kafka/mod.ts";',
    'import type { KafkaServices } from "../kafka/mod.ts";',
    'import { type KafkaServices } from "../kafka/mod.ts";',
    'export type { KafkaServices } from "../kafka/mod.ts";',
    'export * from "../kafka/mod.ts";',
    'const kafka = await import("../kafka/mod.ts");',
    'type Services = import("../kafka/mod.ts").KafkaServices;',
  ];
  for (const line of lines) assert.deepEqual(found("connect/runtime/a.ts", line), [notAllowed], line);
  const allowed =
    'import type { Time } from "../api/ports.ts";\nimport type { Worker } from "./worker/worker.ts";';
  assert.deepEqual(found("connect/runtime/a.ts", allowed), []);
});

Deno.test("the clock, long functions and many parameters are found in the program, and not in tests", () => {
  const long = `function a() {\n${"  b();\n".repeat(60)}}`;
  const source = `${long}\nconst c = (d, e, f, g, h) => Date.now() + d;\nsetTimeout(() => {}, 5);`;
  assert.deepEqual(found("connect/runtime/a.ts", source).map((text) => text.split(",")[0]), [
    "sluice/function-lines: Function of 62 lines",
    "sluice/parameters: 5 parameters",
    "sluice/clock: Time is an argument: use the Time port instead of the runtime's clock",
    "sluice/clock: Time is an argument: use the Time port instead of the runtime's clock",
  ]);
  assert.deepEqual(found("tests/unit/a_test.ts", source), []);
});
