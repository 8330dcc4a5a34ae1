/**
 * The options that the JDBC sinks have too, by their names. (`io.confluent.connect.jdbc.sink.JdbcSinkConfig`,
 * `io.aiven.connect.jdbc.sink.JdbcSinkConfig`)
 *
 * @module
 */

import { atLeast, nonEmpty, oneOf } from "./key_checks.ts";

const CONNECTION_GROUP = "Connection";
const WRITES_GROUP = "Writes";
const MAPPING_GROUP = "Data Mapping";

export const connectionKeys = {
  "connection.url": {
    type: "STRING",
    documentation: "URL of the database: postgres://… or jdbc:postgresql://…, with query parameters.",
    importance: "HIGH",
    group: CONNECTION_GROUP,
    displayName: "JDBC URL",
    width: "LONG",
    takesReferences: true,
  },
  "connection.user": {
    type: "STRING",
    default: null,
    documentation: "User; overrides the URL's.",
    importance: "HIGH",
    group: CONNECTION_GROUP,
    displayName: "JDBC User",
    width: "MEDIUM",
    takesReferences: true,
  },
  "connection.password": {
    type: "PASSWORD",
    default: null,
    documentation: "Password; overrides the URL's.",
    importance: "HIGH",
    group: CONNECTION_GROUP,
    displayName: "JDBC Password",
    width: "MEDIUM",
  },
  "connection.prepare": {
    type: "BOOLEAN",
    default: "true",
    documentation: "Whether to name prepared statements; set false behind PgBouncer in transaction mode.",
    importance: "LOW",
    group: CONNECTION_GROUP,
    displayName: "Prepare Statements",
    width: "SHORT",
  },
} as const;

export const writeKeys = {
  "insert.mode": {
    type: "STRING",
    default: "insert",
    documentation:
      "insert: every record is a new row. upsert: by primary key, the last record wins. update: only existing rows. ignore: only missing rows. multi is insert.",
    importance: "HIGH",
    valid: oneOf("insert", "multi", "upsert", "update", "ignore"),
    recommended: ["insert", "upsert", "update", "ignore"],
    group: WRITES_GROUP,
    displayName: "Insert Mode",
    width: "MEDIUM",
  },
  "batch.size": {
    type: "INT",
    default: "3000",
    documentation: "Most rows that one statement writes; 0 counts as 1.",
    importance: "MEDIUM",
    valid: atLeast(0),
    group: WRITES_GROUP,
    displayName: "Batch Size",
    width: "SHORT",
  },
  "delete.enabled": {
    type: "BOOLEAN",
    default: "false",
    documentation:
      "Whether a tombstone (a record without a value) deletes its row; needs pk.mode=record_key. Without it tombstones are counted and ignored.",
    importance: "MEDIUM",
    dependents: ["pk.mode"],
    group: WRITES_GROUP,
    displayName: "Enable deletes",
    width: "SHORT",
  },
} as const;

export const mappingKeys = {
  "table.name.format": {
    type: "STRING",
    default: "${topic}",
    documentation: "Table of a record: ${topic} is its topic; a dot separates schema and table.",
    importance: "MEDIUM",
    valid: nonEmpty(),
    group: MAPPING_GROUP,
    displayName: "Table Name Format",
    width: "LONG",
  },
  "pk.mode": {
    type: "STRING",
    default: "none",
    documentation:
      "Where the primary key comes from: none, kafka (topic, partition and offset), record_key or record_value.",
    importance: "HIGH",
    valid: oneOf("none", "kafka", "record_key", "record_value"),
    recommended: ["none", "kafka", "record_key", "record_value"],
    dependents: ["delete.enabled"],
    group: MAPPING_GROUP,
    displayName: "Primary Key Mode",
    width: "MEDIUM",
  },
  "pk.fields": {
    type: "LIST",
    default: "",
    documentation:
      "Columns of the primary key. record_key, record_value: fields of that name, or all if empty. kafka: three columns; empty means __connect_topic, __connect_partition and __connect_offset.",
    importance: "MEDIUM",
    group: MAPPING_GROUP,
    displayName: "Primary Key Fields",
    width: "LONG",
  },
  "fields.whitelist": {
    type: "LIST",
    default: "",
    documentation:
      "Fields of the value that are written, besides the primary key; empty = all. A field that a record lacks isn't written: the column keeps its value, or gets its default.",
    importance: "MEDIUM",
    group: MAPPING_GROUP,
    displayName: "Fields Whitelist",
    width: "LONG",
  },
} as const;
