/**
 * One connection to PostgreSQL, which is never reopened.
 *
 * npm:postgres reconnects by itself, which must not happen inside a transaction: statements queued after a lost BEGIN
 * would run on the new connection, outside of any transaction. And a statement sent on a connection that has just
 * closed ends the process (`sql.begin` does so with its ROLLBACK; seen with 3.4.9). So a session owns its socket, opens
 * it once, sends nothing after losing it, and then rejects all pending answers.
 *
 * @module
 */

import type net from "node:net";
import postgres from "postgres";
import type { Time } from "../../../connect/api/ports.ts";
import { driverOptions } from "./connection_options.ts";
import type { ConnectionTarget } from "./connection_url.ts";
import { serverFactsSql } from "../statements/session.ts";
import { openSocket, type SocketWay } from "./open_socket.ts";
import type { FlightAnswer } from "../wire/flight_answers.ts";
import { ServerError } from "../wire/server_error.ts";
import { type FlightStatement, Wire } from "../wire/wire.ts";
import { NoAnswerError } from "./sqlstate.ts";

interface SessionOptions {
  readonly target: ConnectionTarget;
  readonly applicationName: string;
  /** Index of the host to try first. */
  readonly firstHost: number;
  readonly connectTimeoutMs: number;
  /** Longest wait for the next answer; then the connection is cut. */
  readonly answerTimeoutMs: number;
  readonly prepare: boolean;
  readonly time: Time;
  /** Cuts the connection. */
  readonly signal: AbortSignal;
}

interface ServerFacts {
  readonly pid: number;
  /** For example 180004. */
  readonly version: number;
  readonly isReadOnly: boolean;
}

/** A connection, a pool or a transaction of npm:postgres. */
export type SqlSession = postgres.ISql;

/** Rows of an answer, and the number of rows that the statement touched. */
export type Answer<R extends object = Record<string, unknown>> = postgres.RowList<R[]>;

/** Most prepared statements; PostgreSQL parses further ones each time. */
const preparedMax = 100;
const closeTimeoutMs = 1_000;
/** A task reads only catalog rows and the keys of a batch. */
const answerBytesMax = 32 * 1024 * 1024;

/** An open connection. Methods throw the driver's error, or NoAnswerError once the connection is lost. */
export class Session {
  readonly #options: SessionOptions;
  readonly #waiting = new Set<(error: Error) => void>();
  readonly #prepared = new Set<string>();
  #pool: postgres.Sql | undefined;
  #sql: postgres.ReservedSql | undefined;
  #socket: net.Socket | undefined;
  #facts: ServerFacts = { pid: 0, version: 0, isReadOnly: false };
  #wire: Wire | undefined;
  /** Resolves once the flight in the air is over. */
  #flying: Promise<void> | undefined;
  /** Resolves once no answer is pending. */
  #idle = Promise.withResolvers<void>();
  #isLost = false;
  #watching: AbortController | undefined;

  private constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** Connects and logs in. */
  static async open(options: SessionOptions): Promise<Session> {
    const session = new Session(options);
    try {
      await session.#open();
    } catch (error) {
      session.destroy();
      throw error;
    }
    options.signal.addEventListener("abort", session.destroy, { once: true });
    return session;
  }

