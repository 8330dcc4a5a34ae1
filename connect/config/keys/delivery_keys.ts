/** Sluice's own delivery options, for which Connect has none or only a worker option. @module */

import { DELIVERY_GROUP } from "./option_groups.ts";
import { atLeast, atLeastLong } from "../validators.ts";

export const deliveryKeys = {
  "record.bytes.max": {
    type: "INT",
    default: "1048576",
    documentation:
      "Maximum size of a record's key, value and headers together, in bytes; a larger record is a bad record.",
    importance: "LOW",
    valid: atLeast(1),
    group: DELIVERY_GROUP,
    width: "SHORT",
    displayName: "Largest Record",
  },
  "record.headers.max": {
    type: "INT",
    default: "1000",
    documentation: "Maximum number of headers of a record; a record with more is a bad record.",
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
      "Maximum number of values in a record's key, value and headers together, including those in lists and objects; a record with " +
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
    documentation: "Milliseconds between offset commits of this connector; defaults to the worker's.",
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
      "Number of automatic restarts of a failed task before it stays FAILED; 0 = none, as in Connect.",
    importance: "MEDIUM",
    valid: atLeast(0),
    group: DELIVERY_GROUP,
    width: "SHORT",
    displayName: "Most Restarts",
  },
  "task.restart.backoff.ms": {
    type: "LONG",
    default: "10000",
    documentation: "Milliseconds before the first automatic restart; doubled for each further one.",
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
      "Milliseconds with lag but no progress after which a task recreates its consumer; 0 = never.",
    importance: "LOW",
    valid: atLeastLong(0n),
    group: DELIVERY_GROUP,
    width: "SHORT",
    displayName: "Watchdog",
  },
} as const;
