/** The shipped telesales connector with topics and a Bank 2 of its own, run by the real program. @module */

import { join } from "node:path";
import type { Message } from "kafkajs";
import { createTopics, kafkaClient } from "../../../sandbox/kafka/kafka_client.ts";
import { pollUntil, waitMsMax } from "../../../sandbox/wait.ts";
import {
  type ProgramResult,
  type ProgramTask,
  type RunningProgram,
  runTask,
  startTask,
} from "../programs/program.ts";
import { shippedConfig, spelledOut } from "../shipped_config.ts";
import { type Bank2, freshBank2 } from "./telesales.ts";
import { freshName, sharedWorld, type TestDatabase } from "../world.ts";

interface TelesalesTopics {
  readonly registrations: string;
  readonly purchases: string;
  readonly campaigns: string;
  readonly deadLetters: string;
}

interface TelesalesProgramOptions {
  readonly partitions?: number;
  /** Options besides the shipped ones. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The test's own servers; absent = the shared ones. */
  readonly servers?: { readonly bootstrap: string; readonly database: TestDatabase };
  /** Folders with more connectors, for a test's own transformations. */
  readonly configDirs?: readonly string[];
}

/** The connector, not yet running. */
export interface TelesalesProgram extends AsyncDisposable {
  readonly name: string;
  readonly topics: TelesalesTopics;
  readonly bank2: Bank2;
  readonly variables: Readonly<Record<string, string>>;
  /** Its configuration, as POSTed to Connect. */
  readonly configFile: string;
  /** Writes its configuration with these options added. */
  configure(settings: Readonly<Record<string, string>>): Promise<void>;
  start(...args: readonly string[]): RunningProgram;
  run(task: ProgramTask, ...args: readonly string[]): Promise<ProgramResult>;
  produce(topic: string, messages: readonly Message[]): Promise<void>;
  /** Waits until the rows have reached the ends of its topics. */
  caughtUp(): Promise<void>;
}

const telesalesSecret = "a secret of telesales, for tests alone";

export async function telesalesProgram(options: TelesalesProgramOptions = {}): Promise<TelesalesProgram> {
  const { bootstrap } = options.servers ?? await sharedWorld();
  await using stack = new AsyncDisposableStack();
  const prefix = freshName("telesales");
  const [registrations, purchases, campaigns, deadLetters] = [
    "registrations",
    "purchases",
    "campaigns",
    "dlq",
  ]
    .map((name) => `${prefix}.${name}`) as [string, string, string, string];
  const topics = { registrations, purchases, campaigns, deadLetters };
  const sources = [registrations, purchases, campaigns];
  await createTopics(bootstrap, sources, options.partitions ?? 1);
  const bank2 = stack.use(await freshBank2(options.servers?.database));
  const folder = await Deno.makeTempDir();
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const file = join(folder, "connector.json");
  const configure = (settings: Readonly<Record<string, string>>) =>
    writeConfig(file, prefix, { ...ofTopics(topics), ...options.settings, ...settings });
  await configure({});
  const variables = {
    CONNECT_BOOTSTRAP_SERVERS: bootstrap,
    TELESALES_KEY_SECRET: telesalesSecret,
    CONNECT_LISTENERS: "http://127.0.0.1:0",
    BANK2_URL: bank2.writerUrl,
    BANK2_ADMIN_URL: bank2.adminUrl,
  };
  const producer = kafkaClient(bootstrap).producer();
  await producer.connect();
  stack.defer(() => producer.disconnect());
  const programs = stack.use(new AsyncDisposableStack());
  const given = ["--config", file, ...(options.configDirs ?? []).flatMap((dir) => ["--config-dir", dir])];
  const everything = stack.move();
  return {
    ...{ name: prefix, topics, bank2, variables, configFile: file, configure },
    start: (...args) => programs.use(startTask("start", { args: [...given, ...args], variables })),
    run: (task, ...args) => runTask(task, { args: [...args, ...given], variables }),
    produce: async (topic, messages) => void await producer.send({ topic, messages: [...messages] }),
    caughtUp: () => caughtUp(bank2, { bootstrap, connector: prefix, topics: sources }),
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  };
}

async function writeConfig(
  file: string,
  name: string,
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  // A test's own transformations need a configuration with all rules in it: telesales' code allows no others.
  const config = settings["transforms"] === undefined
    ? await shippedConfig("telesales")
    : { ...await spelledOut("telesales"), ...spelledTopics(settings) };
  await Deno.writeTextFile(file, JSON.stringify({ name, config: { ...config, ...settings } }));
}

function spelledTopics({ "registration.topics": topics = "" }: Readonly<Record<string, string>>) {
  return { "erasure.topics": topics, "transforms.contact.registration.topics": topics };
}

function ofTopics({ registrations, purchases, campaigns, deadLetters }: TelesalesTopics) {
  return {
    topics: `${registrations},${purchases},${campaigns}`,
    "registration.topics": registrations,
    "errors.deadletterqueue.topic.name": deadLetters,
    "offset.flush.interval.ms": "500",
  };
}

async function caughtUp(
  bank2: Bank2,
  { bootstrap, connector, topics }: {
    readonly bootstrap: string;
    readonly connector: string;
    readonly topics: readonly string[];
  },
): Promise<void> {
  const admin = kafkaClient(bootstrap).admin();
  await admin.connect();
  try {
    await pollUntil("the connector to catch up", waitMsMax, async () => {
      const rows = await bank2.admin<{ topic: string; partition: number; next: string | null }[]>`
        select topic, partition, next_offset::text as next from sluice_offsets where connector = ${connector}`;
      const next = new Map(rows.map((row) => [`${row.topic}-${row.partition}`, Number(row.next)]));
      const ends = await Promise.all(
        topics.map(async (topic) =>
          (await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => ({
            at: `${topic}-${partition}`,
            high,
          }))
        ),
      );
      return ends.flat().every(({ at, high }) => Number(high) === (next.get(at) ?? 0)) || undefined;
    });
  } finally {
    await admin.disconnect();
  }
}
