/** Servers for one test, whose files, texts and answers are searched for markers at the end. @module */

import { Buffer } from "node:buffer";
import { join } from "node:path";
import postgres from "postgres";
import { type KafkaServer, startKafka } from "../../../sandbox/kafka/kafka.ts";
import { makeOwnedFolder } from "../../../sandbox/owned_folder.ts";
import { type PostgresServer, startPostgres } from "../../../sandbox/postgres/postgres.ts";
import { type CanaryEvent, countIn, filesWith, patternsOf, refusals } from "./canaries.ts";
import { type TelesalesProgram, telesalesProgram } from "./telesales_program.ts";

/** The connector with its own servers. */
export interface CanaryWorld extends AsyncDisposable {
  readonly telesales: TelesalesProgram;
  readonly kafka: KafkaServer;
  readonly postgres: PostgresServer;
  produce(events: readonly CanaryEvent[]): Promise<void>;
  /** Keeps a visible text for the search at the end. */
  say(source: string, text: string): void;
  /** Searches the kept texts and the files, and returns where forbidden markers are. */
  search(): Promise<CanaryFindings>;
}

/** The places with markers. */
interface CanaryFindings {
  /** Sources of texts with any marker, phone number or name. */
  readonly texts: readonly string[];
  /** Kafka's files with any marker, without those of the source topics. */
  readonly kafkaFiles: readonly string[];
  /** PostgreSQL's files, log and write-ahead log with a forbidden marker. */
  readonly postgresFiles: readonly string[];
  /** Tables of Bank 2 with a forbidden marker. */
  readonly tables: readonly string[];
  /** Number of searched characters, and of markers in the source topics, to prove that the search works. */
  readonly searched: { readonly characters: number; readonly sourceFiles: number; readonly contacts: number };
}

const folders = new URL("../leaky_connectors/", import.meta.url).pathname;
const anyMarker = patternsOf(["value", "name", "refused", "contact"]);
const forbiddenMarker = patternsOf(["value", "name"]);
/** Brokers accept a MiB per request. */
const messagesPerRequest = 200;
const phone = /\+5511910\d{6}/;

export async function startCanaryWorld(settings: Readonly<Record<string, string>>): Promise<CanaryWorld> {
  await using stack = new AsyncDisposableStack();
  const owner = stack.use(await makeOwnedFolder());
  const [kafka, server] = await Promise.all([startKafka({ owner }), startPostgres({ owner })]);
  const database = {
    name: "bank2",
    url: await server.createDatabase("bank2"),
    [Symbol.asyncDispose]: () => Promise.resolve(), // dropped with the server
  };
  const telesales = stack.use(
    await telesalesProgram({
      ...{ partitions: 2, settings, configDirs: [folders] },
      servers: { bootstrap: kafka.bootstrap, database },
    }),
  );
  await telesales.bank2.admin.unsafe(refusals);
  const texts = new Map<string, string[]>();
  const everything = stack.move();
  return {
    ...{ telesales, kafka, postgres: server },
    produce: async (events) => {
      for (const [topic, group] of Map.groupBy(events, (event) => event.topic)) {
        for (let from = 0; from < group.length; from += messagesPerRequest) {
          const messages = group.slice(from, from + messagesPerRequest).map(({ message }) => message);
          await telesales.produce(telesales.topics[topic], messages);
        }
      }
    },
    say: (source, text) => void texts.set(source, [...texts.get(source) ?? [], text]),
    search: async () => {
      const sources = ["registrations", "purchases", "campaigns"].map((name) => `${telesales.name}.${name}-`);
      const isSource = (path: string) => isIndex(path) || sources.some((source) => path.includes(source));
      const { admin } = telesales.bank2;
      await admin`checkpoint`;
      return {
        texts: [...texts].filter(([, said]) => hasMarker(said.join("\n"))).map(([source]) => source),
        kafkaFiles: await filesWith(join(owner.path, "kafka"), anyMarker, isSource),
        postgresFiles: await filesWith(join(owner.path, "postgres"), forbiddenMarker),
        tables: await tablesWith(admin, forbiddenMarker),
        searched: {
          characters: [...texts.values()].flat().reduce((sum, text) => sum + text.length, 0),
          sourceFiles: (await filesWith(join(owner.path, "kafka"), forbiddenMarker, isIndex)).length,
          contacts: (await admin`select from telesales.contacts where name like 'qzx7c%'`).length,
        },
      };
    },
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  };
}

/** Indexes have offsets and times alone, in files of 10 MiB per partition. */
function isIndex(path: string): boolean {
  return /\.(time)?index$/.test(path);
}

function hasMarker(text: string): boolean {
  return phone.test(text) || countIn(Buffer.from(text), anyMarker) > 0;
}

/** Returns the tables with a match, from a dump of every row as text. */
async function tablesWith(admin: postgres.Sql, patterns: readonly string[]): Promise<readonly string[]> {
  const tables = await admin<{ name: string }[]>`
    select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema')`;
  const found: string[] = [];
  for (const { name } of tables) {
    const [row] = await admin.unsafe<{ text: string }[]>(
      `select coalesce(string_agg(t::text, chr(10)), '') as text from ${name} t`,
    );
    if (countIn(Buffer.from(row?.text ?? ""), patterns) > 0) found.push(name);
  }
  return found;
}
