/**
 * Many clients create, change and delete many connectors at the same time; then the worker's remaining resources are
 * counted.
 *
 * @module
 */

import postgres from "postgres";
import { systemTime } from "../../../cli/process/system_time.ts";
import { kafkaClient } from "../../../sandbox/kafka/kafka_client.ts";
import { waitMsMax } from "../../../sandbox/wait.ts";
import { type Answer, type ConnectProgram, requestsTo } from "./connect_program.ts";

const lookEveryMs = 250;

/** A wave of connectors. */
interface ChurnOptions {
  readonly worker: ConnectProgram;
  readonly connectors: number;
  readonly clients: number;
  /** Prefix of their names. */
  readonly prefix: string;
  /** Configuration of the connector with this number. */
  readonly config: (index: number, name: string) => Readonly<Record<string, string>>;
}

/** Where to count the worker's resources. */
export interface TracePlaces {
  readonly pid: number;
  readonly bootstrap: string;
  readonly databaseUrl: string;
  /** Prefix of the connectors' groups. */
  readonly groupPrefix: string;
  /** `config.storage.dir`. */
  readonly storage: string;
}

/** The resources that a worker holds. */
export interface Traces {
  /** Connections to Kafka, the databases and REST clients. */
  readonly sockets: number;
  readonly otherDescriptors: number;
  readonly groupMembers: number;
  readonly databaseSessions: number;
  readonly storedFiles: number;
}

/**
 * Creates, changes and deletes all connectors. All exist at the same time before the first is deleted.
 *
 * @returns the wrong answers, none if all is well
 */
export async function churn(options: ChurnOptions): Promise<readonly string[]> {
  const { worker: { url }, connectors, clients, prefix, config } = options;
  const problems: string[] = [];
  // Its own connections, so that none is left afterwards.
  using connections = Deno.createHttpClient({ poolMaxIdlePerHost: clients });
  const wave = { worker: requestsTo(url, connections), prefix, config };
  const numbers = Array.from({ length: clients }, (_, index) => index);
  for (const stage of [create, reconfigure, remove]) {
    await Promise.all(numbers.map(async (client) => {
      for (let index = client; index < connectors; index += clients) {
        problems.push(...await stage(wave, index));
      }
    }));
  }
  return problems;
}

interface Wave extends Pick<ChurnOptions, "prefix" | "config"> {
  readonly worker: Pick<ConnectProgram, "ask">;
}

async function create({ worker, prefix, config }: Wave, index: number): Promise<readonly string[]> {
  const name = `${prefix}-${index}`;
  return [
    ...expected(201, await worker.ask("POST", "/connectors", { name, config: config(index, name) })),
    ...expected(200, await worker.ask("GET", `/connectors/${name}/status`)),
  ];
}

/** Changes and restarts each connector; pauses and resumes every second one. */
async function reconfigure({ worker, prefix, config }: Wave, index: number) {
  const name = `${prefix}-${index}`;
  const path = `/connectors/${name}`;
  const changed = { ...config(index, name), "task.restart.max": "3" };
  const ask = async (status: number, method: string, at: string, body?: unknown) =>
    expected(status, await worker.ask(method, path + at, body));
  return [
    ...await ask(200, "PUT", "/config", changed),
    ...await ask(200, "PATCH", "/config", { "task.restart.max": "2" }),
    ...index % 2 === 0 ? await ask(202, "PUT", "/pause") : [],
    ...index % 2 === 0 ? await ask(202, "PUT", "/resume") : [],
    ...await ask(202, "POST", "/restart?includeTasks=true"),
    ...await ask(200, "GET", ""),
  ];
}

async function remove({ worker, prefix }: Wave, index: number): Promise<readonly string[]> {
  return expected(204, await worker.ask("DELETE", `/connectors/${prefix}-${index}`));
}

function expected(status: number, answer: Answer): readonly string[] {
  return answer.status === status
    ? []
    : [`${status} expected, not ${answer.status} ${answer.text.slice(0, 200)}`];
}

/** Resident memory of a process, in bytes. */
export async function residentBytes(pid: number): Promise<number> {
  const [, pages = "0"] = (await Deno.readTextFile(`/proc/${pid}/statm`)).split(" ");
  return Number(pages) * 4096;
}

/** Counts the worker's resources. */
export async function tracesOf(places: TracePlaces): Promise<Traces> {
  const [descriptors, groupMembers, databaseSessions] = await Promise.all([
    descriptorsOf(places.pid),
    membersOf(places.bootstrap, places.groupPrefix),
    sessionsOf(places.databaseUrl),
  ]);
  const sockets = descriptors.filter((target) => target.startsWith("socket:")).length;
  return {
    sockets,
    otherDescriptors: descriptors.length - sockets,
    groupMembers,
    databaseSessions,
    storedFiles: [...Deno.readDirSync(places.storage)].filter(({ isFile }) => isFile).length,
  };
}

/** Counts until there are no more than before, or until a deadline. */
export async function tracesAfter(places: TracePlaces, before: Traces): Promise<Traces> {
  const deadline = systemTime.monotonic() + waitMsMax;
  for (;;) {
    const now = await tracesOf(places);
    const names = Object.keys(before) as (keyof Traces)[]; // its own
    if (names.every((name) => now[name] <= before[name])) return now;
    if (systemTime.monotonic() > deadline) return now;
    await systemTime.sleep(lookEveryMs);
  }
}

async function descriptorsOf(pid: number): Promise<readonly string[]> {
  const folder = `/proc/${pid}/fd`;
  const targets: string[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    try {
      targets.push(await Deno.readLink(`${folder}/${name}`));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error; // closed since
    }
  }
  return targets;
}

async function membersOf(bootstrap: string, prefix: string): Promise<number> {
  const admin = kafkaClient(bootstrap).admin();
  await admin.connect();
  try {
    const { groups } = await admin.listGroups();
    const ids = groups.map(({ groupId }) => groupId).filter((id) => id.startsWith(prefix));
    if (ids.length === 0) return 0;
    const described = await admin.describeGroups(ids);
    return described.groups.reduce((count, { members }) => count + members.length, 0);
  } finally {
    await admin.disconnect();
  }
}

async function sessionsOf(databaseUrl: string): Promise<number> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} });
  try {
    const rows =
      await sql`select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`;
    return rows.length;
  } finally {
    await sql.end({ timeout: 5 });
  }
}
