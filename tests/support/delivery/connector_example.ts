/**
 * Runs a connector's `example.json`: its records go through the connector's own converters, transformations and
 * sink into a real PostgreSQL, which its own migrations have prepared.
 *
 * An example is
 *
 * ```json
 * {
 *   "about": "what it shows",
 *   "variables": { "A_SECRET": "what ${env:A_SECRET} of connector.json stands for" },
 *   "records": [{ "topic": "t", "key": "text", "value": { "any": "JSON" }, "timestamp": 1795403128000 }],
 *   "rows": { "schema.table_or_view": [{ "column": "value" }] },
 *   "rejected": { "3": "rule" }
 * }
 * ```
 *
 * A value that is a text stands for its own bytes, null for a tombstone, an object for its JSON text (an integer beyond 2^53
 * is written within a text). The variable of `connection.url` is the test's database. A row names the columns that count;
 * the table has to hold these rows and no others. `rejected` gives the records, counted from 0, that a rule refuses.
 *
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { ConsumerRecord } from "../../../connect/api/ports.ts";
import { PartitionMap } from "../../../connect/api/record.ts";

const text = z.string().nullable();

const exampleForm = z.strictObject({
  about: z.string(),
  variables: z.record(z.string(), z.string()).default({}),
  records: z.array(z.strictObject({
    topic: z.string(),
    partition: z.int().default(0),
    timestamp: z.int().default(-1),
    key: text,
    value: z.union([text, z.record(z.string(), z.unknown()), z.array(z.unknown())]),
  })).min(1),
  rows: z.record(z.string(), z.array(z.record(z.string(), z.unknown()))),
  rejected: z.record(z.string(), z.string()).default({}),
});

export type ConnectorExample = z.output<typeof exampleForm>;

/** Reads an example; errors name the wrong part. */
export async function readExample(file: URL): Promise<ConnectorExample> {
  const parsed = exampleForm.safeParse(JSON.parse(await Deno.readTextFile(file)));
  if (parsed.success) return parsed.data;
  throw new Error(`Cannot use ${file.pathname}: ${z.prettifyError(parsed.error)}`);
}

const encoder = new TextEncoder();

export function bytesOf(part: unknown): Uint8Array | null {
  if (part === null) return null;
  return encoder.encode(typeof part === "string" ? part : JSON.stringify(part));
}

/** Returns the records as a consumer gets them: offsets count within each partition. */
export function consumedRecords({ records }: ConnectorExample): readonly ConsumerRecord[] {
  const offsets = new PartitionMap<bigint>();
  return records.map((record) => {
    const offset = offsets.get(record) ?? 0n;
    offsets.set(record, offset + 1n);
    return {
      topic: record.topic,
      partition: record.partition,
      offset,
      timestamp: record.timestamp,
      timestampType: record.timestamp < 0 ? "NoTimestampType" : "CreateTime",
      key: bytesOf(record.key),
      value: bytesOf(record.value),
      headers: [],
    };
  });
}

/**
 * Returns how a table differs from an example's rows, or undefined.
 *
 * @param found all rows of the table, as JSON objects
 */
export function rowsProblem(
  expected: readonly Readonly<Record<string, unknown>>[],
  found: readonly Readonly<Record<string, unknown>>[],
): string | undefined {
  const waiting = [...found];
  for (const row of expected) {
    const index = waiting.findIndex((candidate) =>
      Object.entries(row).every(([column, value]) => isDeepStrictEqual(candidate[column], value))
    );
    if (index < 0) return `there is no row ${JSON.stringify(row)} in ${JSON.stringify(found)}`;
    waiting.splice(index, 1);
  }
  return waiting.length === 0 ? undefined : `nobody expects ${JSON.stringify(waiting)}`;
}
