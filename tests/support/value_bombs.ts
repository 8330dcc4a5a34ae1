/** Records of few packed bytes that are many values, to a jsonb column by the real program in a memory group. @module */

import postgres from "postgres";
import { systemTime } from "../../cli/process/system_time.ts";
import { quoteIdentifier } from "../../sinks/postgres/tables/identifier.ts";
import { readTopics } from "../../sandbox/kafka/read_topics.ts";
import { pollUntil } from "../../sandbox/wait.ts";
import { type BombRecord, packedBomb } from "./bombs.ts";
import { type ConnectProgram, startConnect } from "./connect_program.ts";
import { endProgram } from "./delivery_lane.ts";
import { makeMemoryGroup } from "./memory_group.ts";
import { packedCodecs } from "./packed_bytes.ts";
import { rawBatch } from "./raw_batch.ts";
import { sendBatches } from "./raw_produce.ts";
import { freshName } from "./world.ts";

/** What is sent, and what holds the program. */
interface ValueBombRun {
  readonly bootstrap: string;
  /** Database in which the topics' tables are made, with columns `id` and `j`. */
  readonly url: string;
  readonly memoryMiB: number;
  /** Of one partition each; keys are topics. */
  readonly topics: Readonly<Record<string, ValueBombTopic>>;
  readonly deadLetterTopic: string;
}

/** Records of one topic, read by a connector of their own. */
export interface ValueBombTopic {
  /** The records' JSON values. */
  readonly values: readonly string[];
  /** Whether each value is an envelope. */
  readonly hasSchemas: boolean;
}

/** What came of it. */
interface ValueBombOutcome {
  /** Rows, by topic. */
  readonly rows: Readonly<Record<string, number>>;
  /** `TOPIC@OFFSET RULE` of each dead letter, in order. */
  readonly letters: readonly string[];
  readonly peakMiB: number;
  readonly killed: number;
}

const lastMsMax = 240_000;
const lastId = 9_000_000;
const mebibyte = 1024 * 1024;
const text = (of: string) => new TextEncoder().encode(of);

/** A list of so many of the same. */
export function listOf(count: number, item: string): string {
  return `[${`${item},`.repeat(count - 1)}${item}]`;
}

/** A value with an id and a list of so many items, as an envelope. */
export function envelopeOf(id: number, items: string, list: string): string {
  const fields = `{"field":"id","type":"int64"},{"field":"j","type":"array","items":${items}}`;
  return `{"schema":{"type":"struct","fields":[${fields}]},"payload":{"id":${id},"j":${list}}}`;
}

/** Sends all of it, waits for the last row of each topic, and ends the program in order. */
export async function runValueBombs(run: ValueBombRun): Promise<ValueBombOutcome> {
  const topics = Object.keys(run.topics);
  const sql = postgres(run.url, { max: 1, onnotice: () => {}, ssl: false });
  for (const topic of topics) {
    await sql.unsafe(`create table ${quoteIdentifier(topic)} (id bigint primary key, j jsonb)`);
  }
  await using group = await makeMemoryGroup(run.memoryMiB * mebibyte);
  if (group === undefined) console.log("This user can make no control group: nothing holds the memory down");
  await using worker = await startConnect({
    variables: { CONNECT_BOOTSTRAP_SERVERS: run.bootstrap },
    ...(group === undefined ? {} : { launcher: group.launcher }),
  });
  for (const [topic, of] of Object.entries(run.topics)) {
    await makeConnector(worker, run, topic, of);
    await sendBatches(run.bootstrap, [{ topic, batch: await batchOf(of) }]);
  }
  await pollUntil("the last row of each topic", lastMsMax, async () => {
    const found = topics.map((topic) => countOf(sql, topic, `id = ${lastId}`));
    return (await Promise.all(found)).every((count) => count === 1) || undefined;
  });
  const peakMiB = await peakMiBOf(worker.program.pid);
  await endProgram(worker.program);
  const rows = topics.map(async (topic) => [topic, await countOf(sql, topic, `id < ${lastId}`)] as const);
  const outcome = {
    rows: Object.fromEntries(await Promise.all(rows)),
    letters: await lettersOf(run),
    peakMiB,
    killed: (await group?.read())?.killed ?? 0,
  };
  await sql.end({ timeout: 1 });
  return outcome;
}

async function countOf(sql: postgres.Sql, table: string, where: string): Promise<number> {
  return (await sql.unsafe(`select from ${quoteIdentifier(table)} where ${where}`)).count;
}

async function batchOf({ values, hasSchemas }: ValueBombTopic): Promise<Uint8Array> {
  const last = hasSchemas ? envelopeOf(lastId, '{"type":"int8"}', "[1]") : `{"id":${lastId},"j":[1]}`;
  const records: readonly BombRecord[] = [...values, last].map((value) => ({ value: text(value) }));
  const packed = await packedBomb("zstd", records);
  const fields = { compression: packedCodecs.indexOf("zstd"), timestamp: systemTime.now() };
  return rawBatch({ ...fields, count: records.length, records: packed });
}

async function makeConnector(
  worker: ConnectProgram,
  { url, deadLetterTopic }: ValueBombRun,
  topic: string,
  { hasSchemas }: ValueBombTopic,
): Promise<void> {
  const config = {
    ...{ "connector.class": "PostgresSink", topics: topic, "table.name.format": '"${topic}"' },
    ...{ "connection.url": `${url}?sslmode=disable`, "insert.mode": "upsert" },
    ...{ "pk.mode": "record_value", "pk.fields": "id", "offset.flush.interval.ms": "500" },
    "key.converter": "org.apache.kafka.connect.storage.StringConverter",
    "value.converter": "org.apache.kafka.connect.json.JsonConverter",
    "value.converter.schemas.enable": String(hasSchemas),
    ...{ "errors.tolerance": "all", "errors.tolerance.max.ratio": "1" },
    "errors.deadletterqueue.topic.name": deadLetterTopic,
  };
  const answer = await worker.ask("POST", "/connectors", { name: freshName("values"), config });
  if (answer.status !== 201) throw new Error(`Cannot make the connector: ${answer.text}`);
}

async function lettersOf({ bootstrap, deadLetterTopic }: ValueBombRun): Promise<readonly string[]> {
  const letters: string[] = [];
  await readTopics(bootstrap, [deadLetterTopic], ({ value }) => {
    const { topic, offset, rule } = JSON.parse(String(value));
    letters.push(`${topic}@${offset} ${rule}`);
  });
  return letters.toSorted();
}

/** The most memory that a process has had. */
async function peakMiBOf(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? Infinity) / 1024;
}
