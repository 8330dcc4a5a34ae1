/** The open connections of a listener: limits their number and how long each may wait. @module */

export interface OpenConnection {
  /** Closes the connection at once. */
  destroy(): void;
}

export interface ConnectionLimits {
  /** Maximum number of connections. */
  readonly connectionsMax: number;
  /** Timeout of the first request's headers, in milliseconds. */
  readonly headersMsMax: number;
  /** Timeout of an idle connection, and for the client to read an answer, in milliseconds. */
  readonly idleMsMax: number;
}

/**
 * Milliseconds during which a new connection isn't closed to make room. In a flood it has already waited in
 * the system's queue with its request; a longer time would keep others there, health checks too.
 */
const graceMs = 250;

/** Share of the connections that remains after the process ran out of file descriptors. */
const roomShare = 7 / 8;

/**
 * Tracks connections by what they wait for. A full listener closes the connection that has waited longest for
 * request headers.
 *
 * @example
 * ```ts
 * import { OpenConnections } from "./open_connections.ts";
 * const closed: string[] = [];
 * const connection = (name: string) => ({ destroy: () => void closed.push(name) });
 * const [slow, asking, late] = ["slow", "asking", "late"].map(connection);
 * const open = new OpenConnections({ connectionsMax: 2, headersMsMax: 10_000, idleMsMax: 60_000 });
 * for (const one of [slow, asking]) if (one !== undefined) open.add(one, 0);
 * if (asking !== undefined) open.asks(asking);
 * if (late !== undefined) open.add(late, 1);
 * if (closed.join() !== "slow") throw new Error("the connection without a request is closed");
 * ```
 */
export class OpenConnections {
  readonly #limits: ConnectionLimits;
  /** Present limit of connections. */
  #connectionsMax: number;
  /** Connections without request headers and since when; the first has waited longest. */
  readonly #waiting = new Map<OpenConnection, Waiting>();
  /** Connections with a request being answered. */
  readonly #asking = new Map<OpenConnection, Asking>();

  constructor(limits: ConnectionLimits) {
    this.#limits = limits;
    this.#connectionsMax = limits.connectionsMax;
  }

  get count(): number {
    return this.#waiting.size + this.#asking.size;
  }

  /** Number of connections with a request being answered. */
  get askingCount(): number {
    return this.#asking.size;
  }

  /** Adds a connection, for which a full listener closes another; returns false if all are being answered. */
  add(connection: OpenConnection, nowMs: number): boolean {
    if (this.count >= this.#connectionsMax && !this.#closeLongestWaiting()) return false;
    this.#waiting.set(connection, { sinceMs: nowMs, untilMs: nowMs + this.#limits.headersMsMax });
    return true;
  }

  /** Returns how long to delay the next accept, so that each connection has a moment to send its request. */
  pauseMs(nowMs: number): number {
    if (this.count < this.#connectionsMax) return 0;
    const longest = this.#waiting.values().next().value;
    return longest === undefined ? graceMs : Math.max(0, longest.sinceMs + graceMs - nowMs);
  }

  /** Marks that request headers have arrived. */
  asks(connection: OpenConnection): void {
    this.#waiting.delete(connection);
    const { requests = 0 } = this.#asking.get(connection) ?? {};
    this.#asking.set(connection, { requests: requests + 1 });
  }

  /** Marks that the answer is ready for the client to read. */
  answers(connection: OpenConnection, nowMs: number): void {
    const asking = this.#asking.get(connection);
    if (asking === undefined) return;
    this.#asking.set(connection, { ...asking, untilMs: nowMs + this.#limits.idleMsMax });
  }

  /** Marks that the answer was sent: the timeout of the next request starts. */
  answered(connection: OpenConnection, nowMs: number): void {
    const asking = this.#asking.get(connection);
    if (asking === undefined) return;
    if (asking.requests > 1) {
      return void this.#asking.set(connection, { ...asking, requests: asking.requests - 1 });
    }
    this.#asking.delete(connection);
    this.#waiting.set(connection, { sinceMs: nowMs, untilMs: nowMs + this.#limits.idleMsMax });
  }

  remove(connection: OpenConnection): void {
    this.#waiting.delete(connection);
    this.#asking.delete(connection);
  }

  /** Closes connections that have timed out, and raises a lowered limit by one. */
  closeLate(nowMs: number): void {
    this.#connectionsMax = Math.min(this.#connectionsMax + 1, this.#limits.connectionsMax);
    for (const [connection, { untilMs }] of [...this.#waiting, ...this.#asking]) {
      if (untilMs !== undefined && untilMs <= nowMs) this.#close(connection);
    }
  }

  /**
   * Closes the connections that have waited longest and lowers the limit for a while, so that connectors can
   * open files. Returns false if no connection waits.
   */
  makeRoom(): boolean {
    const wanted = Math.floor(this.count * roomShare);
    this.#connectionsMax = Math.max(wanted, 1);
    let isDone = false;
    while (this.count > wanted && this.#closeLongestWaiting()) isDone = true;
    return isDone;
  }

  /** Closes all connections without a running request. */
  closeWaiting(): void {
    for (const connection of [...this.#waiting.keys()]) this.#close(connection);
  }

  closeAll(): void {
    this.closeWaiting();
    for (const connection of [...this.#asking.keys()]) this.#close(connection);
  }

  /** Returns false if no connection waits for its headers. */
  #closeLongestWaiting(): boolean {
    const longest = this.#waiting.keys().next().value;
    if (longest === undefined) return false;
    this.#close(longest);
    return true;
  }

  #close(connection: OpenConnection): void {
    this.remove(connection);
    connection.destroy();
  }
}

interface Waiting {
  readonly sinceMs: number;
  readonly untilMs: number;
}

interface Asking {
  readonly requests: number;
  /** Deadline for reading the answer; not set before there is one. */
  readonly untilMs?: number;
}
