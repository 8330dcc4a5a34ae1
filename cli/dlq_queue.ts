/** The dead letters of a connector as its queue's topic has them now. @module */

import { ConnectException } from "../connect/api/exceptions.ts";
import type { Admin } from "../connect/api/ports.ts";
import type { TopicPartition } from "../connect/api/record.ts";
import { type DeadLetter, readDeadLetter } from "../connect/errors/dead_letter_reader.ts";
import type { PartitionReader } from "../connect/kafka/partition_reader.ts";

/** Different records with dead letters, at most: what is known of one takes some 300 bytes. */
export const lettersMax = 1_000_000;

/** What the queue is read with. */
export interface QueueSource {
  readonly topic: string;
  /** Others may use the same topic. */
  readonly connector: string;
  readonly admin: Admin;
  readonly reader: Pick<PartitionReader, "read">;
}

/** What was found. */
export interface DeadLetterQueueContent {
  /** One for each refused record, the last one written, by topic, partition and offset. */
  readonly letters: readonly DeadLetter[];
  /** Records of the topic that are no dead letters with coordinates. */
  readonly unreadable: number;
}

/** Reads the whole topic; null where there is none. */
export async function openDeadLetterQueue(source: QueueSource): Promise<DeadLetterQueueContent | null> {
  const { topic, admin } = source;
  const partitions = (await admin.describeTopics([topic])).get(topic);
  if (partitions === undefined) return null;
  const found = { letters: new Map<string, DeadLetter>(), unreadable: 0 };
  const places = partitions.map((partition) => ({ topic, partition }));
  const bounds = await admin.logBounds(places);
  for (const at of places) {
    const { start, end } = bounds.get(at) ?? { start: 0n, end: 0n };
    await readPartition(source, at, { start, end }, found);
  }
  return { letters: [...found.letters.values()].toSorted(byPlace), unreadable: found.unreadable };
}

async function readPartition(
  { connector, reader }: QueueSource,
  at: TopicPartition,
  { start, end }: { readonly start: bigint; readonly end: bigint },
  found: { readonly letters: Map<string, DeadLetter>; unreadable: number },
): Promise<void> {
  for (let from = start; from < end;) {
    const fetched = await reader.read(at, from);
    if (fetched === null || fetched.next === from) return; // the rest went by retention, or isn't committed yet
    for (const record of fetched.records) {
      const letter = readDeadLetter(record);
      if (letter === null) found.unreadable += 1;
      else if (letter.connector === connector) found.letters.set(placeText(letter), letter);
    }
    if (found.letters.size > lettersMax) {
      throw new ConnectException(`Cannot read dead letters: more than ${lettersMax} records have one`);
    }
    from = fetched.next;
  }
}

/** Coordinates as people write them. */
export function placeText({ at, offset }: Pick<DeadLetter, "at" | "offset">): string {
  return `${at.topic}-${at.partition}@${offset}`;
}

function byPlace(a: DeadLetter, b: DeadLetter): number {
  if (a.at.topic !== b.at.topic) return a.at.topic < b.at.topic ? -1 : 1;
  if (a.at.partition !== b.at.partition) return a.at.partition - b.at.partition;
  return a.offset < b.offset ? -1 : a.offset > b.offset ? 1 : 0;
}
