import { atLeast } from "./key_checks.ts";

const RETRIES_GROUP = "Retries";

/** Options for retries and timeouts. */
export const retryKeys = {
  "max.retries": {
    type: "INT",
    default: null,
    documentation:
      "Number of retries of a batch while the database is away or busy; not set = unlimited. Bad records aren't retried.",
    importance: "MEDIUM",
    valid: atLeast(0),
    group: RETRIES_GROUP,
    displayName: "Maximum Retries",
    width: "SHORT",
  },
  "retry.backoff.ms": {
    type: "INT",
    default: "500",
    documentation:
      "Milliseconds before the first retry; doubled for each further one, with jitter, up to retry.backoff.max.ms.",
    importance: "MEDIUM",
    valid: atLeast(0),
    group: RETRIES_GROUP,
    displayName: "Retry Backoff (millis)",
    width: "SHORT",
  },
  "retry.backoff.max.ms": {
    type: "INT",
    default: "15000",
    documentation: "Longest pause between two retries, in milliseconds.",
    importance: "LOW",
    valid: atLeast(0),
    group: RETRIES_GROUP,
    displayName: "Longest Retry Backoff (millis)",
    width: "SHORT",
  },
  "auth.retry.timeout.ms": {
    type: "INT",
    default: "300000",
    documentation:
      "How long a refused login is retried after a successful one, in milliseconds, for example while a password is changed.",
    importance: "LOW",
    valid: atLeast(0),
    group: RETRIES_GROUP,
    displayName: "Login Retry Timeout (millis)",
    width: "SHORT",
  },
  "statement.timeout.ms": {
    type: "INT",
    default: "30000",
    documentation:
      "Longest time for one statement, in milliseconds. Then the sink halves the batch until it passes. A single record that takes longer is retried later.",
    importance: "LOW",
    valid: atLeast(1),
    group: RETRIES_GROUP,
    displayName: "Statement Timeout (millis)",
    width: "SHORT",
  },
  "lock.timeout.ms": {
    type: "INT",
    default: "5000",
    documentation: "Longest wait for a lock, in milliseconds; then the batch is retried later.",
    importance: "LOW",
    valid: atLeast(1),
    group: RETRIES_GROUP,
    displayName: "Lock Timeout (millis)",
    width: "SHORT",
  },
  "idle.in.transaction.timeout.ms": {
    type: "INT",
    default: "5000",
    documentation:
      "Milliseconds after which the database ends the transaction of a stopped process. Keep it below the consumer's session timeout.",
    importance: "LOW",
    valid: atLeast(1),
    group: RETRIES_GROUP,
    displayName: "Idle Transaction Timeout (millis)",
    width: "SHORT",
  },
} as const;
