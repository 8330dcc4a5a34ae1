/** What a connector is, what it reads and how records are changed. (`org.apache.kafka.connect.runtime.ConnectorConfig`) @module */

import { COMMON_GROUP, PREDICATES_GROUP, TRANSFORMS_GROUP } from "./option_groups.ts";
import {
  between,
  distinctEntries,
  nonEmptyWithoutControlChars,
  oneOf,
  regularExpression,
  uniqueAliases,
} from "../validators.ts";

/** Most tasks of one connector: a slip of the keyboard must not cost the worker its memory. */
export const tasksMaxLimit = 1_000;

/** Name, class and size. */
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
    documentation: "Which connector this is: its full class name, its short name or one of its aliases.",
    importance: "HIGH",
    group: COMMON_GROUP,
    width: "LONG",
    displayName: "Connector class",
  },
  "connector.plugin.version": {
    type: "STRING",
    default: null,
    documentation: "Version of the connector; only the one that is built in can be asked for (KIP-891).",
    importance: "MEDIUM",
    group: COMMON_GROUP,
    width: "MEDIUM",
    displayName: "Connector version",
  },
  "tasks.max": {
    type: "INT",
    default: "1",
    documentation: "How many tasks, each with a consumer of its own, this process runs at most.",
    importance: "HIGH",
    valid: between(1, tasksMaxLimit),
    group: COMMON_GROUP,
    width: "SHORT",
    displayName: "Tasks max",
  },
  "tasks.max.enforce": {
    type: "BOOLEAN",
    default: "true",
    documentation: "Deprecated (KIP-1004). Whether a connector that makes more tasks than `tasks.max` fails.",
    importance: "LOW",
    group: COMMON_GROUP,
    width: "SHORT",
    displayName: "Enforce tasks max",
  },
} as const;

/** Converters of keys, values and headers. */
export const converterKeys = {
  "key.converter": {
    type: "CLASS",
    default: null,
    documentation:
      "Reads the records' keys; the worker's when not set. Its options follow as `key.converter.*`.",
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
      "Reads the records' values; the worker's when not set. Its options follow as `value.converter.*`.",
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
      "Reads the records' headers; the worker's when not set. Its options follow as `header.converter.*`.",
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

/** The transformation chain. */
export const chainKeys = {
  "transforms": {
    type: "LIST",
    default: "",
    documentation:
      "Aliases of the transformations each record passes, in order; their options are `transforms.<alias>.*`.",
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
      "Aliases of the predicates that transformations may name; their options are `predicates.<alias>.*`.",
    importance: "LOW",
    valid: uniqueAliases(),
    group: PREDICATES_GROUP,
    width: "LONG",
    displayName: "Predicates",
  },
  "config.action.reload": {
    type: "STRING",
    default: "restart",
    documentation: "What happens when a value that `${…}` stands for has changed: `restart` or `none`.",
    importance: "LOW",
    valid: oneOf("none", "restart"),
    group: COMMON_GROUP,
    width: "MEDIUM",
    displayName: "Reload Action",
  },
} as const;

/** Topics, by name or by pattern. (`SinkConnectorConfig`) */
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
      "Pattern of topics to read, matched against whole names; later topics are found while running.",
    importance: "HIGH",
    valid: regularExpression(),
    group: COMMON_GROUP,
    width: "LONG",
    displayName: "Topics regex",
  },
} as const;
