/** A SQL sink's parsed settings. @module */

import { KeyedHash } from "../../../connect/api/keyed_hash.ts";
import type { Props } from "../../../connect/api/sink_task.ts";
import type { SqlSinkConfig } from "./sink_keys.ts";

/** How rows are written; `multi` of Aiven's sink is insert. */
type InsertMode = "insert" | "upsert" | "update" | "ignore";

type KeyMode = "none" | "kafka" | "record_key" | "record_value";

/** A column, and the column with its time. */
interface OwnTimeColumn {
  readonly column: string;
  readonly timeColumn: string;
}

/** What seals a row, and the columns of its marks: sealed, reopened, blocked. */
export interface SealSettings {
  readonly topics: ReadonlySet<string>;
  readonly reopens: boolean;
  readonly sealedAt: string;
  readonly reopenedAt: string;
  readonly blockedAt: string;
}

type PositionColumns = readonly [topic: string, partition: string, offset: string];

/** Settings of newest wins. */
export interface NewestWinsSettings {
  readonly timeField: string;
  readonly ownTimes: readonly OwnTimeColumn[];
  readonly position: PositionColumns | null;
  readonly seal: SealSettings | null;
}

/** The secret of new keys, and the secrets that stored keys may have. */
export interface KeyFingerprints {
  readonly column: string;
  readonly current: string;
  readonly accepted: readonly string[];
  /** The re-keying function; null = a plain UPDATE. */
  readonly rekey: { readonly function: string; readonly word: string } | null;
  /** The value after both keys in a re-keyed row: the current fingerprint, or the function's word. */
  readonly rekeyMark: string;
}

interface RetentionSettings {
  readonly days: number | null;
  /** Database function that empties old rows. */
  readonly function: string | null;
}

interface LedgerSettings {
  readonly intervalMs: number;
  readonly retentionDays: number;
}

/** How a SQL sink maps and writes, whatever its database. */
export interface SinkSettings {
  readonly insertMode: InsertMode;
  readonly keyMode: KeyMode;
  readonly keyFields: readonly string[];
  readonly whitelist: readonly string[];
  readonly tableNameFormat: string;
  /** Text of a field that isn't written; null = none. */
  readonly unavailableText: string | null;
  readonly batchRowsMax: number;
  readonly deletes: boolean;
  readonly exactlyOnce: boolean;
  readonly newest: NewestWinsSettings | null;
  readonly previousKeysField: string | null;
  readonly fingerprints: KeyFingerprints | null;
  /** Columns that may be written; null = no contract. */
  readonly egress: ReadonlySet<string> | null;
  readonly retention: RetentionSettings;
  /** Null = no ledger. */
  readonly ledger: LedgerSettings | null;
  readonly retriesMax: number | null;
  readonly retryBackoffMs: number;
  readonly retryBackoffMsMax: number;
}

/** Columns of pk.mode=kafka, if pk.fields is empty. */
const kafkaKeyFields = ["__connect_topic", "__connect_partition", "__connect_offset"] as const;

/** Turns parsed options into settings. option_rules.ts checks whether they fit together. */
export function settingsOf(config: SqlSinkConfig, props: Props): SinkSettings {
  const keyMode = config["pk.mode"].toLowerCase() as KeyMode; // its check allows these four
  const keyFields = config["pk.fields"];
  return {
    insertMode: insertModeOf(config),
    keyMode,
    keyFields: keyMode === "kafka" && keyFields.length === 0 ? kafkaKeyFields : keyFields,
    whitelist: config["fields.whitelist"],
    tableNameFormat: config["table.name.format"],
    unavailableText: unavailableTextOf(config, props),
    batchRowsMax: Math.max(1, config["batch.size"]),
    deletes: config["delete.enabled"],
    exactlyOnce: config["exactly.once.enabled"],
    newest: newestOf(config),
    previousKeysField: config["pk.previous.field"],
    fingerprints: fingerprintsOf(config),
    egress: config["egress.columns"] === null ? null : new Set(config["egress.columns"]),
    retention: { days: config["contact.retention.days"], function: config["contact.retention.function"] },
    ledger: ledgerOf(config),
    retriesMax: config["max.retries"],
    retryBackoffMs: config["retry.backoff.ms"],
    retryBackoffMsMax: config["retry.backoff.max.ms"],
  };
}

