import assert from "node:assert/strict";
import { type LogFormat, type LogLevel, openLog } from "../../../../cli/process/log.ts";

function lines(
  format: LogFormat,
  level: LogLevel,
  log: (logger: ReturnType<typeof openLog>) => void,
): string[] {
  const written: string[] = [];
  log(openLog({ format, level, write: (line) => written.push(line) }));
  return written;
}

Deno.test("a JSON line has the message and every field, bigint as text", () => {
  const [line = ""] = lines(
    "json",
    "info",
    (log) =>
      log.with({ connector: "people" }).warn("Cannot commit {offset}", {
        offset: 7n,
        task: 0,
        gone: undefined,
      }),
  );
  const { message, level, properties, ...rest } = JSON.parse(line);
  assert.equal(message, "Cannot commit {offset}");
  assert.equal(level, "WARN");
  assert.deepEqual({ ...properties, connector: rest.connector, offset: rest.offset, task: rest.task }, {
    connector: "people",
    offset: "7",
    task: 0,
  });
  assert(line.endsWith("\n"));
});

Deno.test("a line for a person has time, level, text and fields", () => {
  const [line = ""] = lines("text", "info", (log) => log.info("Started", { name: "two words", tasks: 2 }));
  assert.match(line, /^\d{4}-\d\d-\d\dT[\d:.]+\S* INFO +Started name="two words" tasks=2\n$/);
});

const dangers = "\x1b[2J\n\t\r\x7f\x9b\u2028\u2029\u202e\u2066\u200f\ufeff\u{e0041}\ud800";
// deno-lint-ignore no-control-regex -- a terminal obeys control characters
const obeyed = /[\u0000-\u001f\u007f-\u009f\u200f\u2028-\u202e\u2066\ufeff\u{e0041}]|\p{Cs}/u;

for (const format of ["text", "json"] as const) {
  Deno.test(`a line as ${format} has no character that a terminal obeys, in message, names and values`, () => {
    const [line = "", ...others] = lines(
      format,
      "info",
      (log) =>
        log.with({ connector: dangers }).warn(`Cannot write ${dangers}`, {
          [dangers]: 1,
          topic: `x${dangers}`,
          short: "\x9b",
        }),
    );
    assert.equal(others.length, 0);
    assert.ok(line.endsWith("\n"));
    assert.doesNotMatch(line.slice(0, -1), obeyed);
    assert.equal(line.match(/\\u202e/g)?.length, 4);
    if (format === "json") assert.equal(JSON.parse(line).topic, `x${dangers}`);
  });
}

Deno.test("what is below the level isn't logged", () => {
  const all = (log: ReturnType<typeof openLog>) => {
    log.debug("a");
    log.info("b");
    log.warn("c");
    log.error("d");
  };
  assert.equal(lines("text", "debug", all).length, 4);
  assert.equal(lines("text", "warn", all).length, 2);
  assert.equal(lines("text", "error", all).length, 1);
});
