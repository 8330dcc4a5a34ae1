import { atLeast, oneOf } from "./key_checks.ts";

const DELIVERY_GROUP = "Exactly Once";
const NEWEST_GROUP = "Newest Wins";
const PRIVACY_GROUP = "Privacy";

/** The database keeps the ledger for at least this many days, whatever a worker asks for. */
export const LEDGER_DAYS_MIN = 30;

export const deliveryKeys = {
  "exactly.once.enabled": {
    type: "BOOLEAN",
    default: "false",
    documentation:
      "Keeps the offsets in the database, committed with the rows: no record is written twice, also in insert mode.",
    importance: "HIGH",
    group: DELIVERY_GROUP,
    displayName: "Exactly Once",
    width: "SHORT",
  },
} as const;

export const sourceKeys = {
  "unavailable.value.placeholder": {
    type: "STRING",
    default: null,
    documentation:
      "A field with this text isn't written: the source has left out an unchanged large value. Not set = Debezium's __debezium_unavailable_value if the connector has Debezium's ExtractNewRecordState among its transforms, else none; empty = none.",
    importance: "LOW",
    group: "Data Mapping",
    displayName: "Unavailable Value Placeholder",
    width: "MEDIUM",
  },
} as const;

export const newestKeys = {
  "newest.wins.field": {
    type: "STRING",
    default: null,
    documentation:
      "Field and column with a row's event time (timestamptz): an older record never overwrites a newer one. Needs insert.mode=upsert.",
    importance: "MEDIUM",
    group: NEWEST_GROUP,
    displayName: "Event Time Field",
    width: "MEDIUM",
  },
  "newest.wins.columns": {
    type: "LIST",
    default: "",
    documentation:
      "Columns that keep a time of their own, as column:time_column; a record without a value for one never erases a known value.",
    importance: "MEDIUM",
    group: NEWEST_GROUP,
    displayName: "Columns with Own Time",
    width: "LONG",
  },
  "source.position.columns": {
    type: "LIST",
    default: "",
    documentation:
      "Three columns for topic, partition and offset of the record that set a row: of two records with the same event time the later one wins if both are in one partition.",
    importance: "LOW",
    group: NEWEST_GROUP,
    displayName: "Source Position Columns",
    width: "LONG",
  },
} as const;

export const privacyKeys = {
  "egress.columns": {
    type: "LIST",
    default: null,
    documentation:
      "The only columns that may be written, including the primary key. A task whose options would write another column doesn't start. Needs fields.whitelist.",
    importance: "HIGH",
    group: PRIVACY_GROUP,
    displayName: "Egress Contract",
    width: "LONG",
  },
  "key.secret": {
    type: "PASSWORD",
    default: null,
    documentation: "The secret of the keyed hashes in the primary key, at least 32 bytes.",
    importance: "HIGH",
    group: PRIVACY_GROUP,
    displayName: "Key Secret",
    width: "LONG",
  },
  "key.secret.previous": {
    type: "PASSWORD",
    default: null,
    documentation: "Former secrets, separated by blanks or commas.",
    importance: "MEDIUM",
    group: PRIVACY_GROUP,
    displayName: "Previous Key Secrets",
    width: "LONG",
  },
  "key.fingerprint.column": {
    type: "STRING",
    default: null,
    documentation:
      "Column with the fingerprint of the secret that made a row's key. A task doesn't start while rows have a secret that isn't configured.",
    importance: "MEDIUM",
    group: PRIVACY_GROUP,
    displayName: "Key Fingerprint Column",
    width: "MEDIUM",
  },
  "key.rekey.function": {
    type: "STRING",
    default: null,
    documentation:
      "Function of the database, schema.name, that gives rows of a previous secret their new key. It takes former keys, new keys and a word made of the secrets, and returns the new keys of the changed rows. A migration creates it, with the rights of its owner. Not set = a plain UPDATE.",
    importance: "LOW",
    group: PRIVACY_GROUP,
    displayName: "Re-keying Function",
    width: "MEDIUM",
  },
  "pk.previous.field": {
    type: "STRING",
    default: null,
    documentation:
      "Field of the key or the value with a list of the row's possible former keys. A row with one of them gets its new key in the same transaction. The field itself isn't written.",
    importance: "LOW",
    group: PRIVACY_GROUP,
    displayName: "Previous Keys Field",
    width: "MEDIUM",
  },
  "erasure.topics": {
    type: "LIST",
    default: "",
    documentation:
      "Topics whose tombstones seal a row: the row is emptied for good and stays as a mark. Needs newest.wins.field and pk.mode=record_key.",
    importance: "HIGH",
    group: PRIVACY_GROUP,
    displayName: "Erasure Topics",
    width: "LONG",
  },
  "erasure.lifted.by": {
    type: "STRING",
    default: "registration",
    documentation:
      "What ends a seal: registration = a newer record with the second of erasure.columns; never = nothing.",
    importance: "MEDIUM",
    valid: oneOf("registration", "never"),
    recommended: ["registration", "never"],
    group: PRIVACY_GROUP,
    displayName: "Erasure Lifted by",
    width: "MEDIUM",
  },
  "erasure.columns": {
    type: "LIST",
    default: "erased_at,registered_at,objected_at",
    documentation:
      "Columns for the times of the seal, of the last record that reopens the row (it has a field of that name) and of the block, in this order.",
    importance: "LOW",
    group: PRIVACY_GROUP,
    displayName: "Erasure Columns",
    width: "LONG",
  },
  "contact.retention.days": {
    type: "INT",
    default: null,
    documentation:
      "Days from its event time until a row is emptied, once a day. Older records aren't written. Not set = rows are kept for ever. Needs contact.retention.function.",
    importance: "MEDIUM",
    valid: atLeast(1),
    group: PRIVACY_GROUP,
    displayName: "Retention (days)",
    width: "SHORT",
  },
  "contact.retention.function": {
    type: "STRING",
    default: null,
    documentation:
      "Function of the database, schema.name, that empties old rows. It takes a time and a number of rows, and returns the numbers of emptied and removed rows. A migration creates it, with the rights of its owner.",
    importance: "LOW",
    group: PRIVACY_GROUP,
    displayName: "Retention Function",
    width: "MEDIUM",
  },
  "audit.ledger.enabled": {
    type: "BOOLEAN",
    default: "false",
    documentation:
      "Records in table sluice_ledger what was written, from which offsets and under which configuration, without any value of a record.",
    importance: "MEDIUM",
    group: PRIVACY_GROUP,
    displayName: "Audit Ledger",
    width: "SHORT",
  },
  "audit.ledger.interval.ms": {
    type: "INT",
    default: "60000",
    documentation:
      "Milliseconds between two rows that a task adds to the ledger, and it adds one when it stops; 0 = with each commit of offsets.",
    importance: "LOW",
    valid: atLeast(0),
    group: PRIVACY_GROUP,
    displayName: "Ledger Interval (millis)",
    width: "SHORT",
  },
  "audit.ledger.retention.days": {
    type: "INT",
    default: "1095",
    documentation: "Days for which the ledger keeps its rows, by whole months.",
    importance: "LOW",
    valid: atLeast(LEDGER_DAYS_MIN),
    group: PRIVACY_GROUP,
    displayName: "Ledger Retention (days)",
    width: "SHORT",
  },
} as const;
