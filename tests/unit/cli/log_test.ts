import assert from "node:assert/strict";
import { type LogFormat, type LogLevel, openLog } from "../../../cli/log.ts";

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