  get isLost(): boolean {
    return this.#isLost;
  }
  get facts(): ServerFacts {
    return this.#facts;
  }
  /** For code that takes a `SqlSession`, within `run`. Never begin a transaction by its `begin`. */
  get sql(): SqlSession {
    if (this.#sql === undefined || this.#isLost) throw lost();
    return this.#sql;
  }

  /**
   * Sends a statement. Several may be pending; they run in this order. Without parameters the text may hold several
   * statements.
   */
  query<R extends object = Record<string, unknown>>(text: string, parameters?: string[]): Promise<Answer<R>> {
    const { sql } = this;
    if (parameters === undefined) return this.run(() => sql.unsafe<R[]>(text).execute());
    const prepare = this.#mayPrepare(text);
    return this.run(() => sql.unsafe<R[]>(text, parameters, { prepare }).execute());
  }

  /**
   * Sends statements by Sluice's own protocol, with one Sync behind them; see {@link Wire}. Waits until no answer is
   * pending; what is called meanwhile is sent after the flight.
   *
   * @throws ServerError of the first statement that failed; the session is still good. NoAnswerError once it is lost
   */
  async flight(statements: readonly FlightStatement[]): Promise<readonly FlightAnswer[]> {
    while (this.#waiting.size > 0) await this.#idle.promise;
    const wire = this.#wire;
    if (wire === undefined) throw lost();
    const landed = Promise.withResolvers<void>();
    this.#flying = landed.promise;
    const answered = () => {
      this.#unwatch();
      this.#watch();
    };
    try {
      return await this.#await(() => wire.fly(statements, answered), () => wire.failure);
    } finally {
      this.#flying = undefined;
      landed.resolve();
    }
  }

  /** Awaits work on this session. Throws if the session is lost or doesn't answer. */
  run<T>(work: () => PromiseLike<T>): Promise<T> {
    return this.#flying === undefined ? this.#await(work) : this.#flying.then(() => this.run(work));
  }

  /** @param failure returns the server's last words, if the session is lost */
  #await<T>(work: () => PromiseLike<T>, failure: () => Error | null = () => null): Promise<T> {
    if (this.#isLost) return Promise.reject(lost());
    return new Promise<T>((resolve, reject) => {
      const fail = (error: Error) => reject(failure() ?? error);
      this.#waiting.add(fail);
      this.#watch();
      const end = () => {
        this.#waiting.delete(fail);
        this.#unwatch();
        if (this.#waiting.size === 0) this.#beIdle();
        else if (!this.#isLost) this.#watch();
      };
      started(work).then((value) => {
        end();
        resolve(value);
      }, (error: unknown) => {
        end();
        if (!(error instanceof postgres.PostgresError || error instanceof ServerError)) this.destroy();
        reject(error);
      });
    });
  }

  /** Closes the connection; safe to call twice. */
  async close(): Promise<void> {
    const { time } = this.#options;
    if (!this.#isLost && this.#pool !== undefined && this.#waiting.size === 0) {
      this.#sql?.release();
      await Promise.race([this.#pool.end(), time.sleep(closeTimeoutMs)]);
    }
    this.destroy();
  }

  /** Cuts the connection; safe to call twice. */
  readonly destroy = (): void => {
    this.#isLost = true;
    this.#socket?.destroy();
    this.#options.signal.removeEventListener("abort", this.destroy);
    this.#tellWaiting();
  };

  async #open(): Promise<void> {
    const { target, applicationName, connectTimeoutMs, signal } = this.#options;
    if (signal.aborted) throw lost();
    const base = await driverOptions(target, applicationName, (way) => this.#openSocketOnce(way));
    this.#pool = postgres({
      ...base,
      // The session checks the server itself: with one host the driver would reconnect without limit or pause.
      target_session_attrs: undefined,
      prepare: this.#isPreparing,
      max: 1,
      fetch_types: false,
      idle_timeout: null as unknown as undefined,
      max_lifetime: null,
      connect_timeout: connectTimeoutMs / 1000,
      connection: { ...base.connection, TimeZone: "UTC" },
      onclose: this.destroy,
    } as postgres.Options<Record<string, never>>);
    const pool = this.#pool;
    const [facts] = await this.run(() => pool.unsafe<ServerFacts[]>(serverFactsSql).execute());
    if (facts === undefined) throw lost();
    this.#facts = facts;
    this.#sql = await this.run(() => pool.reserve());
  }

  async #openSocketOnce(way: SocketWay): Promise<net.Socket> {
    const { firstHost, connectTimeoutMs, time, signal } = this.#options;
    if (this.#socket !== undefined || this.#isLost) throw lost();
    const limits = { timeoutMs: connectTimeoutMs, answerBytesMax };
    const shared = await openSocket({ ...way, ...limits, firstHost, time, signal });
    this.#socket = shared.forDriver;
    this.#wire = new Wire(shared, { prepare: this.#isPreparing });
    if (this.#isLost) {
      this.#socket.destroy();
      throw lost();
    }
    return this.#socket;
  }

  get #isPreparing(): boolean {
    return this.#options.prepare && this.#options.target.prepare;
  }

  #mayPrepare(text: string): boolean {
    if (this.#prepared.has(text)) return true;
    if (this.#prepared.size >= preparedMax) return false;
    this.#prepared.add(text);
    return true;
  }

  /** One timer for all pending answers; each answer restarts it. */
  #watch(): void {
    if (this.#watching !== undefined) return;
    const { time, answerTimeoutMs } = this.#options;
    const watching = new AbortController();
    this.#watching = watching;
    void time.sleep(answerTimeoutMs, watching.signal).then(() => {
      if (!watching.signal.aborted) this.destroy();
    });
  }

  #unwatch(): void {
    this.#watching?.abort(answered);
    this.#watching = undefined;
  }

  #beIdle(): void {
    this.#idle.resolve();
    this.#idle = Promise.withResolvers();
  }

  #tellWaiting(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    this.#unwatch();
    this.#beIdle();
    for (const reject of waiting) reject(lost());
  }
}

/** The runtime's own reason would be an error with a stack for each abort. */
const answered = "answered";

/** Turns a synchronous throw into a rejection. */
async function started<T>(work: () => PromiseLike<T>): Promise<T> {
  return await work();
}

function lost(): NoAnswerError {
  return new NoAnswerError("Cannot reach the database: the connection is lost");
}
