/**
 * One connection to PostgreSQL with one life: it's opened, used, and never comes back.
 *
 * npm:postgres mends connections by itself, which must not happen inside a transaction: what was queued behind a
 * lost BEGIN would run on the new connection, outside of any transaction. And a statement sent on a connection
 * that has just closed ends the process (`sql.begin` does so with its ROLLBACK; seen with 3.4.9). So a session owns
 * its socket, opens it once, sends nothing after it is lost, and everything that waits for an answer is told.
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
import { NoAnswerError } from "./sqlstate.ts";

interface SessionOptions {
  readonly target: ConnectionTarget;
  readonly applicationName: string;
  /** Which of several hosts is tried first. */
  readonly firstHost: number;
  readonly connectTimeoutMs: number;
  /** Longest wait for the next answer; then the connection is cut. */
  readonly answerTimeoutMs: number;
  readonly prepare: boolean;
  readonly time: Time;
  /** Cuts the connection. */
  readonly signal: AbortSignal;
}

/** What the server said of itself. */
interface ServerFacts {
  readonly pid: number;
  /** For example 180004. */
  readonly version: number;
  readonly isReadOnly: boolean;
}

/** A connection, a pool or a transaction of npm:postgres. */
export type SqlSession = postgres.ISql;

/** Rows of an answer, with the number of rows a statement touched. */
export type Answer<R extends object = Record<string, unknown>> = postgres.RowList<R[]>;

/** Most statements prepared at one time; further ones are parsed each time. */
const preparedMax = 100;
const closeTimeoutMs = 1_000;
/** What a task asks for are facts of the catalog and keys of a batch. */
const answerBytesMax = 32 * 1024 * 1024;

/** An open connection. Every method throws what the driver threw, or NoAnswerError once the connection is lost. */
export class Session {
  readonly #options: SessionOptions;
  readonly #waiting = new Set<(error: Error) => void>();
  readonly #prepared = new Set<string>();
  #pool: postgres.Sql | undefined;
  #sql: postgres.ReservedSql | undefined;
  #socket: net.Socket | undefined;
  #facts: ServerFacts = { pid: 0, version: 0, isReadOnly: false };
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
  /** For statements of others, within `run`. Never begin a transaction by its `begin`. */
  get sql(): SqlSession {
    if (this.#sql === undefined || this.#isLost) throw lost();
    return this.#sql;
  }

  /** Sends a statement; several may be under way, they run in this order. Without parameters it may be many in one. */
  query<R extends object = Record<string, unknown>>(text: string, parameters?: string[]): Promise<Answer<R>> {
    const { sql } = this;
    if (parameters === undefined) return this.run(() => sql.unsafe<R[]>(text).execute());
    const prepare = this.#mayPrepare(text);
    return this.run(() => sql.unsafe<R[]>(text, parameters, { prepare }).execute());
  }

  /** Waits for work on this session, at the latest until it is lost or doesn't answer. */
  run<T>(work: () => PromiseLike<T>): Promise<T> {
    if (this.#isLost) return Promise.reject(lost());
    return new Promise<T>((resolve, reject) => {
      this.#waiting.add(reject);
      this.#watch();
      const end = () => {
        this.#waiting.delete(reject);
        this.#unwatch();
        if (this.#waiting.size > 0 && !this.#isLost) this.#watch();
      };
      started(work).then((value) => {
        end();
        resolve(value);
      }, (error: unknown) => {
        end();
        if (!(error instanceof postgres.PostgresError)) this.destroy();
        reject(error);
      });
    });
  }

  /** Says goodbye; safe to call twice. */
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
    const { target, applicationName, connectTimeoutMs, prepare, signal } = this.#options;
    if (signal.aborted) throw lost();
    const base = await driverOptions(target, applicationName, (way) => this.#openSocketOnce(way));
    this.#pool = postgres({
      ...base,
      // The session looks at the server itself: with one host the driver would try again without end or pause.
      target_session_attrs: undefined,
      prepare: prepare && target.prepare,
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
    this.#socket = await openSocket({ ...way, ...limits, firstHost, time, signal });
    if (this.#isLost) {
      this.#socket.destroy();
      throw lost();
    }
    return this.#socket;
  }

  #mayPrepare(text: string): boolean {
    if (this.#prepared.has(text)) return true;
    if (this.#prepared.size >= preparedMax) return false;
    this.#prepared.add(text);
    return true;
  }

  /** One clock for all that is under way: it begins anew with each answer. */
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

  #tellWaiting(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    this.#unwatch();
    for (const reject of waiting) reject(lost());
  }
}

/** A reason of our own: the runtime's is an error with a stack, made anew for each abort. */
const answered = "answered";

/** Whatever it throws at once is thrown later. */
async function started<T>(work: () => PromiseLike<T>): Promise<T> {
  return await work();
}

function lost(): NoAnswerError {
  return new NoAnswerError("Cannot reach the database: the connection is lost");
}
