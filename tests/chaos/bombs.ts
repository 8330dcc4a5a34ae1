/** Sends batches that unpack to gigabytes, in each compression, to a worker of 200 MiB. @module */

import { constants } from "node:zlib";
import { createTopics } from "../../sandbox/kafka/kafka_client.ts";
import { startKafka } from "../../sandbox/kafka/kafka.ts";
import { makeOwnedFolder } from "../../sandbox/owned_folder.ts";
import { type BombPartition, line, runBombs } from "../support/kafka/bomb_run.ts";

const memoryMiB = 200;
const million = 1_000_000;
const bytes = new Uint8Array([0x61]);
/** The largest window allowed for a batch that unpacks to much. */
const largestWindow = { [constants.ZSTD_c_windowLog]: 23 };

const single: BombPartition = [
  ...[400, 600].flatMap((size) => [
    { codec: "zstd" as const, records: [{ value: size * million }] },
    { codec: "gzip" as const, records: [{ value: size * million }] },
    {
      codec: "zstd" as const,
      records: [line(`before-zstd-${size}`), { value: size * million }, line(`zstd-${size}`)],
    },
    {
      codec: "gzip" as const,
      records: [line(`before-gzip-${size}`), { value: size * million }, line(`gzip-${size}`)],
    },
  ]),
  { codec: "lz4", records: [{ value: 200 * million }, line("lz4")] },
  { codec: "zstd", records: [{ key: 600 * million, value: bytes }, line("key")] },
  { codec: "gzip", records: [{ value: bytes, header: 400 * million }, line("header")] },
];
const tooLarge = { single: 11, each: 2 };

const each = (partition: number): BombPartition => [
  { codec: "zstd", params: largestWindow, records: [{ value: 100 * million }, line(`zstd-${partition}`)] },
  { codec: "gzip", records: [{ value: 60 * million }, line(`gzip-${partition}`)] },
];

/** Runs it on its own Kafka; returns whether all is as promised. */
export async function bombs(): Promise<boolean> {
  await using owner = await makeOwnedFolder();
  const { bootstrap } = await startKafka({ owner });
  const many = Array.from({ length: 8 }, (_, partition) => each(partition));
  const runs = [
    { name: "one partition", partitions: [single], tasks: 1, lines: 11, letters: tooLarge.single },
    { name: "8 partitions, 1 task", partitions: many, tasks: 1, lines: 16, letters: 16 },
    { name: "8 partitions, 4 tasks", partitions: many, tasks: 4, lines: 16, letters: 16 },
  ];
  let wrong = 0;
  for (const [index, { name, partitions, tasks, lines, letters }] of runs.entries()) {
    const [topic = "", flowTopic = "", deadLetterTopic = ""] = ["evil", "flow", "dlq"].map((of) =>
      `${of}-${index}`
    );
    await createTopics(bootstrap, [topic, flowTopic, deadLetterTopic], partitions.length);
    const outcome = await runBombs({
      ...{ bootstrap, topic, flowTopic, deadLetterTopic, partitions, tasks, memoryMiB },
    });
    const isRight = outcome.lines.length === lines && outcome.letters.length === letters &&
      outcome.letters.every((letter) => letter.endsWith("value_too_large")) && outcome.killed === 0;
    if (!isRight) wrong++;
    console.log(
      `${name}: ${outcome.lines.length} of ${lines} lines, ${outcome.letters.length} of ${letters} dead letters, ` +
        `at most ${outcome.peakMiB.toFixed(0)} MiB, killed ${outcome.killed} times`,
    );
  }
  return wrong === 0;
}
