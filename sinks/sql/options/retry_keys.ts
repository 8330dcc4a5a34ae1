import { atLeast } from "./key_checks.ts";

const RETRIES_GROUP = "Retries";

/** Options for retries and timeouts. */
export const retryKeys = {
  "max.retries": {
    type: "INT",
    default: null,
    documentation:
      "How often a batch is tried again while the database is away or busy; not set = for ever. Bad records aren't tried again.",
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
      "Milliseconds before the first such try; doubled for each further one, with jitter, up to retry.backoff.max.ms.",
    importance: "MEDIUM",
    valid: atLeast(0),
    group: RETRIES_GROUP,
    displayName: "Retry Backoff (millis)",
    width: "SHORT",
  },
  "retry.backoff.max.ms": {
    type: "INT",
    default: "15000",
    documentation: "Longest pause between two tries, milliseconds.",
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
      "After one good login: milliseconds for which a refused one is tried again, as while a password is changed.",
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
      "Longest time for one statement, milliseconds; then the batch is written in halves until it passes, and one record that alone takes longer is tried again later.",
    importance: "LOW",
    valid: atLeast(1),
    group: RETRIES_GROUP,
    displayName: "Statement Timeout (millis)",
    width: "SHORT",
  },
  "lock.timeout.ms": {
    type: "INT",
    default: "5000",
    documentation:
      "Longest wait for somebody else's lock, milliseconds; then the batch is tried again later.",
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
      "After this many milliseconds without a word from a stopped process the database ends its transaction; keep it below the consumer's session timeout.",
    importance: "LOW",
    valid: atLeast(1),
    group: RETRIES_GROUP,
    displayName: "Idle Transaction Timeout (millis)",
    width: "SHORT",
  },
} as const;
