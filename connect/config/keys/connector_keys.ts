/** Name, class, converters, transformations. (`org.apache.kafka.connect.runtime.ConnectorConfig`) @module */

import { COMMON_GROUP, PREDICATES_GROUP, TRANSFORMS_GROUP } from "./option_groups.ts";
import {
  between,
  distinctEntries,
  nonEmptyWithoutControlChars,
  oneOf,
  regularExpression,
  uniqueAliases,
} from "../validators.ts";

/** Upper limit of `tasks.max`: a typing error must not exhaust the worker's memory. */
const tasksMaxLimit = 1_000;

export const connectorKeys = {
  "name": {
    type: "STRING",
    documentation: "The connector's name, unique in the worker; its consumer group is `connect-<name>`.",
    importance: "HIGH",
    valid: nonEmptyWithoutControlChars(),
    group: COMMON_GROUP,
    width: "MEDIUM",
    displayName: "Connector name",
  },
  "connector.class": {
    type: "STRING",
    documentation: "Connector class: its full class name, its short name or one of its aliases.",
    importance: "HIGH",
    group: COMMON_GROUP,
    width: "LONG",
    displayName: "Connector class",
  },
  "connector.plugin.version": {
    type: "STRING",
    default: null,
    documentation: "Version of the connector; must be the built-in version (KIP-891).",
    importance: "MEDIUM",
    group: COMMON_GROUP,
    width: "MEDIUM",
    displayName: "Connector version",
  },
  "tasks.max": {
    type: "INT",
    default: "1",
    documentation: "Maximum number of tasks in this process, each with its own consumer.",
    importance: "HIGH",
    valid: between(1, tasksMaxLimit),
    group: COMMON_GROUP,
    width: "SHORT",
    displayName: "Tasks max",
  },
  "tasks.max.enforce": {
    type: "BOOLEAN",
    default: "true",
    documentation:
      "Deprecated (KIP-1004). Whether a connector fails if it creates more tasks than `tasks.max`.",
    importance: "LOW",
    group: COMMON_GROUP,
    width: "SHORT",
    displayName: "Enforce tasks max",
  },
} as const;

export const converterKeys = {
  "key.converter": {
    type: "CLASS",
    default: null,
    documentation:
      "Converter of record keys; defaults to the worker's. Its options follow as `key.converter.*`.",
    importance: "LOW",
    group: COMMON_GROUP,
    width: "SHORT",
    displayName: "Key converter class",
  },
  "key.converter.plugin.version": {
    type: "STRING",
    default: null,
    documentation: "Version of the key converter.",
    importance: "LOW",
    group: COMMON_GROUP,
    width: "SHORT",
    displayName: "Key converter version",
  },
  "value.converter": {
    type: "CLASS",
    default: null,
    documentation:
      "Converter of record values; defaults to the worker's. Its options follow as `value.converter.*`.",
    importance: "LOW",
    group: COMMON_GROUP,
    width: "SHORT",
    displayName: "Value converter class",
  },
  "value.converter.plugin.version": {
    type: "STRING",
    default: null,
    documentation: "Version of the value converter.",
    importance: "LOW",
    group: COMMON_GROUP,
    width: "SHORT",
    displayName: "Value converter version",
  },
  "header.converter": {
    type: "CLASS",
    default: null,
    documentation:
      "Converter of record headers; defaults to the worker's. Its options follow as `header.converter.*`.",
    importance: "LOW",
    group: COMMON_GROUP,
    width: "SHORT",
    displayName: "Header converter class",
  },
  "header.converter.plugin.version": {
    type: "STRING",
    default: null,
    documentation: "Version of the header converter.",
    importance: "LOW",
    group: COMMON_GROUP,
    width: "SHORT",
    displayName: "Header converter version",
  },
} as const;

export const chainKeys = {
  "transforms": {
    type: "LIST",
    default: "",
    documentation:
      "Aliases of the transformations applied to each record, in order; their options are `transforms.<alias>.*`.",
    importance: "LOW",
    valid: uniqueAliases(),
    group: TRANSFORMS_GROUP,
    width: "LONG",
    displayName: "Transforms",
  },
  "predicates": {
    type: "LIST",
    default: "",
    documentation:
      "Aliases of the predicates that transformations can use; their options are `predicates.<alias>.*`.",
    importance: "LOW",
    valid: uniqueAliases(),
    group: PREDICATES_GROUP,
    width: "LONG",
    displayName: "Predicates",
  },
  "config.action.reload": {
    type: "STRING",
    default: "restart",
    documentation: "What to do when the value behind a `${…}` reference changes: `restart` or `none`.",
    importance: "LOW",
    valid: oneOf("none", "restart"),
    group: COMMON_GROUP,
    width: "MEDIUM",
    displayName: "Reload Action",
  },
} as const;

/** Declares `topics` and `topics.regex`. (`SinkConnectorConfig`) */
export const topicKeys = {
  "topics": {
    type: "LIST",
    default: "",
    documentation: "Topics to read, separated by commas.",
    importance: "HIGH",
    check: distinctEntries,
    group: COMMON_GROUP,
    width: "LONG",
    displayName: "Topics",
  },
  "topics.regex": {
    type: "STRING",
    default: "",
    documentation:
      "Java regular expression of topics to read, matched against whole names; new topics are found while running.",
    importance: "HIGH",
    valid: regularExpression(),
    group: COMMON_GROUP,
    width: "LONG",
    displayName: "Topics regex",
  },
} as const;
