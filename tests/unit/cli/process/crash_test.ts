import assert from "node:assert/strict";
import { crashText, explainCrashes } from "../../../../cli/process/crash.ts";
import { DataException } from "../../../../connect/api/exceptions.ts";

const marker = "Ana Lima";

Deno.test("a crash tells classes and places, and no text of a foreign error, of its causes or its lines", () => {
  const driver = Object.assign(new Error(`duplicate key\n    at ${marker}\n  (${marker})`), {
    detail: `Key (phone)=(${marker}) already exists.`,
    parameters: [marker],
  });
  const text = crashText(
    new TypeError(marker, { cause: new DataException("phone is missing", { cause: driver }) }),
  );
  assert.match(text, /Unexpected TypeError/);
  assert.match(text, /DataException: phone is missing/);
  assert.match(text, /crash_test\.ts/);
  assert.ok(!text.includes(marker), text);
});

Deno.test("a crash of something that is no error tells nothing of it", () => {
  for (
    const thrown of [marker, { name: marker }, null, undefined, Object.assign(new Error(), { name: marker })]
  ) {
    assert.ok(!crashText(thrown).includes(marker));
  }
});

Deno.test("what nobody caught ends the program with exit code 1, and the runtime prints nothing of it", () => {
  const events = new EventTarget();
  const codes: number[] = [];
  const said: unknown[] = [];
  const { error } = console;
  console.error = (...words: readonly unknown[]) => void said.push(...words);
  try {
    explainCrashes(events as typeof globalThis, (code) => void codes.push(code));
    const thrown = new ErrorEvent("error", { error: new Error(marker), message: marker, cancelable: true });
    events.dispatchEvent(thrown);
    const promise = Promise.resolve();
    const rejected = new PromiseRejectionEvent("unhandledrejection", {
      promise,
      reason: marker,
      cancelable: true,
    });
    events.dispatchEvent(rejected);
    assert.deepEqual([thrown.defaultPrevented, rejected.defaultPrevented], [true, true]);
  } finally {
    console.error = error;
  }
  assert.deepEqual(codes, [1, 1]);
  assert.equal(said.length, 2);
  assert.ok(!said.join("\n").includes(marker), said.join("\n"));
});
