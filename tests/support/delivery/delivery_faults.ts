/** Faults on demand. @module */

import postgres from "postgres";
import { pollUntil, sleep, waitMsMax } from "../../../sandbox/wait.ts";
import type { DeliveryWorld } from "./delivery_world.ts";
import type { RunningProgram } from "../programs/program.ts";
import type { Random } from "../random.ts";

/** Exit code of a process that SIGTERM ends before it handles signals. */
const terminatedCode = 143;

/** Workers that are started and stopped. */
export class Fleet {
  readonly #world: DeliveryWorld;
  readonly #running: RunningProgram[] = [];
  /** Output of workers that ended by themselves. */
  readonly surprises: string[] = [];
  readonly #asked = new Set<RunningProgram>();

  constructor(world: DeliveryWorld) {
    this.#world = world;
  }

  get size(): number {
    return this.#running.length;
  }
  get members(): readonly RunningProgram[] {
    return this.#running;
  }

  join(): RunningProgram {
    const worker = this.#world.startWorker();
    this.#running.push(worker);
    worker.ended.then(({ code, stderr }) => {
      if (this.#asked.has(worker)) return;
      this.#remove(worker);
      this.surprises.push(`a worker ended with ${code}: ${lastErrors(stderr)}`);
    });
    return worker;
  }

  /** kill -9. */
  async kill(worker: RunningProgram = this.#oldest()): Promise<void> {
    this.#leaves(worker);
    worker.signal("SIGKILL");
    await worker.ended;
  }

  /** SIGTERM. A worker that doesn't stop gracefully is a surprise, unless it was still starting. */
  async leave(worker: RunningProgram = this.#oldest()): Promise<void> {
    this.#leaves(worker);
    worker.signal("SIGTERM");
    const { code, stderr } = await worker.ended;
    const hadBegun = code !== terminatedCode || stderr !== "";
    if (code !== 0 && hadBegun) this.surprises.push(`a worker left with ${code}: ${lastErrors(stderr)}`);
  }

  /** Stops the process for a while, then continues it. */
  async freeze(ms: number, worker: RunningProgram = this.#oldest()): Promise<void> {
    worker.signal("SIGSTOP");
    await sleep(ms);
    try {
      worker.signal("SIGCONT");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // it has been killed
    }
  }

  pick(random: Random): RunningProgram {
    return random.pick(this.#running);
  }

  #oldest(): RunningProgram {
    const [worker] = this.#running;
    if (worker === undefined) throw new Error("Cannot go on: no worker runs");
    return worker;
  }

  #leaves(worker: RunningProgram): void {
    this.#asked.add(worker);
    this.#remove(worker);
  }

  #remove(worker: RunningProgram): void {
    const index = this.#running.indexOf(worker);
    if (index >= 0) this.#running.splice(index, 1);
  }
}

function lastErrors(log: string): string {
  return log.split("\n").filter((line) => !line.includes('"INFO"')).slice(-5).join("\n");
}

/** Ends the workers' sessions, as an administrator may. */
export async function terminateSessions(world: DeliveryWorld): Promise<void> {
  await asAdministrator(
    world,
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'sluice-%'",
  );
}

/** Locks the table against all other sessions. */
export async function lockTable(world: DeliveryWorld, table: string, ms: number): Promise<void> {
  const sql = postgres(world.url, { max: 1, onnotice: () => {} });
  try {
    await sql.unsafe("begin");
    await sql.unsafe(`lock table ${table} in access exclusive mode`);
    await sleep(ms);
    await sql.unsafe("commit");
  } catch (error) {
    // The lock ends with the connection if the database goes away.
    if (!isLostConnection(error)) throw error;
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** Makes the database read-only, as after a failover to a standby that isn't promoted yet. */
export async function readOnly(world: DeliveryWorld, ms: number): Promise<void> {
  await setReadOnly(world, "on");
  await terminateSessions(world);
  await sleep(ms);
  await setReadOnly(world, "off");
}

async function setReadOnly(world: DeliveryWorld, value: "on" | "off"): Promise<void> {
  await asAdministrator(
    world,
    `begin read write; alter database target set default_transaction_read_only = ${value}; commit`,
  );
}

/** Runs work on a connection of its own, as soon as the server accepts it. */
async function asAdministrator(world: DeliveryWorld, statements: string): Promise<void> {
  await pollUntil(`the database to take "${statements}"`, waitMsMax, async () => {
    const sql = postgres(world.postgres.url, { max: 1, onnotice: () => {} });
    try {
      await sql.unsafe(statements);
      return true;
    } catch (error) {
      if (!isLostConnection(error)) throw error;
      return undefined;
    } finally {
      await sql.end({ timeout: 1 });
    }
  });
}

function isLostConnection(error: unknown): boolean {
  return /CONNECTION_|ECONN|terminating|starting up|shutting down|refused|reset/.test(String(error));
}

/** Holds all bytes, then delivers them late. */
export async function holdNetwork(world: DeliveryWorld, ms: number): Promise<void> {
  world.proxy.hold();
  await sleep(ms);
  world.proxy.resume();
}
