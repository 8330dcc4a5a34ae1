/** What a database offers to commands, beside delivery. @module */

import type { OffsetsRequest, SinkConnectorPlugin } from "../../connect/api/plugins.ts";
import type { Admin } from "../../connect/api/ports.ts";
import type { OffsetMap, SinkRecord, TopicPartition } from "../../connect/api/record.ts";
import type { Props } from "../../connect/api/sink_task.ts";
import type { Housekeeping } from "./dialect.ts";
import type { SinkSettings } from "./options/sink_settings.ts";

/** A sink that writes to a SQL database. */
export interface SqlSinkPlugin extends SinkConnectorPlugin {
  readonly database: SqlDatabase;
}

/** The database that a connector's sink writes to; undefined if that is none. */
export function databaseOf(plugin: SinkConnectorPlugin): SqlDatabase | undefined {
  return (plugin as Partial<SqlSinkPlugin>).database;
}

/** A kind of database. No text that it throws holds a value of a row, or a URL. */
export interface SqlDatabase {
  /** @throws ConfigException that names the option, if it holds no URL of such a database */
  checkUrl(url: string, option: string): void;
  /** The next offsets that are kept beside the rows, for the Kafka at hand; undefined if exactly once is off. */
  offsets(source: OffsetsSource): Promise<OffsetMap | undefined>;
  /**
   * Runs work in one transaction, as the role of connection.url.
   *
   * @param command what a message calls it, such as `subject`
   */
  asOwner<T>(props: Props, command: string, work: (tx: OwnerTransaction) => Promise<T>): Promise<T>;
  /** Connects, and reads which dead letters were replayed. */
  openReplayed(source: ReplayedSource): Promise<ReplayedLetters>;
  /** Runs a connector's SQL files that weren't run yet, in their order. */
  migrate(request: MigrationRequest): Promise<MigrateResult>;
}

/** Whose offsets, and in which database. */
export type OffsetsSource = Pick<OffsetsRequest, "connectorName" | "props" | "admin">;

/** A transaction of the role that owns the database. */
export interface OwnerTransaction {
  readonly housekeeping: Housekeeping;
  /** The newest rows of the ledger, oldest first. Others than Sluice may have added some of any form. */
  ledger(query: LedgerQuery): Promise<readonly LedgerRow[]>;
  /**
   * Looks a connector's table up; what it returns is the row that a tombstone is about.
   *
   * @throws ConfigException if the connector seals no rows, or rows belong to no secret that is known
   */
  subjects(settings: SinkSettings): Promise<(tombstone: SinkRecord, nowMs: number) => Subject>;
}

/** The row of one subject. */
export interface Subject {
  /** The key of today as one text: rows of the same key are one. */
  readonly key: string;
  /** What the ledger may say of it: the key's bytes, if it is a keyed hash. */
  readonly subject: Uint8Array | undefined;
  /** What is held, under the key of today or a former one; undefined if nothing is. */
  find(): Promise<SubjectRow | undefined>;
  /** Empties the row for good. A subject without a row gets an empty one, so that no event brings it in later. */
  seal(nowMs: number): Promise<void>;
  /** Empties the row and keeps it so until `unblock`, whatever comes. A seal stays. */
  block(): Promise<void>;
  /** Ends a block; false if there was none. Events from now on count again. */
  unblock(): Promise<boolean>;
}

/** A subject's row: column and value as text, null if there is none. */
export type SubjectRow = Readonly<Record<string, string | null>>;

/** Which rows of the ledger. */
export interface LedgerQuery {
  readonly connector: string;
  readonly since: Date | null;
  readonly until: Date | null;
  /** The newest so many. */
  readonly rowsMax: number;
}

/** A row of the ledger as it is shown. */
export interface LedgerRow {
  readonly writtenAt: Date;
  readonly event: string;
  readonly clusterId: string | null;
  readonly task: number | null;
  readonly configHash: string | null;
  readonly columns: readonly string[] | null;
  readonly ranges: readonly LedgerRangeText[];
  readonly counts: Readonly<Record<string, number>>;
  /** Key of the subject's row, as hex. */
  readonly subject: string | null;
  readonly byRole: string;
  /** Its ranges or counts aren't as Sluice writes them, and are left out: another program has added it. */
  readonly isMalformed?: true;
}

/** Offsets of one partition, as text since they may be larger than JSON's numbers. */
export interface LedgerRangeText {
  readonly topic: string;
  readonly partition: number;
  readonly from: string;
  readonly next: string;
}

/** Whose letters, of which Kafka, and in which database. */
export interface ReplayedSource {
  /** Of the role that owns the database. */
  readonly url: string;
  /** What the URL comes from, for messages. */
  readonly option: string;
  readonly connector: string;
  readonly clusterId: string;
}

/** Which dead letters were replayed: coordinates alone, nothing of a record. */
export interface ReplayedLetters extends AsyncDisposable {
  has(place: RecordPlace): boolean;
  /** Remembers these for good. */
  add(places: readonly RecordPlace[]): Promise<void>;
}

/** Coordinates of a record. */
export interface RecordPlace {
  readonly at: TopicPartition;
  readonly offset: bigint;
}

/** What to bring up to date. */
export interface MigrationRequest {
  readonly connector: string;
  /** Of the role that owns the database, which may make roles. */
  readonly url: string;
  /** What the URL comes from, for messages. */
  readonly option: string;
  /** With the files `001_name.sql`, `002_…`; null = there are none. */
  readonly folder: URL | null;
  /** Options with the worker's login, which is made if it's missing; null = it isn't known here. */
  readonly worker: Props | null;
  /** What the database's functions keep to from now on. */
  readonly settings: SinkSettings;
  /** Functions that go on keeping to what they were told before. */
  readonly unknownFunctions: readonly string[];
}

/** What was done. */
export interface MigrateResult {
  /** Names of the files that were run now. */
  readonly applied: readonly string[];
  /** How many had been run before. */
  readonly before: number;
  /** What became of the worker's login. */
  readonly login: "not known" | "made" | "there";
  /** Functions that keep to what was stored before: what they have to keep to isn't known here. */
  readonly unknownRules: readonly string[];
}

/** As Kafka allows them. */
const topicName = /^[A-Za-z0-9._-]{1,249}$/;

/** The partitions that are in Kafka: rows outlive their topics, and a worker's login may have made some up. */
export async function partitionsInKafka(
  partitions: readonly TopicPartition[],
  admin: Pick<Admin, "describeTopics">,
): Promise<readonly TopicPartition[]> {
  const topics = new Set(partitions.map(({ topic }) => topic).filter((topic) => topicName.test(topic)));
  const known = await admin.describeTopics([...topics]);
  return partitions.filter(({ topic, partition }) => known.get(topic)?.includes(partition) === true);
}
