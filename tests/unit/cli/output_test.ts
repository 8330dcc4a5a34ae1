import assert from "node:assert/strict";
import { holesOf, ledgerLines } from "../../../cli/governance/audit_view.ts";
import { crashText } from "../../../cli/process/crash.ts";
import { picture, plainLine } from "../../../sandbox/demo/demo_view.ts";
import { summaryLines } from "../../../sandbox/demo/demo_summary.ts";
import { letterLines, replayLines } from "../../../cli/deadletters/view.ts";
import { main } from "../../../cli/main.ts";
import { offsetLines } from "../../../cli/commands/offset_facts.ts";
import { LineOutput, print, printError, redrawn, tableLines } from "../../../cli/output.ts";
import { problemText } from "../../../cli/prepare.ts";
import { shown } from "../../../cli/commands/subject.ts";
import { DataException } from "../../../connect/api/exceptions.ts";
import type { DeadLetter } from "../../../connect/errors/dead_letter_reader.ts";
import { visibleText } from "../../../connect/rest/ui/visible_text.js";

/** Everything that a terminal obeys or doesn't show. */
const dangers = [
  ...Array.from({ length: 0x20 }, (_, code) => String.fromCharCode(code)),
  ...Array.from({ length: 0x21 }, (_, code) => String.fromCharCode(0x7f + code)),
  ..."\u061c\u200b\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff\u00ad",
  "\u{e0001}",
  "\u{e0041}",
  "\u{e007f}",
].concat("\ud800", "\udfff");
const danger = `a${dangers.join("b")}z`;
const obeyed =
  // deno-lint-ignore no-control-regex -- which a terminal obeys
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]|\p{Cs}/u;

/** The output of a command, through the writers of all commands. */
async function printed(run: () => unknown): Promise<string> {
  const said: string[] = [];
  const { log, error } = console;
  console.log = console.error = (...words: readonly unknown[]) => void said.push(words.join(" "));
  try {
    await run();
  } finally {
    Object.assign(console, { log, error });
  }
  return said.join("\n");
}

/** Lines without what is obeyed; the ends of lines are the command's own. */
function assertShown(text: string): void {
  for (const line of text.split("\n")) assert.doesNotMatch(line.replace(/^\t+/, ""), obeyed);
  assert.match(text, /\\u001b/);
  assert.match(text, /\\u202e/);
}

const letter: DeadLetter = {
  ...{ connector: danger, at: { topic: danger, partition: 0 }, offset: 7n, stage: danger },
  ...{ rule: danger, field: danger, writtenAt: 5 },
};
const ledgerRow = {
  ...{ writtenAt: new Date(0), event: danger, clusterId: "k", task: 0, configHash: danger, columns: null },
  ...{ counts: { [danger]: 1 }, subject: null, byRole: danger },
};
const range = (from: string, next: string) => ({ topic: danger, partition: 0, from, next });
const snapshot = {
  ...{ seconds: 1, eventsPublished: 1, eventsPerSecond: 1, rows: 1, memoryBytes: undefined },
  ...{ latency: { medianMs: 1, p99Ms: 1 }, newest: [{ name: danger, phone: danger, region: danger }] },
};
const outcome = {
  ...{ replayed: 0, filtered: 0, before: 0, wasInterrupted: false, erasures: [letter] },
  ...{ gone: [{ letter, reason: danger }], stillBad: [{ letter, reason: danger }] },
  suppressed: new Map([[danger, 1]]),
};
const comparison = {
  ...{ rowsExpected: 1, rowsFound: 1, rowsEqual: 0, missing: 0, unexpected: 0, isEqual: false },
  different: { [danger]: 1 },
};
const fact = { topic: danger, partition: 0, database: 1n, kafka: null, logStart: 0n, logEnd: 9n, lag: 8n };
const checked = {
  ...{ name: danger, props: {}, path: danger, validation: undefined, errors: [danger] },
};

const views: Readonly<Record<string, () => readonly string[]>> = {
  "audit": () => ledgerLines([{ ...ledgerRow, ranges: [range("0", "1")] }]),
  "audit's holes": () => holesOf([{ ...ledgerRow, ranges: [range("0", "1"), range("5", "6")] }]),
  "dlq list": () => letterLines({ topic: danger, letters: [letter], unreadable: 1, leftOut: 0, done: null }),
  "dlq replay": () => replayLines(danger, outcome, 0),
  "offsets": () => offsetLines([fact]),
  "subject show": () => shown({ [danger]: danger, b: danger }),
  "the demo's picture": () => picture(snapshot, { kept: [danger], dropped: 1 }),
  "the demo's summary": () => summaryLines(comparison as Parameters<typeof summaryLines>[0], 1),
};

