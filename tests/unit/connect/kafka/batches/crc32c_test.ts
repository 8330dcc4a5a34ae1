import assert from "node:assert/strict";
import { crc32c } from "../../../../../connect/kafka/batches/crc32c.ts";

// RFC 3720 B.4
const known = [
  { bytes: new Uint8Array(32), sum: 0x8a9136aa },
  { bytes: new Uint8Array(32).fill(0xff), sum: 0x62a8ab43 },
  { bytes: Uint8Array.from({ length: 32 }, (_, n) => n), sum: 0x46dd794e },
  { bytes: Uint8Array.from({ length: 32 }, (_, n) => 31 - n), sum: 0x113fdb5c },
];

Deno.test("crc32c() gives the sums of the standard, at any place of a buffer", () => {
  for (const { bytes, sum } of known) {
    for (const before of [0, 1, 3, 8]) {
      const whole = new Uint8Array(bytes.length + before + 5).fill(9);
      whole.set(bytes, before);
      assert.equal(crc32c(new DataView(whole.buffer), before, before + bytes.length), sum);
    }
  }
});

Deno.test("crc32c() of every length is that of the definition, bit by bit", () => {
  const bytes = Uint8Array.from({ length: 4_200 }, (_, n) => (n * n * 37) >>> 3);
  for (let length = 0; length <= bytes.length; length += length < 41 ? 1 : 7) {
    assert.equal(crc32c(new DataView(bytes.buffer), 0, length), bitByBit(bytes.subarray(0, length)));
  }
});

function bitByBit(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}
