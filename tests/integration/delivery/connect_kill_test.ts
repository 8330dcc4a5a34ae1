/** A killed worker keeps every change that it has acknowledged. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { type ConnectWorker, startRawConnect } from "../../support/rest/connect_worker.ts";
import { Random } from "../../support/random.ts";

/** A connector's last change number and state; undefined if it doesn't exist. */
type Known = { readonly change: string; readonly state: "STOPPED" | "PAUSED" } | undefined;

/** A request, and the connector after it. */
interface Change {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly status: number;
  readonly then: Known;
}

/** One client with connectors of its own. */
class ConfigClient {
  readonly #names: readonly string[];
  readonly #acknowledged = new Map<string, Known>();
  /** Changes without an answer. */
  readonly #unanswered = new Map<string, Known>();
  readonly #random: Random;
  #changes = 0;

  constructor(client: number, random: Random) {
    this.#names = [1, 2, 3].map((number) => `kept ${client}/${number}`);
    this.#random = random;
  }

  /** Makes one change. Returns true if it was acknowledged, false if the worker is gone. */
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

  /** Checks that each connector is as acknowledged, or as the one unanswered change makes it. */
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

const seed = 20_260_817;
const clientCount = 8;
const changesMin = 1_000;
/** Changes that are acknowledged before the next kill. */
const lifeChanges = [37, 260, 121, 402, 180] as const;

Deno.test("a worker killed in the middle of 1,000 changes has every acknowledged one after its restart", async () => {
  const random = new Random(seed);
  const folder = await Deno.makeTempDir();
  const clients = Array.from({ length: clientCount }, (_, index) => new ConfigClient(index, random));
  const options = {
    // No Kafka: stopped and paused connectors need none.
    variables: {
      CONNECT_BOOTSTRAP_SERVERS: "127.0.0.1:1",
      CONNECT_CONFIG_STORAGE_DIR: join(folder, "connectors"),
    },
  };
  let acknowledged = 0;
  try {
    for (const changes of lifeChanges) {
      await using worker = await startRawConnect(options);
      for (const client of clients) await client.verify(worker);
      let left: number = changes;
      await Promise.all(clients.map(async (client) => {
        while (await client.change(worker)) {
          acknowledged += 1;
          left -= 1;
          if (left === 0) worker.program.signal("SIGKILL");
        }
      }));
      assert.doesNotMatch(worker.program.log(), /Cannot read a stored connector/);
    }
    await using worker = await startRawConnect(options);
    for (const client of clients) await client.verify(worker);
    assert.doesNotMatch(worker.program.log(), /Cannot read a stored connector/);
    assert.ok(acknowledged >= changesMin, `${acknowledged} changes were acknowledged`);
    console.log(`${acknowledged} acknowledged changes, ${lifeChanges.length} kills, seed ${seed}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
