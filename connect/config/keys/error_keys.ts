/** Error handling and dead letter queue options. (KIP-298) @module */

import { secretProblem } from "../../api/keyed_hash.ts";
import { ERROR_GROUP } from "./option_groups.ts";
import { between, oneOf } from "../validators.ts";

/** Declares retries, tolerance and error log. (`ConnectorConfig`) */
export const errorKeys = {
  "errors.retry.timeout": {
    type: "LONG",
    default: "0",
    documentation:
      "Milliseconds for which a failed conversion or transformation is retried; -1 = without limit.",
    importance: "MEDIUM",
    group: ERROR_GROUP,
    width: "MEDIUM",
    displayName: "Retry Timeout for Errors",
  },
  "errors.retry.delay.max.ms": {
    type: "LONG",
    default: "60000",
    documentation: "Maximum delay between two retries, in milliseconds; jitter is added once it is reached.",
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

/** Declares the dead letter queue's options. (`SinkConnectorConfig`) */
export const deadLetterKeys = {
  "errors.deadletterqueue.topic.name": {
    type: "STRING",
    default: "",
    documentation:
      "Topic of the dead letter queue, created when the task starts; empty = no dead letter queue.",
    importance: "MEDIUM",
    group: ERROR_GROUP,
    width: "MEDIUM",
    displayName: "Dead Letter Queue Topic Name",
  },
  "errors.deadletterqueue.topic.replication.factor": {
    type: "SHORT",
    default: "3",
    documentation:
      "Replication factor of a dead letter topic that Sluice creates; -1 = the broker's default.",
    importance: "MEDIUM",
    group: ERROR_GROUP,
    width: "MEDIUM",
    displayName: "Dead Letter Queue Topic Replication Factor",
  },
  "errors.deadletterqueue.context.headers.enable": {
    type: "BOOLEAN",
    default: "false",
    documentation: "Adds `__connect.errors.*` headers with the place and the reason of the failure.",
    importance: "MEDIUM",
    group: ERROR_GROUP,
    width: "MEDIUM",
    displayName: "Enable Error Context Headers",
  },
} as const;

/** Sluice's own options: the content of dead letters and the share of bad records that stops a task. */
export const sluiceErrorKeys = {
  "errors.deadletterqueue.raw.enable": {
    type: "BOOLEAN",
    default: "false",
    documentation:
      "Writes dead letters in Connect's raw form: the record's bytes and headers, with message and stack trace. They include everything the transformations removed.",
    importance: "MEDIUM",
    group: ERROR_GROUP,
    width: "MEDIUM",
    displayName: "Enable Raw Dead Letters",
  },
  "errors.deadletterqueue.key.secret": {
    type: "PASSWORD",
    default: null,
    documentation:
      "Secret of at least 32 bytes for the keyed hash of a dead letter's key; defaults to the sink's `key.secret`. Without either, dead letters carry no hash.",
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
      "With `errors.tolerance=all`: share of bad records within a minute above which the task stops; 1 = never.",
    importance: "MEDIUM",
    valid: between(0, 1),
    group: ERROR_GROUP,
    width: "SHORT",
    displayName: "Most Bad Records",
  },
} as const;