for (const [name, lines] of Object.entries(views)) {
  Deno.test(`what is printed of ${name} is seen, and obeyed by no terminal`, async () => {
    const found = lines();
    const text = await printed(() => print(found));
    assertShown(text);
    assert.equal(text.split("\n").length, found.length, "no value makes a line of its own");
  });
}

Deno.test("a plain line of the demo has numbers alone", () => {
  assert.doesNotMatch(plainLine(snapshot), obeyed);
});

Deno.test("problems with configurations show names, paths and reasons", async () => {
  assertShown(await printed(() => printError((problemText([checked]) ?? "").split("\n"))));
});

Deno.test("a crash shows its classes and places line by line", async () => {
  const crash = crashText(new DataException("\x1b[2J\u202e", { cause: new Error() }));
  const text = await printed(() => printError(crash.split("\n")));
  assertShown(text);
  assert.match(text, /^\S+DataException: \\u001b\[2J\\u202e\n\tat /, "lines of the trace stay");
});

const wrongUses: Readonly<Record<string, readonly string[]>> = {
  "a command": [danger],
  "an option": ["audit", `--${danger}`],
  "a value": ["audit", "--connector", "telesales", "--limit", danger],
  "a word": ["validate", danger],
  "a time": ["audit", "--since", danger],
  "a connector": ["audit", "--connector", danger],
  "a file": ["validate", "--config", danger.replaceAll("\0", "")],
  "an offset": ["offsets", "set", danger],
  "a name for a connector": ["new", "connector", danger],
  "a field": ["new", "connector", "a", "--fields", danger],
  "an action": ["subject", danger],
  "an action on dead letters": ["dlq", danger],
  "an input": ["dry-run", "--connector", "telesales", "--input", danger.replaceAll("\0", "")],
};

for (const [what, args] of Object.entries(wrongUses)) {
  Deno.test(`wrong use with ${what} is quoted as it can be seen`, async () => {
    const text = await printed(() => main(args));
    for (const line of text.split("\n")) assert.doesNotMatch(line.replace(/^\t+/, ""), obeyed);
    assert.ok(text.split("\n").length <= 3, text);
  });
}

Deno.test("rows stay in columns, whatever their cells hold", () => {
  const rows = [["A", "B", "C"], ["\x1b[2J\u202e", "x", "y"], ["short", "\n\t", "y"]];
  const lines = tableLines(rows);
  assert.deepEqual(lines, [
    "A                B     C",
    "\\u001b[2J\\u202e  x     y",
    "short            \\n\\t  y",
  ]);
});

Deno.test("a picture has the control characters that draw it, and no others", () => {
  assert.equal(redrawn(["a"], 0), "\x1b[2Ka\n\x1b[0J");
  assert.equal(redrawn(["a", "b"], 3), "\x1b[3A\x1b[2Ka\n\x1b[2Kb\n\x1b[0J");
  assert.equal(redrawn(["\x1b[2J"], 0), "\x1b[2K\\u001b[2J\n\x1b[0J");
  const lines = redrawn(picture(snapshot, { kept: [danger], dropped: 1 }), 0).split("\n");
  for (const line of lines) assert.doesNotMatch(line.replace("\x1b[2K", "").replace("\x1b[0J", ""), obeyed);
});

Deno.test("JSON stays JSON of the same value", async () => {
  const row = { by_role: danger, counts: { [danger]: 1 } };
  const text = await printed(() => print(JSON.stringify(row)));
  assert.doesNotMatch(text, obeyed);
  assert.deepEqual(JSON.parse(text), row);
});

Deno.test("lines of a dry run are gathered with escapes", async () => {
  const written: Uint8Array[] = [];
  const output = new LineOutput((bytes) => {
    written.push(bytes.slice());
    return Promise.resolve(bytes.length);
  });
  await output.write(JSON.stringify(danger));
  await output.flush();
  const text = written.map((bytes) => new TextDecoder().decode(bytes)).join("");
  assert.doesNotMatch(text.slice(0, -1), obeyed);
  assert.equal(JSON.parse(text), danger);
});

Deno.test("every character of the family becomes an escape that JSON reads back", () => {
  for (const character of dangers) {
    const text = visibleText(character);
    assert.match(text, /^(\\[nrt]|\\u[0-9a-f]{4}|\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2})$/);
    assert.equal(JSON.parse(`"${text}"`), character);
    assert.equal(visibleText(text), text, "a second call changes nothing");
  }
});

Deno.test("letters, signs, joiners and emoji are shown as they are", () => {
  const texts = [
    ...["Ana Lima", "João", "李小龍", "محمد علي", "דוד בן־גוריון", "می\u200cخواهم", "क्\u200dष", "👩\u200d🚀"],
    ...["❤\ufe0f", "e\u0301", "\u06dd", "a\\u001bb", '{"a": "b"}', "–…→"],
  ];
  for (const text of texts) assert.equal(visibleText(text), text);
});
