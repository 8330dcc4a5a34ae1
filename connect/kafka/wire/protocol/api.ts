/**
 * A request of Kafka's protocol in one fixed version, with its answer. Each version is the newest without flexible
 * fields: Kafka 2.4 (2019) to 4.x serve all of them. (Kafka protocol guide, KIP-896) @module
 */

import { Buffer } from "node:buffer";
import type { Encoder } from "../kafkajs_internals.ts";
import type { Decoder } from "./decoder.ts";

export interface Api<Request, Response> {
  readonly key: number;
  readonly version: number;
  readonly name: string;
  write(to: Encoder, request: Request): void;
  read(from: Decoder): Response;
}

/** Answers state how long the broker throttles the client. */
export interface Throttled {
  readonly throttleMs: number;
}

/** An answer that is only an error code. */
export interface CodeResponse extends Throttled {
  readonly code: number;
}

export function writeList<T>(to: Encoder, items: readonly T[], write: (item: T) => void): void {
  to.writeInt32(items.length);
  for (const item of items) write(item);
}

/** Writes a list; null means all. */
export function writeListOrAll<T>(to: Encoder, items: readonly T[] | null, write: (item: T) => void): void {
  if (items === null) to.writeInt32(-1);
  else writeList(to, items, write);
}

/** Returns a Buffer for the encoder, without copying. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Reads a text that is never null. */
export function readText(from: Decoder): string {
  return from.readString() ?? "";
}

/** Partitions by topic, as most requests list them. */
export interface TopicOf<P> {
  readonly topic: string;
  readonly partitions: readonly P[];
}

export function readTopics<P>(from: Decoder, readPartition: (from: Decoder) => P): readonly TopicOf<P>[] {
  return from.readArray((d) => ({ topic: readText(d), partitions: d.readArray(readPartition) }));
}

export function writeTopics<P>(
  to: Encoder,
  topics: readonly TopicOf<P>[],
  write: (partition: P) => void,
): void {
  writeList(to, topics, ({ topic, partitions }) => {
    to.writeString(topic);
    writeList(to, partitions, write);
  });
}

/** Groups a flat list by topic and keeps its order. */
export function byTopic<T extends { readonly topic: string }>(items: Iterable<T>): readonly TopicOf<T>[] {
  const topics = new Map<string, T[]>();
  for (const item of items) {
    const known = topics.get(item.topic);
    if (known === undefined) topics.set(item.topic, [item]);
    else known.push(item);
  }
  return [...topics].map(([topic, partitions]) => ({ topic, partitions }));
}
