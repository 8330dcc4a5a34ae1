import assert from "node:assert/strict";
import { readSnappy } from "../../../../connect/kafka/codecs.ts";
import { readLz4Frame } from "../../../../connect/kafka/lz4_frame.ts";

// A stand-in that copies: what is tested is the frame around the blocks.
const copyBlock = (from: Uint8Array, into: Uint8Array, start: number, length: number, at: number) => {
  into.set(from.subarray(start, start + length), at);
  return at + length;
};
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const ascii = (of: string) => [...new TextEncoder().encode(of)];
const frame = (flags: number, ...rest: number[]) =>
  Uint8Array.from([[0x04, 0x22, 0x4d, 0x18, flags, 0x40], rest].flat());

Deno.test("readLz4Frame() reads packed and plain blocks, with block checksums and a content size", () => {
  const blocks = [...[3, 0, 0, 0], ...ascii("abc"), ...[1, 1, 1, 1], ...[2, 0, 0, 0x80], ...ascii("de"), ...[
    2,
    2,
    2,
    2,
  ]];
  const size = [5, 0, 0, 0, 0, 0, 0, 0];
  const bytes = frame(0x40 | 0x20 | 0x10 | 0x08, ...size, 0, ...blocks, 0, 0, 0, 0);
  assert.equal(text(readLz4Frame(bytes, copyBlock, 1 << 20)), "abcde");
});

Deno.test("readLz4Frame() grows for more blocks than it made room for, up to its limit", () => {
  const block = [...[0, 0x80, 0, 0], ...ascii("x".repeat(0x8000))];
  const header = [...frame(0x60, 0)];
  const bytes = Uint8Array.from([header, block, block, block, block, block, [0, 0, 0, 0]].flat());
  assert.equal(readLz4Frame(bytes, copyBlock, 1 << 20).length, 5 * 0x8000);
  assert.throws(() => readLz4Frame(bytes, copyBlock, 0x10000), /more than 65536 bytes/);
});

Deno.test("readLz4Frame() refuses what isn't a frame it can read", () => {
  assert.throws(
    () => readLz4Frame(Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]), copyBlock, 9),
    /not an LZ4 frame/,
  );
  assert.throws(() => readLz4Frame(frame(0x00, 0), copyBlock, 9), /another version/);
  assert.throws(() => readLz4Frame(frame(0x41, 0), copyBlock, 9), /dictionary/);
  assert.throws(() => readLz4Frame(frame(0x60, 0, 200, 0, 0, 0), copyBlock, 1 << 20), RangeError);
});

Deno.test("readSnappy() joins the blocks of Java's framing, and takes anything else for one bare block", () => {
  const same = (bytes: Uint8Array) => bytes;
  const magic = [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00];
  const header = [...magic, 0, 0, 0, 1, 0, 0, 0, 1];
  const framed = Uint8Array.from([
    ...header,
    ...[0, 0, 0, 2],
    ...ascii("ab"),
    ...[0, 0, 0, 1],
    ...ascii("c"),
  ]);
  assert.equal(text(readSnappy(framed, same)), "abc");
  assert.equal(text(readSnappy(Uint8Array.from(ascii("bare")), same)), "bare");
  assert.throws(() => readSnappy(Uint8Array.from([...header, 0, 0, 0, 9, 1]), same), /longer than its batch/);
});
