import { javaClassOf, JavaException, safeText } from "../api/exceptions.ts";
import type { KeyedHash } from "../api/keyed_hash.ts";
import type { ConsumerRecord, ProducerRecord, RawHeader, Time } from "../api/ports.ts";
import { isMissedErasure } from "./erasure_watch.ts";
import { type FailedRecord, reasonOf } from "./failed_record.ts";
import { connectTextOf, connectTrace } from "./java_trace.ts";

const HEADER_PREFIX = "__connect.errors.";

/** Version of the key's hash, as in the contact key of telesales. */
const KEY_HASH_PREFIX = "v1:";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

interface DeadLetterOrigin {
  readonly topic: string;
  readonly connector: string;
  readonly taskId: number;
}

interface SafeFormOptions extends DeadLetterOrigin {
  /** Identifies the key in dead letters; null if no secret is configured. */
  readonly keyHash: KeyedHash | null;
  /** Topics whose tombstones erase: a rejected one is marked, because a worker forgets it on exit. */
  readonly erasureTopics?: ReadonlySet<string>;
  /** Hash of the configuration that rejected the record, without its secrets. */
  readonly configHash: string;
  readonly time: Time;
}

/**
 * Returns the default form: JSON with coordinates, stage, rule and field, without any value of the record.
 *
 * @example
 * ```ts
 * import { DataException } from "../api/exceptions.ts";
 * import { safeDeadLetter } from "./dead_letter_form.ts";
 * const record = {
 *   topic: "customers", partition: 1, offset: 7n, timestamp: 5, timestampType: "CreateTime" as const,
 *   key: null, value: new TextEncoder().encode("Ana"), headers: [],
 * };
 * const time = { now: () => 0, monotonic: () => 0, sleep: () => Promise.resolve() };
 * const form = safeDeadLetter({ topic: "dlq", connector: "people", taskId: 0, keyHash: null, configHash: "ab", time });
 * const error = new DataException("phone is missing", { rule: "phone_missing", field: "phone" });
 * const letter = form({ record, stage: "TRANSFORMATION", className: "Contact", error });
 * const text = new TextDecoder().decode(letter.value ?? new Uint8Array());
 * if (JSON.parse(text).rule !== "phone_missing" || text.includes("Ana")) throw new Error(text);
 * ```
 */
export function safeDeadLetter(options: SafeFormOptions): (failed: FailedRecord) => ProducerRecord {
  return (failed) => ({
    topic: options.topic,
    key: null,
    value: encoder.encode(safeJson(failed, options)),
    headers: contextHeaders(failed, options),
  });
}

/**
 * Returns Connect's form: key, value and headers as consumed, and context headers if enabled. A record that
 * couldn't be read has only coordinates.
 */
export function rawDeadLetter(
  options: DeadLetterOrigin & { readonly contextHeaders: boolean },
): (failed: FailedRecord) => ProducerRecord {
  return (failed) => {
    const { key, value, headers, timestamp, bad } = failed.record;
    const context = options.contextHeaders || bad !== undefined
      ? [...contextHeaders(failed, options), ...detailHeaders(failed.error)]
      : [];
    return {
      topic: options.topic,
      // Copies, because the consumer reuses the record's memory before Kafka takes this one.
      key: key?.slice() ?? null,
      value: value?.slice() ?? null,
      headers: [...headers.map(copied), ...context],
      ...(timestamp < 0 ? {} : { timestamp }),
    };
  };
}

function copied({ key, value }: RawHeader): RawHeader {
  return { key, value: value?.slice() ?? null };
}

/** JSON.stringify can't write 64-bit offsets. */
function safeJson(failed: FailedRecord, options: SafeFormOptions): string {
  const { record, error, stage } = failed;
  const keyHash = hashOf(record.key, options.keyHash);
  const isErasure = options.erasureTopics !== undefined && isMissedErasure(failed, options.erasureTopics);
  const fields: readonly (readonly [string, string | number | bigint | boolean | null])[] = [
    ["connector", options.connector],
    ["topic", record.topic],
    ["partition", record.partition],
    ["offset", record.offset],
    ...lastOffsetOf(record).map((offset) => ["last_offset", offset] as const),
    ["timestamp", record.timestamp < 0 ? null : record.timestamp],
    ["stage", stage],
    ["reason", safeText(error)],
    ["rule", reasonOf(error)],
    ["field", error instanceof JavaException ? error.field ?? null : null],
    ...(isErasure ? [["erasure_not_done", true] as const] : []),
    ...(keyHash === null ? [] : [["key_hash", keyHash] as const]),
    ["config_hash", options.configHash],
    ["time", new Date(options.time.now()).toISOString()],
  ];
  const text = ([name, value]: typeof fields[number]) =>
    `${JSON.stringify(name)}:${typeof value === "bigint" ? value : JSON.stringify(value)}`;
  return `{${fields.map(text).join(",")}}`;
}

/** The last offset of a letter for several records. */
function lastOffsetOf({ offset, bad }: ConsumerRecord): readonly bigint[] {
  return bad === undefined || bad.lastOffset === offset ? [] : [bad.lastOffset];
}

function hashOf(key: Uint8Array | null, hash: KeyedHash | null): string | null {
  if (key === null || hash === null) return null;
  const bytes = hash.of(KEY_HASH_PREFIX + decoder.decode(key));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Connect's context headers without values of the record, in its order. */
function contextHeaders(failed: FailedRecord, origin: DeadLetterOrigin): readonly RawHeader[] {
  const { record, stage, className, error } = failed;
  return [
    header("topic", record.topic),
    header("partition", String(record.partition)),
    header("offset", String(record.offset)),
    ...lastOffsetOf(record).map((offset) => header("offset.last", String(offset))),
    header("connector.name", origin.connector),
    header("task.id", String(origin.taskId)),
    header("stage", stage),
    header("class.name", className),
    header("exception.class.name", javaClassOf(error)),
  ];
}

/** These two can quote the record. */
function detailHeaders(error: unknown): readonly RawHeader[] {
  return [
    header("exception.message", connectTextOf(error)),
    header("exception.stacktrace", connectTrace(error)),
  ];
}

function header(name: string, text: string): RawHeader {
  return { key: HEADER_PREFIX + name, value: encoder.encode(text) };
}