/** Debezium's text for a large value that an update didn't change. */
const debeziumText = "__debezium_unavailable_value";

function unavailableTextOf(config: SqlSinkConfig, props: Props): string | null {
  const given = config["unavailable.value.placeholder"];
  if (given !== null) return given === "" ? null : given;
  const aliases = (props["transforms"] ?? "").split(",").map((alias) => alias.trim());
  const isFromDebezium = aliases.some((alias) =>
    /^(io\.debezium\.transforms\.)?ExtractNewRecordState$/.test(props[`transforms.${alias}.type`] ?? "")
  );
  return isFromDebezium ? debeziumText : null;
}

function insertModeOf(config: SqlSinkConfig): InsertMode {
  const mode = config["insert.mode"].toLowerCase();
  return mode === "multi" ? "insert" : mode as InsertMode; // its check allows the rest
}

function newestOf(config: SqlSinkConfig): NewestWinsSettings | null {
  const timeField = config["newest.wins.field"];
  if (timeField === null) return null;
  const [topic, partition, offset] = config["source.position.columns"];
  const ownTimes = config["newest.wins.columns"].map((pair) => {
    const [column = "", timeColumn = ""] = pair.split(":");
    return { column, timeColumn };
  });
  return {
    timeField,
    ownTimes,
    position: topic === undefined || partition === undefined || offset === undefined
      ? null
      : [topic, partition, offset],
    seal: sealOf(config),
  };
}

function sealOf(config: SqlSinkConfig): SealSettings | null {
  if (config["erasure.topics"].length === 0) return null;
  const [sealedAt = "", reopenedAt = "", blockedAt = ""] = config["erasure.columns"];
  return {
    topics: new Set(config["erasure.topics"]),
    reopens: config["erasure.lifted.by"].toLowerCase() === "registration",
    sealedAt,
    reopenedAt,
    blockedAt,
  };
}

function ledgerOf(config: SqlSinkConfig): LedgerSettings | null {
  if (!config["audit.ledger.enabled"]) return null;
  return {
    intervalMs: config["audit.ledger.interval.ms"],
    retentionDays: config["audit.ledger.retention.days"],
  };
}

function fingerprintsOf(config: SqlSinkConfig): KeyFingerprints | null {
  const column = config["key.fingerprint.column"];
  if (column === null) return null;
  const of = (option: "key.secret" | "key.secret.previous") =>
    secretsOf(config, option).map((secret) => new KeyedHash(secret, option));
  const [secret] = of("key.secret");
  const current = secret?.fingerprint ?? "";
  const previous = of("key.secret.previous").map(({ fingerprint }) => fingerprint);
  const name = config["key.rekey.function"];
  const rekey = name === null || secret === undefined
    ? null
    : { function: name, word: wordOf(secret, previous) };
  return { column, current, accepted: [current, ...previous], rekey, rekeyMark: rekey?.word ?? current };
}

/** Only a holder of the secrets can make the word. It is as long as a fingerprint. */
function wordOf(secret: KeyedHash, previous: readonly string[]): string {
  const word = secret.of(`sluice:rekey:${previous.toSorted().join(",")}`).toHex();
  return word.slice(0, secret.fingerprint.length);
}

function secretsOf(config: SqlSinkConfig, option: "key.secret" | "key.secret.previous"): readonly string[] {
  return secretsIn(option, config[option]?.value ?? "");
}

/** Returns the secrets in an option's text; `key.secret.previous` may have several. */
export function secretsIn(option: "key.secret" | "key.secret.previous", text: string): readonly string[] {
  const trimmed = text.trim();
  if (trimmed === "") return [];
  return option === "key.secret" ? [trimmed] : trimmed.split(/[\s,]+/);
}
