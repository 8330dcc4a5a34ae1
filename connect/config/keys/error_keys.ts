/** What happens to records that cannot be delivered. (KIP-298) @module */

import { secretProblem } from "../../api/keyed_hash.ts";
import { ERROR_GROUP } from "./option_groups.ts";
import { between, oneOf } from "../validators.ts";

/** Retry, tolerance and log. (`ConnectorConfig`) */
export const errorKeys = {
  "errors.retry.timeout": {
    type: "LONG",
    default: "0",
    documentation:
      "Milliseconds for which a failed conversion or transformation is tried again; -1 = for ever.",
    importance: "MEDIUM",
    group: ERROR_GROUP,
    width: "MEDIUM",
    displayName: "Retry Timeout for Errors",
  },
  "errors.retry.delay.max.ms": {
    type: "LONG",
    default: "60000",
    documentation: "Longest pause between two such tries, milliseconds; jitter is added once it is reached.",
    importance: "MEDIUM",
    group: ERROR_GROUP,
    width: "MEDIUM",
    displayName: "Maximum Delay Between Retries for Errors",
  },
  "errors.tolerance": {
    type: "STRING",
    default: "none",
    documentation:
      "`none`: the first bad record stops the task. `all`: bad records are reported and skipped.",
    importance: "MEDIUM",
    valid: oneOf("none", "all"),
    group: ERROR_GROUP,
    width: "SHORT",
    displayName: "Error Tolerance",
  },
  "errors.log.enable": {
    type: "BOOLEAN",
    default: "false",
    documentation: "Writes every bad record's stage, rule and error class to the log.",
    importance: "MEDIUM",
    group: ERROR_GROUP,
    width: "SHORT",
    displayName: "Log Errors",
  },
  "errors.log.include.messages": {
    type: "BOOLEAN",
    default: "false",
    documentation:
      "Adds the bad record's topic, partition, offset and timestamp to that line; never its content.",
    importance: "MEDIUM",
    group: ERROR_GROUP,
    width: "SHORT",
    displayName: "Log Error Details",
  },
} as const;

/** The dead letter queue. (`SinkConnectorConfig`) */
export const deadLetterKeys = {
  "errors.deadletterqueue.topic.name": {
    type: "STRING",
    default: "",
    documentation: "Topic for bad records, made when the task starts; none when empty.",
    importance: "MEDIUM",
    group: ERROR_GROUP,
    width: "MEDIUM",
    displayName: "Dead Letter Queue Topic Name",
  },
  "errors.deadletterqueue.topic.replication.factor": {
    type: "SHORT",
    default: "3",
    documentation: "Replication factor with which the dead letter topic is made; -1 = the broker's default.",
    importance: "MEDIUM",
    group: ERROR_GROUP,
    width: "MEDIUM",
    displayName: "Dead Letter Queue Topic Replication Factor",
  },
  "errors.deadletterqueue.context.headers.enable": {
    type: "BOOLEAN",
    default: "false",
    documentation: "Adds `__connect.errors.*` headers that say where and why a record failed.",
    importance: "MEDIUM",
    group: ERROR_GROUP,
    width: "MEDIUM",
    displayName: "Enable Error Context Headers",
  },
} as const;

/** Sluice's own: what may leave with a bad record, and how many of them are too many. */
export const sluiceErrorKeys = {
  "errors.deadletterqueue.raw.enable": {
    type: "BOOLEAN",
    default: "false",
    documentation:
      "Writes dead letters in Connect's raw form: the record's bytes and headers, with message and stack trace. They hold everything the transformations removed.",
    importance: "MEDIUM",
    group: ERROR_GROUP,
    width: "MEDIUM",
    displayName: "Enable Raw Dead Letters",
  },
  "errors.deadletterqueue.key.secret": {
    type: "PASSWORD",
    default: null,
    documentation:
      "Secret of at least 32 bytes for the keyed hash that names a dead letter's key without telling it; the sink's `key.secret` when not set, no hash without that.",
    importance: "LOW",
    group: ERROR_GROUP,
    width: "MEDIUM",
    displayName: "Dead Letter Key Secret",
    check: secretProblem,
  },
  "errors.tolerance.max.ratio": {
    type: "DOUBLE",
    default: "0.5",
    documentation:
      "With `errors.tolerance=all`: the share of bad records in a minute above which the task stops after all; 1 = never.",
    importance: "MEDIUM",
    valid: between(0, 1),
    group: ERROR_GROUP,
    width: "SHORT",
    displayName: "Most Bad Records",
  },
} as const;
