import type { Admin } from "../../connect/api/ports.ts";
import type { TopicPartition } from "../../connect/api/record.ts";
import { type DeadLetter, readDeadLetter } from "../../connect/errors/dead_letter_reader.ts";
import type { PartitionReader } from "../../connect/kafka/fetch/partition_reader.ts";

/** Most records with dead letters in memory; each takes some 300 bytes. */
const lettersMaxDefault = 1_000_000;

interface QueueSource {
  readonly topic: string;
  /** Several connectors may share the topic. */
  readonly connector: string;
  readonly admin: Admin;
  readonly reader: Pick<PartitionReader, "read">;
  /** Selects records whose last letter has this rule; absent = all. */
  readonly rule?: string;
  /** Most records with letters, the newest of each partition; absent = a million. */
  readonly lettersMax?: number;
}

export interface DeadLetterQueueContent {
  /** The last letter of each rejected record, by topic, partition and offset. */
  readonly letters: readonly DeadLetter[];
  /** Records that aren't dead letters with coordinates. */
  readonly unreadable: number;
  /** Letters left out because of `lettersMax`. */
  readonly leftOut: number;
}

/** Reads the whole topic; returns null if it doesn't exist. */
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
    if (fetched === null || fetched.next === from) return; // the rest was deleted or isn't committed yet
    for (const record of fetched.records) {
      const letter = readDeadLetter(record);
      if (letter === null) found.unreadable += 1;
      else if (letter.connector === connector) addLetter(letter, found, source);
    }
    from = fetched.next;
  }
}

/** Keeps the newest letters: any program with write access could flood the queue with false ones. */
function addLetter(
  letter: DeadLetter,
  found: Found,
  { rule, lettersMax }: { readonly rule?: string; readonly lettersMax: number },
): void {
  const { letters } = found;
  const place = placeText(letter);
  letters.delete(place); // a record's last letter counts
  if (rule === undefined || letter.rule === rule) letters.set(place, letter);
  if (letters.size <= lettersMax) return;
  found.leftOut += 1;
  for (const oldest of letters.keys()) {
    letters.delete(oldest);
    break;
  }
}

export function placeText({ at, offset }: Pick<DeadLetter, "at" | "offset">): string {
  return `${at.topic}-${at.partition}@${offset}`;
}

function byPlace(a: DeadLetter, b: DeadLetter): number {
  if (a.at.topic !== b.at.topic) return a.at.topic < b.at.topic ? -1 : 1;
  if (a.at.partition !== b.at.partition) return a.at.partition - b.at.partition;
  return a.offset < b.offset ? -1 : a.offset > b.offset ? 1 : 0;
}
