/** Reads the server's answers to one flight. @module */

import type { Buffer } from "node:buffer";
import { NoAnswerError } from "../connection/sqlstate.ts";
import { type ServerError, serverErrorOf } from "./server_error.ts";

/** The answer to one statement. */
export interface FlightAnswer {
  /** `INSERT`, `COMMIT`… */
  readonly command: string;
  /** Rows that it touched or returned. */
  readonly count: number;
  /** Columns as text. */
  readonly rows: readonly (readonly (string | null)[])[];
}

/** What is told of a flight while it is read. */
interface FlightEvents {
  /** A statement is prepared; the index is among all statements of the flight. */
  prepared(statement: number): void;
  /** A statement is done. */
  answered(): void;
}

/** Messages of a flight, by letter. (PostgreSQL documentation, 53.7) */
const [parsed, bound, closed, row, done] = ["1", "2", "3", "D", "C"];
const [empty, error, ready] = ["I", "E", "Z"];
/** Notices, notifications and settings may come at any time. They aren't read: a notice can quote a row. */
const asides = new Set(["N", "A", "S"]);

const headerBytes = 5;

/**
 * The answers to a flight, in the only order that PostgreSQL sends them. After an error the server skips what was sent
 * up to the Sync.
 */
export class FlightAnswers {
  readonly answers: FlightAnswer[] = [];
  /** The first error. */
  failure: ServerError | null = null;
  /** Letters of the messages that must come. */
  readonly #steps: readonly string[];
  readonly #events: FlightEvents;
  #step = 0;
  #rows: (string | null)[][] = [];
  #isReady = false;

  /**
   * @param closes number of statements that are closed first
   * @param parses for each statement, whether it is parsed
   */
  constructor(closes: number, parses: readonly boolean[], events: FlightEvents) {
    const statements = parses.flatMap((isParsed) => isParsed ? [parsed, bound, done] : [bound, done]);
    this.#steps = [...Array<string>(closes).fill(closed as string), ...statements as string[]];
    this.#events = events;
  }

  /**
   * Reads whole messages. Returns undefined until the server is ready, then the bytes behind that message.
   *
   * @throws NoAnswerError for a message that PostgreSQL wouldn't send here
   */
  readonly read = (messages: Buffer): Buffer | undefined => {
    let rest: Buffer | undefined;
    for (let at = 0; at < messages.length;) {
      const end = at + 1 + messages.readUInt32BE(at + 1);
      this.#message(messages.subarray(at, end));
      at = end;
      if (this.#isReady) rest ??= messages.subarray(at);
    }
    return rest;
  };

  #message(message: Buffer): void {
    const type = String.fromCharCode(message[0] ?? 0);
    const awaited = this.#steps[this.#step];
    if (asides.has(type)) return;
    if (this.#isReady) {
      if (type !== error) throw outOfOrder(); // the server may end the session
    } else if (type === error) this.#fail(message);
    else if (type === ready && (this.failure !== null || awaited === undefined)) this.#isReady = true;
    else if (this.failure !== null) throw outOfOrder();
    else if (type === row && awaited === done) this.#rows.push(textsOf(message));
    else if (type === awaited || (type === empty && awaited === done)) this.#pass(type, message);
    else throw outOfOrder();
  }

  #pass(type: string, message: Buffer): void {
    this.#step++;
    if (type === parsed) this.#events.prepared(this.answers.length);
    if (type !== done && type !== empty) return;
    const tag = type === empty ? { command: "", count: 0 } : tagOf(message);
    this.answers.push({ ...tag, rows: this.#rows });
    this.#rows = [];
    this.#events.answered();
  }

  #fail(message: Buffer): void {
    const failure = this.failure === null ? serverErrorOf(message, this.answers.length) : null;
    if (failure === null) throw outOfOrder();
    this.failure = failure;
  }
}

/** Reads the tag of a CommandComplete: `INSERT 0 5`, `UPDATE 5`, `COMMIT`. */
function tagOf(message: Buffer): Pick<FlightAnswer, "command" | "count"> {
  const tag = /^([A-Z ]*[A-Z])((?: \d+)*)\0$/.exec(message.toString("latin1", headerBytes));
  if (tag === null) throw outOfOrder();
  const [, command = "", numbers = ""] = tag;
  return { command, count: Number(numbers.split(" ").at(-1)) };
}

function textsOf(message: Buffer): (string | null)[] {
  const texts: (string | null)[] = [];
  let at = headerBytes + 2;
  const count = message.length < at ? 0 : message.readUInt16BE(headerBytes);
  for (let column = 0; column < count; column++) {
    if (at + 4 > message.length) throw outOfOrder();
    const length = message.readInt32BE(at);
    at += 4;
    if (length < -1 || at + length > message.length) throw outOfOrder();
    texts.push(length < 0 ? null : message.toString("utf8", at, at + length));
    at += Math.max(length, 0);
  }
  if (at !== message.length) throw outOfOrder();
  return texts;
}

function outOfOrder(): NoAnswerError {
  return new NoAnswerError(
    "Cannot read the server's answer: it isn't the message that PostgreSQL sends here",
  );
}
