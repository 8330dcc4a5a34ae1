/** What is known of a connector's offsets: in the database, in Kafka's group and in the log. @module */

import type { Admin } from "../connect/api/ports.ts";
import { type OffsetMap, PartitionMap } from "../connect/api/record.ts";
import type { Props } from "../connect/api/sink_task.ts";
import { connectorClientProperties } from "../connect/config/client_overrides.ts";
import { partitionsInKafka, readOwnOffsets } from "../sinks/postgres/own_offsets.ts";
import { postgresSink } from "../sinks/postgres/postgres_sink.ts";
import { tableLines } from "./output.ts";
import type { CheckedConnector, Prepared } from "./prepare.ts";

/** One partition. */
export interface OffsetFact {
  readonly topic: string;
  readonly partition: number;
  /** Next offset in the sink's own table. */
  readonly database: bigint | null;
  /** Committed offset of the group. */
  readonly kafka: bigint | null;
  readonly logStart: bigint | null;
  readonly logEnd: bigint | null;
}

/** Reads all of it. */
export async function readOffsetFacts(
  prepared: Prepared,
  connector: CheckedConnector,
): Promise<readonly OffsetFact[]> {
  const { kafka: clients, settings, herder, resolve } = prepared.composed;
  const { props } = await resolve(connector.props);
  const admin = clients.admin("sluice-offsets", connectorClientProperties("admin", settings, props));
  try {
    const kafka = await herder.offsets(connector.name);
    const database = await readDatabase(connector, props, admin);
    const partitions = new PartitionMap<true>([...kafka, ...database].map(([at]) => [at, true])).keys();
    const bounds = await admin.logBounds(await partitionsInKafka(partitions, admin));
    return partitions.map((at) => ({
      ...at,
      database: database.get(at) ?? null,
      kafka: kafka.get(at) ?? null,
      logStart: bounds.get(at)?.start ?? null,
      logEnd: bounds.get(at)?.end ?? null,
    }));
  } finally {
    await admin.close();
  }
}

async function readDatabase(
  { name, validation }: CheckedConnector,
  props: Props,
  admin: Admin,
): Promise<OffsetMap> {
  if (validation?.plugin.className !== postgresSink.className) return new PartitionMap();
  return await readOwnOffsets({ connectorName: name, props, admin }) ?? new PartitionMap();
}

const columns = ["TOPIC", "PARTITION", "DATABASE", "KAFKA", "LOG-START", "LOG-END", "LAG"] as const;

/** The facts as a table for a person; what isn't there is a dash. */
export function offsetLines(facts: readonly OffsetFact[]): readonly string[] {
  if (facts.length === 0) return ["No offsets: nothing was committed yet, or everything was reset"];
  const rows = facts.map(cellsOf).sort((a, b) => a.join("\0") < b.join("\0") ? -1 : 1);
  return tableLines([columns, ...rows]);
}

function cellsOf({ topic, partition, database, kafka, logStart, logEnd }: OffsetFact): readonly string[] {
  const next = database ?? kafka;
  const lag = next === null || logEnd === null ? null : logEnd - next;
  return [
    topic,
    String(partition),
    ...[database, kafka, logStart, logEnd, lag].map((value) => value?.toString() ?? "-"),
  ];
}
