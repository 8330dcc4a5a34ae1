/** What a database offers to commands, besides delivery. @module */

import type { OffsetsRequest, SinkConnectorPlugin } from "../../connect/api/plugins.ts";
import type { Admin } from "../../connect/api/ports.ts";
import type { OffsetMap, SinkRecord, TopicPartition } from "../../connect/api/record.ts";
import type { Props } from "../../connect/api/sink_task.ts";
import type { Housekeeping } from "./dialect.ts";
import type { SinkSettings } from "./options/sink_settings.ts";

/** A sink connector that writes to a SQL database. */
export interface SqlSinkPlugin extends SinkConnectorPlugin {
  readonly database: SqlDatabase;
}

/** Returns the database of a connector's sink; undefined if it writes to none. */
export function databaseOf(plugin: SinkConnectorPlugin): SqlDatabase | undefined {
  return (plugin as Partial<SqlSinkPlugin>).database;
}

/** A kind of database. The texts that it throws hold no value of a row and no URL. */
export interface SqlDatabase {
  /** @throws ConfigException that names the option, if it holds no URL of such a database */
  checkUrl(url: string, option: string): void;
  /** Reads the next offsets stored beside the rows, for this Kafka cluster; undefined if exactly once is off. */
  offsets(source: OffsetsSource): Promise<OffsetMap | undefined>;
  /**
   * Runs work in one transaction, as the role of connection.url.
   *
   * @param command the command's name in messages, such as `subject`
   */
  asOwner<T>(props: Props, command: string, work: (tx: OwnerTransaction) => Promise<T>): Promise<T>;
  /** Connects, and reads the list of replayed dead letters. */
  openReplayed(source: ReplayedSource): Promise<ReplayedLetters>;
  /** Runs a connector's SQL files that haven't been run yet, in order. */
  migrate(request: MigrationRequest): Promise<MigrateResult>;
}

export type OffsetsSource = Pick<OffsetsRequest, "connectorName" | "props" | "admin">;

/** A transaction of the role that owns the database. */
export interface OwnerTransaction {
  readonly housekeeping: Housekeeping;
  /** Reads the newest rows of the ledger, oldest first. Other programs may have added rows of any form. */
  ledger(query: LedgerQuery): Promise<readonly LedgerRow[]>;
  /**
   * Finds a connector's table. Returns a function from a tombstone to its subject's row.
   *
   * @throws ConfigException if the connector seals no rows, or rows belong to an unknown secret
   */
  subjects(settings: SinkSettings): Promise<(tombstone: SinkRecord, nowMs: number) => Subject>;
}

export interface Subject {
  /** The current key as one text: rows with the same key are one. */
  readonly key: string;
  /** The key's bytes if it is a keyed hash: what the ledger may show of the subject. */
  readonly subject: Uint8Array | undefined;
  /** Reads the row, under the current key or a former one; undefined if there is none. */
  find(): Promise<SubjectRow | undefined>;
  /** Empties the row for good. A missing row is inserted empty, so that no event brings the subject in later. */
  seal(nowMs: number): Promise<void>;
  /** Empties the row and keeps it empty until `unblock`, whatever events come. A seal stays. */
  block(): Promise<void>;
  /** Ends a block; false if there was none. New events count again. */
  unblock(): Promise<boolean>;
}

/** A subject's row: value by column as text, null for NULL. */
export type SubjectRow = Readonly<Record<string, string | null>>;

export interface LedgerQuery {
  readonly connector: string;
  readonly since: Date | null;
  readonly until: Date | null;
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
  /** Key of the subject's row, in hex. */
  readonly subject: string | null;
  readonly byRole: string;
  /** Another program has added the row: its ranges or counts aren't in Sluice's form, and are left out. */
  readonly isMalformed?: true;
}

/** Offsets of one partition, as text since they may be larger than JSON's numbers. */
export interface LedgerRangeText {
  readonly topic: string;
  readonly partition: number;
  readonly from: string;
  readonly next: string;
}

export interface ReplayedSource {
  /** With the role that owns the database. */
  readonly url: string;
  /** Where the URL comes from, for messages. */
  readonly option: string;
  readonly connector: string;
  readonly clusterId: string;
}

/** The list of replayed dead letters: places only, nothing of a record. */
export interface ReplayedLetters extends AsyncDisposable {
  has(place: RecordPlace): boolean;
  /** Adds letters for good. */
  add(places: readonly RecordPlace[]): Promise<void>;
}

export interface RecordPlace {
  readonly at: TopicPartition;
  readonly offset: bigint;
}

export interface MigrationRequest {
  readonly connector: string;
  /** With the role that owns the database and may create roles. */
  readonly url: string;
  /** Where the URL comes from, for messages. */
  readonly option: string;
  /** The folder with the files `001_name.sql`, `002_…`; null = there are none. */
  readonly folder: URL | null;
  /** Options with the worker's login, which is created if missing; null = unknown. */
  readonly worker: Props | null;
  /** The settings that the database's functions apply from now on. */
  readonly settings: SinkSettings;
  /** Functions that keep their stored rules. */
  readonly unknownFunctions: readonly string[];
}

export interface MigrateResult {
  /** Names of the files that were run now. */
  readonly applied: readonly string[];
  /** Number of files that had been run before. */
  readonly before: number;
  /** What happened to the worker's login. */
  readonly login: "not known" | "made" | "there";
  /** Functions that keep their stored rules, since this configuration doesn't give them. */
  readonly unknownRules: readonly string[];
}

/** Kafka's rule. */
const topicName = /^[A-Za-z0-9._-]{1,249}$/;

/** Returns the partitions that exist in Kafka: rows outlive their topics, and a worker's login may have added any. */
export async function partitionsInKafka(
  partitions: readonly TopicPartition[],
  admin: Pick<Admin, "describeTopics">,
): Promise<readonly TopicPartition[]> {
  const topics = new Set(partitions.map(({ topic }) => topic).filter((topic) => topicName.test(topic)));
  const known = await admin.describeTopics([...topics]);
  return partitions.filter(({ topic, partition }) => known.get(topic)?.includes(partition) === true);
}
