/** Small batches that unpack to many bytes, against the real program in a memory group. @module */

import { join } from "node:path";
import { systemTime } from "../../../cli/process/system_time.ts";
import { pollUntil } from "../../../sandbox/wait.ts";
import { readTopics } from "../../../sandbox/kafka/read_topics.ts";
import { type BombCodec, type BombRecord, packedBomb } from "./bombs.ts";
import { type ConnectProgram, startConnect } from "../rest/connect_program.ts";
import { endProgram, eventually } from "../delivery/delivery_lane.ts";
import { makeMemoryGroup, peakMiBOf } from "../programs/memory_group.ts";
import { packedCodecs } from "./packed_bytes.ts";
import { type BatchToSend, sendBatches } from "./raw_produce.ts";
import { rawBatch } from "./raw_batch.ts";
import { freshName } from "../world.ts";

/** The batches of one partition, in order. */
export type BombPartition = readonly {
  readonly codec: BombCodec;
  readonly records: readonly BombRecord[];
  /** Level or window of zstd. */
  readonly params?: Readonly<Record<number, number>>;
}[];

interface BombRun {
  readonly bootstrap: string;
  /** Has as many partitions as there are lists of batches. */
  readonly topic: string;
  /** Another connector's topic, whose records must still be delivered. */
  readonly flowTopic: string;
  readonly deadLetterTopic: string;
  readonly partitions: readonly BombPartition[];
  readonly tasks: number;
  readonly memoryMiB: number;
}

interface BombOutcome {
  /** The written records of the bombs' topic. */
  readonly lines: readonly string[];
  /** `PARTITION@OFFSET RULE` of each dead letter, in order. */
  readonly letters: readonly string[];
  readonly peakMiB: number;
  /** Processes that the kernel killed for their memory. */
  readonly killed: number;
}

const mebibyte = 1024 * 1024;
const flowRecords = 5;
/** Takes seconds on an idle machine. */
const lastLineMsMax = 240_000;
const string = "org.apache.kafka.connect.storage.StringConverter";

/** A record that becomes a line of the file. */
export function line(text: string): BombRecord {
  return { value: new TextEncoder().encode(text) };
}

/** Produces all batches, waits for the last line of each partition, and stops the program gracefully. */
export async function runBombs(run: BombRun): Promise<BombOutcome> {
  const folder = await Deno.makeTempDir();
  const files = { evil: join(folder, "evil.txt"), flow: join(folder, "flow.txt") };
  await using group = await makeMemoryGroup(run.memoryMiB * mebibyte);
  if (group === undefined) console.log("This user can make no control group: nothing holds the memory down");
  await using worker = await startConnect({
    variables: { CONNECT_BOOTSTRAP_SERVERS: run.bootstrap, CONNECT_FILE_SINK_DIR: folder },
    ...(group === undefined ? {} : { launcher: group.launcher }),
  });
  const batches = await allBatches(run);
  await makeConnector(worker, run.topic, files.evil, {
    ...{ "errors.tolerance": "all", "errors.tolerance.max.ratio": "1", "tasks.max": String(run.tasks) },
    ...{ "errors.deadletterqueue.topic.name": run.deadLetterTopic, "offset.flush.interval.ms": "500" },
  });
  await makeConnector(worker, run.flowTopic, files.flow);
  await sendBatches(run.bootstrap, [...batches, ...await ends(run)]);
  for (let n = 0; n < flowRecords; n++) {
    const batch = await batchOf("zstd", [line(`flow-${n}`)]);
    await sendBatches(run.bootstrap, [{ topic: run.flowTopic, batch }]);
    await eventually(`flow-${n}`, async () => (await linesOf(files.flow)).includes(`flow-${n}`));
  }
  await pollUntil("the last line of each partition", lastLineMsMax, async () => {
    const lines = new Set(await linesOf(files.evil));
    return run.partitions.every((_, partition) => lines.has(`last-${partition}`)) || undefined;
  });
  const peakMiB = await peakMiBOf(worker.program.pid);
  await endProgram(worker.program);
  const outcome = {
    lines: (await linesOf(files.evil)).filter((text) => !text.startsWith("last-")),
    letters: await lettersOf(run),
    peakMiB,
    killed: (await group?.read())?.killed ?? 0,
  };
  await Deno.remove(folder, { recursive: true });
  return outcome;
}

async function allBatches({ topic, partitions }: BombRun): Promise<readonly BatchToSend[]> {
  const batches: BatchToSend[] = [];
  for (const [partition, list] of partitions.entries()) {
    for (const { codec, records, params } of list) {
      batches.push({ topic, partition, batch: await batchOf(codec, records, params) });
    }
  }
  return batches;
}

async function ends({ topic, partitions }: BombRun): Promise<readonly BatchToSend[]> {
  return await Promise.all(partitions.map(async (_, partition) => ({
    ...{ topic, partition },
    batch: await batchOf("gzip", [line(`last-${partition}`)]),
  })));
}

async function batchOf(
  codec: BombCodec,
  records: readonly BombRecord[],
  params?: Readonly<Record<number, number>>,
): Promise<Uint8Array> {
  const packed = await packedBomb(codec, records, params);
  const fields = { compression: packedCodecs.indexOf(codec), timestamp: systemTime.now() };
  return rawBatch({ ...fields, count: records.length, records: packed });
}

/** A connector that writes each record's value as a line. */
async function makeConnector(
  worker: ConnectProgram,
  topic: string,
  file: string,
  more: Readonly<Record<string, string>> = {},
): Promise<void> {
  const config = {
    ...{ "connector.class": "FileStreamSink", topics: topic, file },
    ...{ "key.converter": string, "value.converter": string },
    ...more,
  };
  const { status, text } = await worker.ask("POST", "/connectors", { name: freshName("bombs"), config });
  if (status !== 201) throw new Error(`Cannot make the connector: ${text}`);
}

async function lettersOf({ bootstrap, deadLetterTopic }: BombRun): Promise<readonly string[]> {
  const letters: string[] = [];
  await readTopics(bootstrap, [deadLetterTopic], ({ value }) => {
    const { partition, offset, rule } = JSON.parse(String(value));
    letters.push(`${partition}@${offset} ${rule}`);
  });
  return letters.toSorted();
}

async function linesOf(file: string): Promise<readonly string[]> {
  const content = await Deno.readTextFile(file).catch(() => "");
  return content.split("\n").slice(0, -1);
}
