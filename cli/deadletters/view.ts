import type { DeadLetter } from "../../connect/errors/dead_letter_reader.ts";
import type { ReplayedLetters } from "../../sinks/sql/database.ts";
import type { ReplayOutcome } from "./replay.ts";
import { placeText } from "./queue.ts";
import { tableLines } from "../output.ts";

interface LetterList {
  readonly topic: string;
  readonly letters: readonly DeadLetter[];
  readonly unreadable: number;
  readonly leftOut: number;
  /** Replayed letters; null if unknown. */
  readonly done: Pick<ReplayedLetters, "has"> | null;
}

const columns = ["RECORD", "WRITTEN", "STAGE", "RULE", "FIELD", "STATE"] as const;

const placesShownMax = 20;

/** Returns a line per record, then the counts. */
export function letterLines({ topic, letters, unreadable, leftOut, done }: LetterList): readonly string[] {
  const rows = letters.map((letter) => [
    placeText(letter),
    letter.writtenAt < 0 ? "-" : new Date(letter.writtenAt).toISOString(),
    letter.stage,
    letter.rule,
    letter.field ?? "-",
    stateOf(letter, done),
  ]);
  const table = rows.length === 0 ? [] : tableLines([columns, ...rows]);
  const open = done === null
    ? "set the administrator's URL to see which were replayed"
    : `${letters.filter((letter) => !done.has(letter)).length} open`;
  return [
    ...table,
    `${topic}: ${letters.length} records with dead letters, ${open}${unreadableText(unreadable)}`,
    ...leftOutLines(leftOut),
  ];
}

export function leftOutLines(count: number): readonly string[] {
  return count === 0 ? [] : [
    `  ${count} older letters were left out: at most a million records are read, newest first; --rule RULE selects fewer`,
  ];
}

/** Rejected erasures stand out: the person must still be erased. */
function stateOf(letter: DeadLetter, done: LetterList["done"]): string {
  if (done?.has(letter) === true) return "replayed";
  if (letter.isErasure === true) return "erasure not done";
  return done === null ? "?" : "open";
}

export function replayLines(topic: string, outcome: ReplayOutcome, unreadable: number): readonly string[] {
  const { replayed, filtered, before, gone, stillBad, erasures, suppressed, wasInterrupted } = outcome;
  const suppressedText = [...suppressed].map(([reason, count]) => `${count} ${reason}`).join(", ");
  return [
    `${topic}: ${replayed} replayed, ${filtered} filtered, ${stillBad.length} still bad, ${gone.length} gone, ` +
    `${before} done before${unreadableText(unreadable)}`,
    ...suppressedText === "" ? [] : [`  suppressed rows: ${suppressedText}`],
    ...erasures.length === 0 ? [] : [
      `  erasures done: ${
        placesText(erasures.map(placeText))
      }; mark them as done on /ui of the worker that shows them`,
    ],
    ...byReason(stillBad).map(([reason, places]) => `  still bad, ${reason}: ${placesText(places)}`),
    ...byReason(gone).map(([reason, places]) => `  gone, ${reason}: ${placesText(places)}`),
    ...wasInterrupted ? ["  interrupted: run it again for the rest"] : [],
  ];
}

function byReason(items: ReplayOutcome["gone"]): readonly (readonly [string, readonly string[]])[] {
  const places = Map.groupBy(items, ({ reason }) => reason);
  return [...places].map(([reason, found]) => [reason, found.map(({ letter }) => placeText(letter))]);
}

function placesText(places: readonly string[]): string {
  const more = places.length - placesShownMax;
  return `${places.slice(0, placesShownMax).join(" ")}${more > 0 ? ` and ${more} more` : ""}`;
}

function unreadableText(count: number): string {
  return count === 0 ? "" : `; ${count} records of the topic have no coordinates`;
}
