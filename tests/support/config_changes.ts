/** Changes of connectors over REST, and what has to be there after a crash. @module */

import assert from "node:assert/strict";
import type { ConnectWorker } from "./connect_worker.ts";
import type { Random } from "./random.ts";

/** What is known of a connector: the number of its last change and its state; undefined where there is none. */
type Known = { readonly change: string; readonly state: "STOPPED" | "PAUSED" } | undefined;

/** A request, and what the connector is when it was answered. */
interface Change {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly status: number;
  readonly then: Known;
}

/** One client with connectors of its own. */
export class ConfigClient {
  readonly #names: readonly string[];
  readonly #acknowledged = new Map<string, Known>();
  /** A change that was sent and not answered. */
  readonly #unanswered = new Map<string, Known>();
  readonly #random: Random;
  #changes = 0;

  constructor(client: number, random: Random) {
    this.#names = [1, 2, 3].map((number) => `kept ${client}/${number}`);
    this.#random = random;
  }

  /** One more change; true when it was acknowledged, false when the worker is gone. */
  async change(worker: ConnectWorker): Promise<boolean> {
    const name = this.#random.pick(this.#names);
    const change = this.#next(name, this.#acknowledged.get(name));
    this.#unanswered.set(name, change.then);
    const answer = await worker.call(change.method, change.path, change.body).catch(() => undefined);
    if (answer === undefined) return false;
    assert.equal(answer.status, change.status, `${change.method} ${change.path}: ${answer.text}`);
    this.#acknowledged.set(name, change.then);
    this.#unanswered.delete(name);
    return true;
  }

  /** Each connector is as it was acknowledged, or as the one change would have it that nobody heard of. */
  async verify(worker: ConnectWorker): Promise<void> {
    for (const name of this.#names) {
      const shown = await show(worker, name);
      const possible = [this.#acknowledged.get(name)];
      if (this.#unanswered.has(name)) possible.push(this.#unanswered.get(name));
      const isPossible = possible.some((known) => JSON.stringify(known) === JSON.stringify(shown));
      assert.ok(isPossible, `${name} is ${JSON.stringify(shown)}, expected ${JSON.stringify(possible)}`);
      this.#acknowledged.set(name, shown);
    }
    this.#unanswered.clear();
  }

  #next(name: string, known: Known): Change {
    const path = `/connectors/${encodeURIComponent(name)}`;
    const change = String(++this.#changes);
    const config = { "connector.class": "FileStreamSink", topics: "nothing", "x.change": change };
    if (known === undefined) {
      const body = { name, config, initial_state: "STOPPED" };
      return { method: "POST", path: "/connectors", body, status: 201, then: { change, state: "STOPPED" } };
    }
    const { state } = known;
    const other = state === "STOPPED" ? "PAUSED" : "STOPPED";
    const verb = other === "PAUSED" ? "pause" : "stop";
    return this.#random.pick<Change>([
      { method: "PUT", path: `${path}/config`, body: config, status: 200, then: { change, state } },
      { method: "PUT", path: `${path}/config`, body: config, status: 200, then: { change, state } },
      {
        method: "PATCH",
        path: `${path}/config`,
        body: { "x.change": change },
        status: 200,
        then: { change, state },
      },
      {
        method: "PUT",
        path: `${path}/${verb}`,
        status: verb === "pause" ? 202 : 204,
        then: { change: known.change, state: other },
      },
      { method: "DELETE", path, status: 204, then: undefined },
    ]);
  }
}

async function show(worker: ConnectWorker, name: string): Promise<Known> {
  const path = `/connectors/${encodeURIComponent(name)}`;
  const { status, text } = await worker.call("GET", `${path}/config`);
  if (status === 404) return undefined;
  const { connector } = JSON.parse((await worker.call("GET", `${path}/status`)).text);
  return { change: JSON.parse(text)["x.change"], state: connector.state };
}
