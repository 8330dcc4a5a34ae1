import assert from "node:assert/strict";
import { type Command, helpOf, readArguments } from "../../../cli/command.ts";
import { UsageError } from "../../../cli/usage_error.ts";

const command: Command = {
  rights: [],
  name: "try",
  summary: "Tries things.",
  options: [
    { name: "config", value: "FILE", many: true, help: "A file" },
    { name: "rate", value: "N", help: "How many" },
    { name: "mode", value: "WORD", help: "How" },
    { name: "offline", help: "Alone" },
  ],
  load: () => Promise.reject(new Error("not here")),
};
const worded: Command = { ...command, words: "show|set" };

const failsWith = (text: RegExp, run: () => unknown) =>
  assert.throws(run, (error) => error instanceof UsageError && text.test(error.message));

Deno.test("arguments are read by their declaration", () => {
  const args = readArguments(command, [
    "--config",
    "a",
    "--config=b",
    "--rate",
    "7",
    "--mode",
    "fast",
    "--offline",
  ]);
  assert.deepEqual(args.texts("config"), ["a", "b"]);
  assert.equal(args.count("rate"), 7);
  assert.equal(args.choice("mode", ["slow", "fast"]), "fast");
  assert.equal(args.flag("offline"), true);
  assert.deepEqual(readArguments(worded, ["show"]).words, ["show"]);
});

Deno.test("what isn't given is undefined, empty or false", () => {
  const args = readArguments(command, []);
  assert.deepEqual(args.texts("config"), []);
  assert.equal(args.text("rate"), undefined);
  assert.equal(args.count("rate"), undefined);
  assert.equal(args.choice("mode", ["slow"]), undefined);
  assert.equal(args.flag("offline"), false);
});

Deno.test("a mistake names the option, what it was and what was expected", () => {
  failsWith(
    /^Cannot use --conection: try has no such option$/,
    () => readArguments(command, ["--conection", "a"]),
  );
  failsWith(/^Cannot use "start": try takes options only$/, () => readArguments(command, ["start"]));
  failsWith(/^Cannot use --rate: expected a value/, () => readArguments(command, ["--rate"]));
  failsWith(
    /^Cannot use --config: expected a value/,
    () => readArguments(command, ["--config", "--offline"]),
  );
  failsWith(
    /^Cannot use --rate 0: expected a whole number/,
    () => readArguments(command, ["--rate", "0"]).count("rate"),
  );
  failsWith(
    /^Cannot use --rate 1e3: expected a whole number/,
    () => readArguments(command, ["--rate=1e3"]).count("rate"),
  );
  failsWith(
    /^Cannot use --mode x: expected one of slow, fast$/,
    () => readArguments(command, ["--mode", "x"]).choice("mode", ["slow", "fast"]),
  );
});

Deno.test("the help shows every option with what it takes", () => {
  const help = helpOf("sluice", worded);
  assert.match(
    help,
    /^sluice try show\|set \[options\]\n\nTries things\.\n\n {2}--config FILE \.\.\. +A file\n/,
  );
  assert.match(help, /\n {2}--log-level \S+ +Lowest level/);
});
