import assert from "node:assert/strict";
import { parseArgs } from "../../../cli/std_cli.ts";

Deno.test("parseArgs() tells texts, flags and words apart", () => {
  const args = parseArgs(["start", "--config", "a.json", "--offline", "x", "--worker=w"], {
    string: ["config", "worker"],
    boolean: ["offline"],
  });
  assert.deepEqual(args, { offline: true, config: "a.json", worker: "w", _: ["start", "x"] });
});

Deno.test("parseArgs() gives every flag and every list a value", () => {
  const args = parseArgs([], { boolean: ["offline"], string: ["config"], collect: ["config"] });
  assert.deepEqual(args, { offline: false, config: [], _: [] });
});

Deno.test("parseArgs() reads short names and flags with a value", () => {
  const args = parseArgs(["-h", "--offline=false"], {
    boolean: ["help", "offline"],
    alias: { h: "help" },
  });
  assert.deepEqual(args, { help: true, offline: false, _: [] });
});

Deno.test("parseArgs() hands what isn't declared to unknown, and leaves an option out where that says false", () => {
  const asked: unknown[] = [];
  const args = parseArgs(["word", "--nope=1", "--strange"], {
    unknown: (arg, key, value) => {
      asked.push([arg, key, value]);
      return key === undefined;
    },
  });
  assert.deepEqual(args, { _: ["word"] });
  assert.deepEqual(asked, [["word", undefined, undefined], ["--nope", "nope", "1"], [
    "--strange",
    "strange",
    true,
  ]]);
});

Deno.test("parseArgs() takes everything behind -- as words", () => {
  assert.deepEqual(parseArgs(["--", "--config"], { string: ["config"] })._, ["--config"]);
});
