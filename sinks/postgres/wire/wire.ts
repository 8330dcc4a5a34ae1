/**
 * PostgreSQL's extended query protocol for the delivery's own statements: npm:postgres sends parameters as text only.
 * (PostgreSQL documentation, 53.2.3)
 *
 * @module
 */

import type { SharedSocket } from "../connection/shared_socket.ts";
import { type FlightAnswer, FlightAnswers } from "./flight_answers.ts";
import { OutBuffer } from "./out_buffer.ts";
import { PreparedNames } from "./prepared_names.ts";
import { isStale } from "./server_error.ts";

/** A value of a statement. */
export interface Parameter {
  /** 0 = text, 1 = binary. */
  readonly format: 0 | 1;
  write(out: OutBuffer): void;
}

/** A statement, which is one command. */
export interface FlightStatement {
  readonly text: string;
  readonly parameters: readonly Parameter[];
  /**
   * Whether the server sends its answer at once, instead of with the flight's last one: the time limit for an answer
   * restarts. For statements that can take long.
   */
  readonly isAwaited?: boolean;
}

/** Letters of the client's messages. (PostgreSQL documentation, 53.7) */
const [parse, bind, execute, close, flush, sync] = [0x50, 0x42, 0x45, 0x43, 0x48, 0x53];
const ofStatement = 0x53;

/**
 * Sends flights: several statements at once and one Sync behind them, so that they take one round trip. If a statement
 * fails, the server skips the rest.
 */
export class Wire {
  readonly #socket: SharedSocket;
  /** Null = each statement is parsed each time. */
  readonly #names: PreparedNames | null;
  readonly #out = new OutBuffer();
  #flight: FlightAnswers | undefined;

  /** @param options whether statements may outlive their transaction, as they may not behind PgBouncer */
  constructor(socket: SharedSocket, { prepare }: { readonly prepare: boolean }) {
    this.#socket = socket;
    this.#names = prepare ? new PreparedNames() : null;
  }

  /** The error that the server has reported for the flight in the air: it may hang up next. */
  get failure(): Error | null {
    return this.#flight?.failure ?? null;
  }

  /**
   * Sends statements and awaits their answers. Nothing else may use the connection meanwhile.
   *
   * @param answered is called for each answer
   * @throws ServerError with the index of the statement that failed
   */
  async fly(statements: readonly FlightStatement[], answered: () => void): Promise<readonly FlightAnswer[]> {
    const names = this.#names;
    const out = this.#out;
    out.clear();
    const closed = names?.toClose() ?? [];
    for (const name of closed) writeClose(out, name);
    const uses = statements.map(({ text }) => names?.use(text) ?? unnamed);
    statements.forEach((statement, index) => writeStatement(out, statement, uses[index] ?? unnamed));
    writeMessage(out, sync);
    const flight = new FlightAnswers(closed.length, uses.map(({ isNew }) => isNew), {
      prepared: (index) => names?.keep(statements[index]?.text ?? "", uses[index]?.name ?? ""),
      answered,
    });
    this.#flight = flight;
    await this.#socket.exchange(out.written(), flight.read);
    this.#flight = undefined;
    names?.endFlight();
    const { failure, answers } = flight;
    if (failure === null) return answers;
    if (isStale(failure)) names?.forgetAll();
    throw failure;
  }
}

const unnamed = { name: "", isNew: true };

function writeStatement(out: OutBuffer, statement: FlightStatement, use: typeof unnamed): void {
  const { text, parameters, isAwaited } = statement;
  if (use.isNew) {
    const length = begin(out, parse);
    out.cstring(use.name);
    out.cstring(text);
    out.int16(0); // the server knows the parameters' types
    end(out, length);
  }
  writeBind(out, use.name, parameters);
  const length = begin(out, execute);
  out.cstring("");
  out.int32(0); // all rows
  end(out, length);
  if (isAwaited === true) writeMessage(out, flush);
}

/** Binds the unnamed portal; it returns rows as text. */
function writeBind(out: OutBuffer, name: string, parameters: readonly Parameter[]): void {
  const length = begin(out, bind);
  out.cstring("");
  out.cstring(name);
  out.int16(parameters.length);
  for (const { format } of parameters) out.int16(format);
  out.int16(parameters.length);
  for (const parameter of parameters) {
    const bytes = out.beginLength();
    parameter.write(out);
    out.endLength(bytes);
  }
  out.int16(0);
  end(out, length);
}

function writeClose(out: OutBuffer, name: string): void {
  const length = begin(out, close);
  out.uint8(ofStatement);
  out.cstring(name);
  end(out, length);
}

function writeMessage(out: OutBuffer, type: number): void {
  end(out, begin(out, type));
}

function begin(out: OutBuffer, type: number): number {
  out.uint8(type);
  return out.beginLength();
}

/** A message's length includes its own four bytes. */
function end(out: OutBuffer, length: number): void {
  out.setInt32(length, out.length - length);
}
