/** The connections of a listener: how many there may be, and how long each may keep it waiting. @module */

/** What is kept of a connection. */
export interface OpenConnection {
  /** Closes it at once. */
  destroy(): void;
}

/** Limits of one listener. */
export interface ConnectionLimits {
  /** Connections at one time. */
  readonly connectionsMax: number;
  /** How long the first request's headers may take, milliseconds. */
  readonly headersMsMax: number;
  /** How long a connection may be kept without another request, or take to fetch its answer, milliseconds. */
  readonly idleMsMax: number;
}

/**
 * No connection makes room for another one before, milliseconds. In a flood it has been in the system's queue already and
 * its request is there; a longer time would keep all others in that queue, health checks too.
 */
const graceMs = 250;

/** Part of the connections that is left where files run out. */
const roomShare = 7 / 8;

/**
 * Connections by what they wait for. A connection without the headers of a request makes room for others: a full listener
 * closes the connection that has waited longest for them.
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
 * if (closed.join() !== "slow") throw new Error("the one that hasn't asked goes");
 * ```
 */
export class OpenConnections {
  readonly #limits: ConnectionLimits;
  /** As many as there may be now. */
  #connectionsMax: number;
  /** Whose headers haven't come, since when: the first one waits longest. */
  readonly #waiting = new Map<OpenConnection, Waiting>();
  /** Whose requests are being answered. */
  readonly #asking = new Map<OpenConnection, Asking>();

  constructor(limits: ConnectionLimits) {
    this.#limits = limits;
    this.#connectionsMax = limits.connectionsMax;
  }

  get count(): number {
    return this.#waiting.size + this.#asking.size;
  }

  /** Connections that a request of is being answered. */
  get askingCount(): number {
    return this.#asking.size;
  }

  /** Takes one in, for which a full listener closes another one; false if all others are being answered. */
  add(connection: OpenConnection, nowMs: number): boolean {
    if (this.count >= this.#connectionsMax && !this.#closeLongestWaiting()) return false;
    this.#waiting.set(connection, { sinceMs: nowMs, untilMs: nowMs + this.#limits.headersMsMax });
    return true;
  }

  /** How long the next one should be kept waiting, so that each has a moment to ask before it makes room. */
  pauseMs(nowMs: number): number {
    if (this.count < this.#connectionsMax) return 0;
    const longest = this.#waiting.values().next().value;
    return longest === undefined ? graceMs : Math.max(0, longest.sinceMs + graceMs - nowMs);
  }

  /** The headers of a request are here. */
  asks(connection: OpenConnection): void {
    this.#waiting.delete(connection);
    const { requests = 0 } = this.#asking.get(connection) ?? {};
    this.#asking.set(connection, { requests: requests + 1 });
  }

  /** There is an answer, which the other side has to fetch. */
  answers(connection: OpenConnection, nowMs: number): void {
    const asking = this.#asking.get(connection);
    if (asking === undefined) return;
    this.#asking.set(connection, { ...asking, untilMs: nowMs + this.#limits.idleMsMax });
  }

  /** The answer is on its way: the next request has its time. */
  answered(connection: OpenConnection, nowMs: number): void {
    const asking = this.#asking.get(connection);
    if (asking === undefined) return;
    if (asking.requests > 1) {
      return void this.#asking.set(connection, { ...asking, requests: asking.requests - 1 });
    }
    this.#asking.delete(connection);
    this.#waiting.set(connection, { sinceMs: nowMs, untilMs: nowMs + this.#limits.idleMsMax });
  }

  /** It's closed. */
  remove(connection: OpenConnection): void {
    this.#waiting.delete(connection);
    this.#asking.delete(connection);
  }

  /** Closes those that have had their time, and lets one more in where there were to be fewer. */
  closeLate(nowMs: number): void {
    this.#connectionsMax = Math.min(this.#connectionsMax + 1, this.#limits.connectionsMax);
    for (const [connection, { untilMs }] of [...this.#waiting, ...this.#asking]) {
      if (untilMs !== undefined && untilMs <= nowMs) this.#close(connection);
    }
  }

  /**
   * The process can open no more files: connections that have waited longest are closed, and for a while there may be
   * fewer, so that connectors find files to open. False if no connection waits.
   */
  makeRoom(): boolean {
    const wanted = Math.floor(this.count * roomShare);
    this.#connectionsMax = Math.max(wanted, 1);
    let isDone = false;
    while (this.count > wanted && this.#closeLongestWaiting()) isDone = true;
    return isDone;
  }

  /** Closes all that aren't being answered. */
  closeWaiting(): void {
    for (const connection of [...this.#waiting.keys()]) this.#close(connection);
  }

  /** Closes all. */
  closeAll(): void {
    this.closeWaiting();
    for (const connection of [...this.#asking.keys()]) this.#close(connection);
  }

  /** False if no connection waits for its headers. */
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
  /** When the answer has to be fetched; not set while there is none. */
  readonly untilMs?: number;
}
