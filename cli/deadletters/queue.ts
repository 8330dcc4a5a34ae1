/** The dead letters of a connector as its queue's topic has them now. @module */

import type { Admin } from "../../connect/api/ports.ts";
import type { TopicPartition } from "../../connect/api/record.ts";
import { type DeadLetter, readDeadLetter } from "../../connect/errors/dead_letter_reader.ts";
import type { PartitionReader } from "../../connect/kafka/fetch/partition_reader.ts";

/** Records whose dead letters are kept, at most: what is known of one takes some 300 bytes. */
const lettersMaxDefault = 1_000_000;

/** What the queue is read with. */
interface QueueSource {
  readonly topic: string;
  /** Others may use the same topic. */
  readonly connector: string;
  readonly admin: Admin;
  readonly reader: Pick<PartitionReader, "read">;
  /** Only records whose last letter has this rule; absent = all. */
  readonly rule?: string;
  /** Records whose letters are kept, those written last of each partition; absent = a million. */
  readonly lettersMax?: number;
}

/** What was found. */
export interface DeadLetterQueueContent {
  /** One for each refused record, the last one written, by topic, partition and offset. */
  readonly letters: readonly DeadLetter[];
  /** Records of the topic that are no dead letters with coordinates. */
  readonly unreadable: number;
  /** Letters left out, since those of so many records came behind them. */
  readonly leftOut: number;
}

/** Reads the whole topic; null where there is none. */
export async function openDeadLetterQueue(source: QueueSource): Promise<DeadLetterQueueContent | null> {
  const { topic, admin } = source;
  const partitions = (await admin.describeTopics([topic])).get(topic);
  if (partitions === undefined) return null;
  const found: Found = { letters: new Map<string, DeadLetter>(), unreadable: 0, leftOut: 0 };
  const lettersMax = Math.ceil((source.lettersMax ?? lettersMaxDefault) / partitions.length);
  const places = partitions.map((partition) => ({ topic, partition }));
  const bounds = await admin.logBounds(places);
  for (const at of places) {
    const { start, end } = bounds.get(at) ?? { start: 0n, end: 0n };
    const own: Found = { letters: new Map<string, DeadLetter>(), unreadable: 0, leftOut: 0 };
    await readPartition({ ...source, lettersMax }, at, { start, end }, own);
    found.unreadable += own.unreadable;
    found.leftOut += own.leftOut;
    for (const [place, letter] of own.letters) found.letters.set(place, letter);
  }
  const { letters, unreadable, leftOut } = found;
  return { letters: [...letters.values()].toSorted(byPlace), unreadable, leftOut };
}

interface Found {
  readonly letters: Map<string, DeadLetter>;
  unreadable: number;
  leftOut: number;
}

async function readPartition(
  source: QueueSource & { readonly lettersMax: number },
  at: TopicPartition,
  { start, end }: { readonly start: bigint; readonly end: bigint },
  found: Found,
): Promise<void> {
  const { connector, reader } = source;
  for (let from = start; from < end;) {
    const fetched = await reader.read(at, from);
    if (fetched === null || fetched.next === from) return; // the rest went by retention, or isn't committed yet
    for (const record of fetched.records) {
      const letter = readDeadLetter(record);
      if (letter === null) found.unreadable += 1;
      else if (letter.connector === connector) addLetter(letter, found, source);
    }
    from = fetched.next;
  }
}

/** A login that may write to the queue can fill it with letters of records that never were: the newest ones are kept. */
function addLetter(
  letter: DeadLetter,
  found: Found,
  { rule, lettersMax }: { readonly rule?: string; readonly lettersMax: number },
): void {
  const { letters } = found;
  const place = placeText(letter);
  letters.delete(place); // the last letter of a record counts, and tells how new it is
  if (rule === undefined || letter.rule === rule) letters.set(place, letter);
  if (letters.size <= lettersMax) return;
  found.leftOut += 1;
  for (const oldest of letters.keys()) {
    letters.delete(oldest);
    break;
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
