/** A topic, a database and the real program between them, on the shared servers. @module */

import { join } from "node:path";
import type { Admin } from "kafkajs";
import postgres from "postgres";
import { kafkaClient } from "../../../sandbox/kafka/kafka_client.ts";
import { pollUntil, waitMsMax } from "../../../sandbox/wait.ts";
import { fetchGroupOffsets } from "../kafka/group_offsets.ts";
import { type ProgramResult, type RunningProgram, runTask, startTask } from "../programs/program.ts";
import { freshDatabase, freshName, freshTopics, sharedWorld } from "../world.ts";

interface LaneOptions {
  readonly partitions?: number;
  /** Statements for the database. */
  readonly schema: readonly string[];
  /** Settings besides class, topics, URL and the dead letter topic's name. */
  readonly settings: Readonly<Record<string, string>>;
}

/** A record to produce, in partition 0 by default. */
interface LaneRecord {
  readonly partition?: number;
  readonly value: string | null;
}

export interface Lane extends AsyncDisposable {
  readonly name: string;
  readonly topic: string;
  readonly deadLetterTopic: string;
  readonly sql: postgres.Sql;
  readonly kafka: Admin;
  produce(records: readonly LaneRecord[]): Promise<void>;
  /** Starts the program with the connector. */
  start(): RunningProgram;
  /** Runs `offsets WORDS`. */
  offsets(...words: readonly string[]): Promise<ProgramResult>;
  /** The group's offsets by partition; 0 without a commit. */
  committed(): Promise<readonly number[]>;
}

const quick = {
  "connector.class": "PostgresSink",
  "tasks.max": "1",
  "connection.url": "${env:LANE_URL}",
  "offset.flush.interval.ms": "200",
  "retry.backoff.ms": "100",
  "retry.backoff.max.ms": "500",
};

export async function openLane(options: LaneOptions): Promise<Lane> {
  const { bootstrap } = await sharedWorld();
  await using stack = new AsyncDisposableStack();
  const [topic = ""] = await freshTopics(["events"], options.partitions ?? 1);
  const database = stack.use(await freshDatabase());
  const sql = postgres(database.url, { max: 1, onnotice: () => {} });
  stack.defer(() => sql.end({ timeout: 1 }));
  for (const statement of options.schema) await sql.unsafe(statement);
  const kafka = kafkaClient(bootstrap).admin();
  await kafka.connect();
  stack.defer(() => kafka.disconnect());
  const [name, deadLetterTopic] = [freshName("lane"), freshName("dlq")];
  const folder = await Deno.makeTempDir();
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const file = join(folder, "connector.json");
  const config = {
    ...quick,
    "topics": topic,
    ...options.settings,
    ...(options.settings["errors.tolerance"] === "all"
      ? {
        "errors.deadletterqueue.topic.name": deadLetterTopic,
        "errors.deadletterqueue.topic.replication.factor": "1",
      }
      : {}),
  };
  await Deno.writeTextFile(file, JSON.stringify({ name, config }));
  const variables = { CONNECT_BOOTSTRAP_SERVERS: bootstrap, LANE_URL: database.url };
  const programs = stack.use(new AsyncDisposableStack());
  const everything = stack.move();
  return {
    ...{ name, topic, deadLetterTopic, sql, kafka },
    produce: (records) => produce(bootstrap, topic, records),
    start: () => programs.use(startTask("start", { args: ["--config", file], variables })),
    offsets: (...words) => runTask("offsets", { args: [...words, "--config", file], variables }),
    committed: async () => {
      const [found] = await fetchGroupOffsets(kafka, `connect-${name}`, [topic]);
      return (found?.partitions ?? []).toSorted((a, b) => a.partition - b.partition)
        .map(({ offset }) => Math.max(0, Number(offset)));
    },
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  };
}

async function produce(bootstrap: string, topic: string, records: readonly LaneRecord[]): Promise<void> {
  const producer = kafkaClient(bootstrap).producer();
  await producer.connect();
  try {
    await producer.send({
      topic,
      messages: records.map(({ partition = 0, value }) => ({ partition, key: null, value })),
    });
  } finally {
    await producer.disconnect();
  }
}

/** Waits; the deadline only ends a hanging test. */
export async function eventually(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  await pollUntil(what, waitMsMax, async () => await holds() || undefined);
}

/** Stops a program gracefully. */
export async function endProgram(program: RunningProgram): Promise<void> {
  program.signal("SIGTERM");
  const { code, stderr } = await program.ended;
  if (code !== 0) throw new Error(`Cannot end the program in order: it ended with ${code}:\n${stderr}`);
}
