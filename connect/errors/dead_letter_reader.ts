/**
 * Reads dead letters back: which record each is about, and why it was refused. Every program that may write to the
 * queue's topic can put anything there, so what doesn't have the form of a name or a number is no dead letter.
 *
 * @module
 */

import type { ConsumerRecord } from "../api/ports.ts";
import type { TopicPartition } from "../api/record.ts";

/** What a dead letter says of its record; no value of it. */
export interface DeadLetter {
  readonly connector: string;
  readonly at: TopicPartition;
  readonly offset: bigint;
  readonly stage: string;
  /** The fixed word by which the failure is counted; in Connect's raw form the exception's class. */
  readonly rule: string;
  readonly field: string | null;
  /** It would have erased a person; Connect's raw form doesn't tell. */
  readonly isErasure?: true;
  /** When the letter was written, milliseconds since 1970; -1 where Kafka didn't note it. */
  readonly writtenAt: number;
}

const headerPrefix = "__connect.errors.";
const decoder = new TextDecoder();

/** As Kafka allows them. */
const topicName = /^[A-Za-z0-9._-]{1,249}$/;
const word = /^[\w.$-]{1,249}$/;
const number = /^\d{1,19}$/;
// deno-lint-ignore no-control-regex -- a terminal obeys control characters
const controlCharacter = /[\u0000-\u001f\u007f-\u009f]/;
const nameCharactersMax = 249;

/**
 * What a record of the queue's topic says; null where it is no dead letter, or one in Connect's raw form that was written
 * without `errors.deadletterqueue.context.headers.enable`, which tells no coordinates.
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

/** A raw letter's value is the record's own, and isn't looked at. */
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

/** The last one counts, as the context headers stand behind those of the record itself. */
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
