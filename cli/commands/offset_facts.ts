import type { Admin } from "../../connect/api/ports.ts";
import { ConnectException } from "../../connect/api/exceptions.ts";
import { type OffsetMap, PartitionMap, type TopicPartition } from "../../connect/api/record.ts";
import type { Props } from "../../connect/api/sink_task.ts";
import { connectorClientProperties } from "../../connect/config/client_overrides.ts";
import { createPartitionReader } from "../../connect/kafka/mod.ts";
import type { PartitionReader } from "../../connect/kafka/fetch/partition_reader.ts";
import { databaseOf, partitionsInKafka } from "../../sinks/sql/database.ts";
import { tableLines } from "../output.ts";
import { systemTime } from "../process/system_time.ts";
import type { CheckedConnector, Prepared } from "../prepare.ts";

interface OffsetFact {
  readonly topic: string;
  readonly partition: number;
  /** Next offset in the sink's own table. */
  readonly database: bigint | null;
  /** Committed offset of the group. */
  readonly kafka: bigint | null;
  readonly logStart: bigint | null;
  readonly logEnd: bigint | null;
  /** Records still to read; null if unknown. */
  readonly lag: bigint | null;
}

type LagReader = Pick<PartitionReader, "read">;

/** Most fetches per partition; later offsets count as a record each. */
const fetchesMax = 4;

/** Reads a connector's offsets from the database, Kafka's group and the log. */
export async function readOffsetFacts(
  prepared: Prepared,
  connector: CheckedConnector,
): Promise<readonly OffsetFact[]> {
  const { kafka: clients, settings, herder, resolve, logger } = prepared.composed;
  const { props } = await resolve(connector.props);
  const services = { time: systemTime, logger, currentWorker: () => Promise.resolve(settings) };
  const reader = createPartitionReader(settings, services, {
    clientId: "sluice-offsets",
    overrides: connectorClientProperties("consumer", settings, props),
  });
  const admin = clients.admin("sluice-offsets", connectorClientProperties("admin", settings, props));
  try {
    const kafka = await herder.offsets(connector.name);
    const database = await readDatabase(connector, props, admin);
    const partitions = new PartitionMap<true>([...kafka, ...database].map(([at]) => [at, true])).keys();
    const bounds = await admin.logBounds(await partitionsInKafka(partitions, admin));
    const facts: OffsetFact[] = [];
    for (const at of partitions) {
      const [ofDatabase, ofKafka] = [database.get(at) ?? null, kafka.get(at) ?? null];
      const { start: logStart = null, end: logEnd = null } = bounds.get(at) ?? {};
      const next = ofDatabase ?? ofKafka;
      const lag = next === null || logEnd === null ? null : await recordsLeft(reader, at, { next, logEnd });
      facts.push({ ...at, database: ofDatabase, kafka: ofKafka, logStart, logEnd, lag });
    }
    return facts;
  } finally {
    reader.close();
    await admin.close();
  }
}

/**
 * Counts the records still to read. Offsets of transaction markers, aborted transactions and compacted
 * records hold none, so it reads some fetches; later offsets count as a record each.
 *
 * @example
 * ```ts
 * import { recordsLeft } from "./offset_facts.ts";
 * const marker = { read: () => Promise.resolve({ records: [], next: 4n, end: 4n }) };
 * const lag = await recordsLeft(marker, { topic: "people", partition: 0 }, { next: 3n, logEnd: 4n });
 * if (lag !== 0n) throw new Error("the marker of a transaction isn't a record");
 * ```
 */
export async function recordsLeft(
  reader: LagReader,
  at: TopicPartition,
  { next, logEnd }: { readonly next: bigint; readonly logEnd: bigint },
): Promise<bigint> {
  let [from, end, count] = [next, logEnd, 0n];
  for (let fetches = 0; fetches < fetchesMax && from < end; fetches++) {
    const found = await reader.read(at, from).catch(unreadable);
    if (found === null) break; // deleted or not authorized: count offsets
    end = found.end;
    count += BigInt(found.records.length);
    if (found.next === from) return count; // no record is there, and none will be
    from = found.next;
  }
  return count + (end > from ? end - from : 0n);
}

/** A principal that may see a topic's offsets may lack the right to read it. */
function unreadable(error: unknown): null {
  if (error instanceof ConnectException) return null;
  throw error;
}

async function readDatabase(
  { name, validation }: CheckedConnector,
  props: Props,
  admin: Admin,
): Promise<OffsetMap> {
  const database = validation === undefined ? undefined : databaseOf(validation.plugin);
  return await database?.offsets({ connectorName: name, props, admin }) ?? new PartitionMap();
}

const columns = ["TOPIC", "PARTITION", "DATABASE", "KAFKA", "LOG-START", "LOG-END", "LAG"] as const;

/** Returns the facts as a table; unknown ones are a dash. */
export function offsetLines(facts: readonly OffsetFact[]): readonly string[] {
  if (facts.length === 0) return ["No offsets: nothing was committed yet, or everything was reset"];
  const rows = facts.map(cellsOf).sort((a, b) => a.join("\0") < b.join("\0") ? -1 : 1);
  return tableLines([columns, ...rows]);
}

function cellsOf(fact: OffsetFact): readonly string[] {
  const { topic, partition, database, kafka, logStart, logEnd, lag } = fact;
  return [
    topic,
    String(partition),
    ...[database, kafka, logStart, logEnd, lag].map((value) => value?.toString() ?? "-"),
  ];
}
