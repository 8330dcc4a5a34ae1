import type { ConsumerRecord } from "../api/ports.ts";
import type { TopicPartition } from "../api/record.ts";

/** What a dead letter says about its record, without values of it. */
export interface DeadLetter {
  readonly connector: string;
  readonly at: TopicPartition;
  readonly offset: bigint;
  readonly stage: string;
  /** Rule of the failure; in Connect's raw form the exception's class. */
  readonly rule: string;
  readonly field: string | null;
  /** The record would have erased a person; absent in Connect's raw form. */
  readonly isErasure?: true;
  /** When the letter was written, milliseconds since 1970; -1 if unknown. */
  readonly writtenAt: number;
}

const headerPrefix = "__connect.errors.";
const decoder = new TextDecoder();

const topicName = /^[A-Za-z0-9._-]{1,249}$/;
const word = /^[\w.$-]{1,249}$/;
const number = /^\d{1,19}$/;
// deno-lint-ignore no-control-regex -- a terminal obeys control characters
const controlCharacter = /[\u0000-\u001f\u007f-\u009f]/;
const nameCharactersMax = 249;

/**
 * Reads a dead letter. Any program that may write to the topic can put anything there, so texts that don't
 * look like names or numbers are refused.
 *
 * @returns null if it is no dead letter, or one in Connect's raw form without
 * `errors.deadletterqueue.context.headers.enable`
 *
 * @example
 * ```ts
 * import { readDeadLetter } from "./dead_letter_reader.ts";
 * const header = (name: string, text: string) => ({
 *   key: `__connect.errors.${name}`,
 *   value: new TextEncoder().encode(text),
 * });
 * const headers = [
 *   header("topic", "customers.registrations"), header("partition", "2"), header("offset", "17"),
 *   header("connector.name", "telesales"), header("stage", "TRANSFORMATION"),
 *   header("exception.class.name", "org.apache.kafka.connect.errors.DataException"),
 * ];
 * const place = { topic: "telesales.dlq", partition: 0, offset: 0n, timestamp: 5, timestampType: "CreateTime" as const };
 * const letter = readDeadLetter({ ...place, key: null, value: null, headers });
 * if (letter?.offset !== 17n || letter.rule !== "DataException") throw new Error("coordinates are in the headers");
 * ```
 */
export function readDeadLetter(record: ConsumerRecord): DeadLetter | null {
  const header = (name: string) => headerText(record, name);
  const [topic, partition, offset] = [header("topic"), header("partition"), header("offset")];
  const connector = nameOf(header("connector.name"));
  if (!topicName.test(topic) || !number.test(partition) || !number.test(offset) || connector === null) {
    return null;
  }
  const isRaw = record.headers.some(({ key }) => key === `${headerPrefix}exception.message`);
  const { rule, field, isErasure } = isRaw ? unknownReason : reasonIn(record);
  return {
    connector,
    at: { topic, partition: Number(partition) },
    offset: BigInt(offset),
    stage: wordOf(header("stage")) ?? "-",
    rule: wordOf(rule) ?? lastPart(wordOf(header("exception.class.name")) ?? "-"),
    field: nameOf(field),
    ...(isErasure ? { isErasure } : {}),
    writtenAt: record.timestamp,
  };
}

interface Reason {
  readonly rule: unknown;
  readonly field: unknown;
  readonly isErasure: boolean;
}

/** The value of a raw letter is the record's own, so it isn't parsed. */
const unknownReason: Reason = { rule: null, field: null, isErasure: false };

/** Rule and field of the default form. */
function reasonIn({ value }: ConsumerRecord): Reason {
  if (value === null) return unknownReason;
  try {
    const form: unknown = JSON.parse(decoder.decode(value));
    if (typeof form !== "object" || form === null || !("config_hash" in form)) return unknownReason;
    const isErasure = Reflect.get(form, "erasure_not_done") === true;
    return { rule: Reflect.get(form, "rule"), field: Reflect.get(form, "field"), isErasure };
  } catch (error) {
    if (error instanceof SyntaxError) return unknownReason;
    throw error;
  }
}

/** The last header wins, because context headers follow those of the record. */
function headerText({ headers }: ConsumerRecord, name: string): string {
  const value = headers.findLast(({ key }) => key === headerPrefix + name)?.value;
  return value === undefined || value === null ? "" : decoder.decode(value);
}

function wordOf(text: unknown): string | null {
  return typeof text === "string" && word.test(text) ? text : null;
}

function nameOf(text: unknown): string | null {
  if (typeof text !== "string" || text === "" || text.length > nameCharactersMax) return null;
  return controlCharacter.test(text) ? null : text;
}

function lastPart(className: string): string {
  return className.slice(className.lastIndexOf(".") + 1);
}
