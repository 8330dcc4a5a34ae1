import assert from "node:assert/strict";
import { FramePool } from "../../../../../connect/kafka/wire/frame_pool.ts";
import { FrameReader } from "../../../../../connect/kafka/wire/frame_reader.ts";
import { Random } from "../../../../support/random.ts";

Deno.test("FrameReader puts answers together however they arrive", () => {
  const sent = ["a", "bcd", "e".repeat(1000)];
  const wire = Uint8Array.from(
    sent.flatMap((text) => [...lengthOf(text.length), ...new TextEncoder().encode(text)]),
  );
  for (const step of [1, 2, 3, 5, 7, 100, wire.length]) {
    const frames: string[] = [];
    const reader = new FrameReader(new FramePool(0), (frame) => frames.push(new TextDecoder().decode(frame)));
    const chunk = new Uint8Array(step);
    for (let at = 0; at < wire.length; at += step) {
      const part = wire.subarray(at, at + step);
      chunk.set(part);
      reader.push(chunk.subarray(0, part.length));
      chunk.fill(0xff); // the socket's buffer is used again
    }
    assert.deepEqual(frames, sent, `in steps of ${step}`);
  }
});

Deno.test("FrameReader takes memory for a long answer as its bytes come", () => {
  const bytes = 40 * 1024 * 1024;
  const taken: number[] = [];
  class CountingPool extends FramePool {
    override take(length: number): Uint8Array<ArrayBuffer> {
      taken.push(length);
      return super.take(length);
    }
  }
  const frames: Uint8Array[] = [];
  const reader = new FrameReader(new CountingPool(0), (frame) => frames.push(frame));
  reader.push(Uint8Array.from(lengthOf(bytes)));
  assert.deepEqual(taken, [8 * 1024 * 1024]);
  const chunk = Uint8Array.from({ length: 1024 * 1024 }, (_, at) => at % 251);
  for (let at = 0; at < bytes; at += chunk.length) reader.push(chunk);
  assert.deepEqual(taken.map((length) => length / 1024 / 1024), [8, 16, 32, 40]);
  const [frame] = frames;
  assert.equal(frame?.length, bytes);
  for (let at = 0; at < bytes; at += 99_991) assert.equal(frame?.[at], (at % chunk.length) % 251);
});

Deno.test("FrameReader refuses what another kind of server says", () => {
  const reader = new FrameReader(new FramePool(0), () => {});
  const tlsAlert = Uint8Array.from([0x15, 0x03, 0x03, 0x00, 0x02]);
  assert.throws(() => reader.push(tlsAlert), /an answer of 352518912 bytes, expected at most/);
});

Deno.test("FramePool keeps no more than its limit, and empties what comes back in either case", () => {
  const pool = new FramePool(600_000);
  const [first, second] = [pool.take(300_000).buffer, pool.take(300_000).buffer];
  pool.give(first);
  pool.give(second);
  assert.ok(first.detached && second.detached);
  assert.equal(pool.take(400_000).buffer.byteLength, 524_288);
  pool.give(first);
});

Deno.test("FramePool gives small answers memory of their own, and huge memory to no small answer", () => {
  const pool = new FramePool(10_000_000);
  const small = pool.take(100).buffer;
  pool.give(small);
  assert.ok(!small.detached);
  pool.give(new ArrayBuffer(5_000_000));
  assert.ok(pool.take(100_000).buffer.byteLength < 1_000_000);
});

Deno.test("FramePool uses the same memory for answers of about 1 MiB whose batches are kept for a while", () => {
  const mebibyte = 1024 * 1024;
  const pool = new FramePool(6 * mebibyte);
  const random = new Random(20261201);
  const batches: ArrayBuffer[][] = [[], []];
  let [made, batch]: [number, ArrayBuffer[]] = [0, []];
  pool.give(new ArrayBuffer(5 * mebibyte)); // an odd one, which no other answer fits
  for (let answer = 0; answer < 1_000; answer++) {
    const frame = pool.take(mebibyte + random.integer(-100_000, 400));
    if (frame[0] === 0) made++; // new memory is zero
    frame[0] = 1;
    batch.push(frame.buffer);
    if (batch.length < 4) continue;
    batches.push(batch);
    batch = [];
    for (const buffer of batches.shift() ?? []) pool.give(buffer);
  }
  assert.ok(made <= 20, `${made} of 1000 were given new memory`);
});

function lengthOf(length: number): number[] {
  return [length >>> 24, length >>> 16, length >>> 8, length].map((byte) => byte & 0xff);
}
