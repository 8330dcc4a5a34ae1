import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { partitionOfKey } from "../../../../connect/kafka/producer.ts";

/** What `Utils.murmur2` of Kafka's Java client makes of them. (`UtilsTest.testMurmur2`) */
const hashes: Readonly<Record<string, number>> = {
  "21": -973932308,
  "foobar": -790332482,
  "a-little-bit-long-string": -985981536,
  "a-little-bit-longer-string": -1486304829,
  "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
  "abc": 479470107,
};

for (const [key, hash] of Object.entries(hashes)) {
  Deno.test(`the key ${key} goes to the partition that Java's producer sends it to`, () => {
    for (const partitions of [1, 3, 12, 2 ** 31 - 1]) {
      assert.equal(partitionOfKey(Buffer.from(key), partitions), (hash & 0x7fffffff) % partitions);
    }
  });
}
