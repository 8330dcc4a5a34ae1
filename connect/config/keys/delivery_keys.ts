/** Sluice's own options of delivery, where Connect has none or only one for the whole worker. @module */

import { DELIVERY_GROUP } from "./option_groups.ts";
import { atLeast, atLeastLong } from "../validators.ts";

/** Limits, commits and restarts of one connector. */
export const deliveryKeys = {
  "record.bytes.max": {
    type: "INT",
    default: "1048576",
    documentation:
      "Bytes that key, value and headers of a record may have together; a larger record is a bad record.",
    importance: "LOW",
    valid: atLeast(1),
    group: DELIVERY_GROUP,
    width: "SHORT",
    displayName: "Largest Record",
  },
  "record.headers.max": {
    type: "INT",
    default: "1000",
    documentation: "Headers that a record may have; one with more is a bad record.",
    importance: "LOW",
    valid: atLeast(0),
    group: DELIVERY_GROUP,
    width: "SHORT",
    displayName: "Most Headers",
  },
  "record.values.max": {
    type: "INT",
    default: "100000",
    documentation:
      "Values that key, value and headers of a record may hold together, those in lists and objects too; a record with " +
      "more is a bad record.",
    importance: "LOW",
    valid: atLeast(1),
    group: DELIVERY_GROUP,
    width: "SHORT",
    displayName: "Most Values",
  },
  "offset.flush.interval.ms": {
    type: "LONG",
    default: null,
    documentation: "Milliseconds between offset commits of this connector; the worker's when not set.",
    importance: "LOW",
    valid: atLeastLong(1n),
    group: DELIVERY_GROUP,
    width: "SHORT",
    displayName: "Commit Interval",
  },
  "task.restart.max": {
    type: "INT",
    default: "0",
    documentation:
      "How often a failed task is started again by itself before it stays FAILED; 0 as in Connect.",
    importance: "MEDIUM",
    valid: atLeast(0),
    group: DELIVERY_GROUP,
    width: "SHORT",
    displayName: "Most Restarts",
  },
  "task.restart.backoff.ms": {
    type: "LONG",
    default: "10000",
    documentation: "Milliseconds before the first such restart; doubled for each further one.",
    importance: "LOW",
    valid: atLeastLong(1n),
    group: DELIVERY_GROUP,
    width: "SHORT",
    displayName: "Restart Pause",
  },
  "task.stall.timeout.ms": {
    type: "LONG",
    default: "300000",
    documentation:
      "Milliseconds with lag and without any progress after which a task's consumer is made anew; 0 = never.",
    importance: "LOW",
    valid: atLeastLong(0n),
    group: DELIVERY_GROUP,
    width: "SHORT",
    displayName: "Watchdog",
  },
} as const;
