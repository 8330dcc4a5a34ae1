import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { constants, zstdCompressSync } from "node:zlib";
import { wholeBytesMax } from "../../../../../connect/kafka/batches/piece_source.ts";
import { requireCodec, unpack } from "../../../../../connect/kafka/batches/codecs.ts";
import { fuzzCodecs, markerBytes, showsMarker, unpackedBytes } from "../../../../support/kafka/codec_fuzz.ts";
import { lz4Block, lz4Frame, packWith, varint } from "../../../../support/kafka/packed_bytes.ts";
import { joined } from "../../../../support/kafka/raw_batch.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const ascii = (of: string) => [...new TextEncoder().encode(of)];
const frame = (flags: number, ...rest: number[]) =>
  Uint8Array.from([[0x04, 0x22, 0x4d, 0x18, flags, 0x40], rest].flat());
const bytesMax = 8 * 1024 * 1024;
const unpackLz4 = (bytes: Uint8Array) => unpackedBytes(3, bytes, bytesMax);
const unpackSnappy = (bytes: Uint8Array) => unpackedBytes(2, bytes, bytesMax);

Deno.test("a match at offset 0 of LZ4 is corrupt, and shows nothing of a batch that was read before", () => {
  const victim = ascii("customers: cpf=123.456.789-09 card=4111111111111111 and so on");
  const victims = lz4Frame([Uint8Array.of(0xf0, victim.length - 15, ...victim)]);
  const atZero = [0x1f, 0x78, 0x00, 0x00, 30 - 4 - 15, 0x50, ...ascii("eeeee")];
  const withoutLiterals = [0x0f, 0x00, 0x00, 11, 0x50, ...ascii("eeeee")];
  const good = [0x50, ...ascii("eeeee")];
  for (const evil of [[atZero], [withoutLiterals], [good, atZero], [good, withoutLiterals]]) {
    assert.equal(text(unpackLz4(victims)), text(Uint8Array.from(victim)));
    const bytes = lz4Frame(evil.map((block) => Uint8Array.from(block)));
    assert.throws(() => unpackLz4(bytes), /^RangeError: a match from outside the frame$/);
  }
});

Deno.test("a match of LZ4 reaches back to its frame's begin, in a frame of independent blocks to its block's", () => {
  const first = Uint8Array.of(0x50, ...ascii("abcde"));
  const back = (offset: number) => Uint8Array.of(0x01, offset, 0, 0x10, ...ascii("z"));
  assert.equal(text(unpackLz4(lz4Frame([first, back(5)]))), "abcdeabcdez");
  assert.throws(() => unpackLz4(lz4Frame([first, back(6)])), /a match from outside the frame/);
  assert.throws(() => unpackLz4(lz4Frame([first, back(5)], 0x60)), /a match from outside the frame/);
});

Deno.test("LZ4 refuses lengths that its block doesn't hold, or that are more than a block may have", () => {
  const refused: readonly (readonly [readonly number[], RegExp])[] = [
    [[0x40, 1, 2], /more literals than the block has/],
    [[0xf0, 0xff], /a length that continues after its block/],
    [[0x10, 1, 1], /a match without an offset/],
    [[0x1f, 1, 1, 0, 0xff], /a length that continues after its block/],
    [[0x1f, 1, 1, 0, ...new Array(400).fill(0xff), 0, 0x00], /a block of more than 65536 bytes/],
    [[0x10, 1, 1, 0], /a block without an end/],
  ];
  for (const [block, problem] of refused) {
    assert.throws(
      () => unpackLz4(lz4Frame([Uint8Array.from(block)])),
      problem,
    );
  }
});

Deno.test("snappy refuses a copy from outside its block, and lengths that aren't so", () => {
  const refused: readonly (readonly [readonly number[], RegExp])[] = [
    [[], /not a snappy block/],
    [[0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0], /not a snappy block/],
    [[8, 0x01, 0], /a copy from outside the block/],
    [[8, 0x00, 0x78, 0x01, 0], /a copy from outside the block/],
    [[8, 0x00, 0x78, 0x01, 2], /a copy from outside the block/],
    [[5, 0x00, 0x78, 0x03, 0, 0, 0, 0x80], /a copy from outside the block/],
    [[8, 0x00, 0x78, 0x01], /a number that continues after its block/],
    [[8, 0x1c, 1, 2], /more literals than the block has/],
    [[8, 0xfc, 0xfa, 0xff, 0xff, 0xff, 1, 2, 3, 4, 5, 6], /more literals than the block has/],
    [[2, 0x00, 0x78, 0x01, 1], /unpacks to more than it says/],
    [[9, 0x00, 0x78, 0x01, 1], /unpacks to less than it says/],
    [[0xff, 0xff, 0xff, 0xff, 0x0f, 0x00, 0x78], /says it unpacks to more than it can/],
  ];
  for (const [block, problem] of refused) {
    assert.throws(() => unpackSnappy(Uint8Array.from(block)), problem, String(block));
  }
});

Deno.test("the codecs unpack what clients pack", () => {
  const repeated = Uint8Array.from(Array.from({ length: 9_000 }, (_, n) => ascii(`line ${n % 97},`)).flat());
  const short = Uint8Array.from(ascii("abc"));
  for (const bytes of [repeated, short, markerBytes(70_000), new Uint8Array(60_000)]) {
    assert.deepEqual(unpackSnappy(packWith("snappy", bytes)), bytes);
    const blocks = Array.from(
      { length: Math.ceil(bytes.length / 65_536) },
      (_, n) => lz4Block(bytes.slice(n * 65_536, (n + 1) * 65_536)),
    );
    assert.deepEqual(unpackLz4(lz4Frame(blocks, 0x60)), bytes);
  }
});

Deno.test("no fuzzed input gets a byte of another batch into a record, and all agree on what is corrupt", () => {
  assert.ok(showsMarker(markerBytes(9)), "the search finds what it's for");
  const { read, refused, problems } = fuzzCodecs({ inputs: 4_000, seed: 20261130 });
  assert.deepEqual(problems, []);
  assert.ok(read > 200 && refused > 2_000, `${read} were read, ${refused} refused`);
});

Deno.test("LZ4 is read in packed and plain blocks, with block checksums and a content size", () => {
  const packed = [...[4, 0, 0, 0], 0x30, ...ascii("abc"), ...[1, 1, 1, 1]];
  const plain = [...[2, 0, 0, 0x80], ...ascii("de"), ...[2, 2, 2, 2]];
  const size = [5, 0, 0, 0, 0, 0, 0, 0];
  const bytes = frame(0x40 | 0x20 | 0x10 | 0x08, ...size, 0, ...packed, ...plain, 0, 0, 0, 0);
  assert.equal(text(unpackLz4(bytes)), "abcde");
});

Deno.test("a frame of few blocks of LZ4 is read whole, one of many in pieces, with the bytes that they stand for", () => {
  const blockBytes = 0x8000;
  for (const count of [5, 63, 64, 65, 200]) {
    const blocks: Uint8Array[] = [];
    const expected = new Uint8Array(count * blockBytes);
    for (let n = 0; n < count; n++) {
      const at = n * blockBytes;
      if (n % 3 === 0) {
        blocks.push(Uint8Array.of(0, 0x80, 0, 0x80), new Uint8Array(blockBytes).fill(n));
        expected.fill(n, at, at + blockBytes);
      } else { // repeats the byte in front of it, and ends with one of its own
        const length = [...new Array(128).fill(0xff), 108];
        blocks.push(Uint8Array.of(134, 0, 0, 0, 0x0f, 1, 0, ...length, 0x10, n));
        expected.fill(expected[at - 1] ?? 0, at, at + blockBytes - 1);
        expected[at + blockBytes - 1] = n;
      }
    }
    const header = Uint8Array.of(0x04, 0x22, 0x4d, 0x18, 0x40, 0x40, 0);
    const unpacked = unpackLz4(joined([header, ...blocks, new Uint8Array(4)]));
    assert.ok(Buffer.compare(unpacked, expected) === 0, `${count} blocks`);
  }
});

Deno.test("a snappy block of many bytes is read in pieces, with the bytes that it stands for", () => {
  const seed = Uint8Array.from({ length: 100_003 }, (_, n) => (n * n) >> 3);
  const many = joined(Array.from({ length: 60 }, (_, n) => seed.subarray(n)));
  assert.ok(Buffer.compare(unpackSnappy(packWith("snappy", many)), many) === 0);
  const literal = new Uint8Array(5_000_000).fill(7); // one literal, longer than a piece
  const length = [0x3f, 0x4b, 0x4c]; // of 4,999,999 and one more
  const block = joined([Uint8Array.of(...varint(literal.length), 62 << 2, ...length), literal]);
  assert.ok(Buffer.compare(unpackSnappy(block), literal) === 0);
  assert.throws(() => unpackSnappy(block.subarray(0, 4_000_000)), RangeError);
  assert.throws(() => unpackSnappy(joined([block, Uint8Array.of(0, 1)])), /more than it says/);
});

Deno.test("gzip and zstd are read whole or in pieces, with the bytes that were packed", () => {
  for (const [number, codec] of [[1, "gzip"], [4, "zstd"]] as const) {
    for (
      const size of [
        0,
        1,
        16_383,
        16_384,
        100_000,
        wholeBytesMax - 1,
        wholeBytesMax,
        wholeBytesMax + 1,
        5_000_000,
      ]
    ) {
      const bytes = Uint8Array.from({ length: size }, (_, n) => (n * 7 + (n >> 9)) % 251);
      const packed = packWith(codec, bytes);
      assert.ok(
        Buffer.compare(unpackedBytes(number, packed, bytesMax), bytes) === 0,
        `${codec}, ${size} bytes`,
      );
      assert.throws(
        () => unpackedBytes(number, Uint8Array.of(1, ...packed.subarray(1)), bytesMax),
        RangeError,
      );
    }
  }
});

Deno.test("a zstd window is no larger than its limit where a batch unpacks to much", () => {
  const size = 40_000_000;
  const params = { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_windowLog]: 27 };
  const large = (bytes: number) =>
    new Uint8Array(zstdCompressSync(new Uint8Array(bytes + (1 << 26)), { params }));
  const bytes = unpack(4, large(size));
  const piece = new Uint8Array(1024 * 1024);
  assert.throws(() => {
    while (bytes.rest?.fill(piece, 0) === piece.length);
  }, /its window has more than 8388608 bytes, and it unpacks to more than 16777216/);
  bytes.rest?.close();
});

Deno.test("LZ4 refuses what isn't a frame it can read", () => {
  assert.throws(() => unpackLz4(Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8])), /not an LZ4 frame/);
  assert.throws(() => unpackLz4(frame(0x00, 0)), /another version/);
  assert.throws(() => unpackLz4(frame(0x41, 0)), /dictionary/);
  assert.throws(() => unpackLz4(frame(0x60, 0, 200, 0, 0, 0)), RangeError);
  assert.throws(() => unpackLz4(frame(0x60, 0)), RangeError);
});

Deno.test("snappy joins the blocks of Java's framing, and takes anything else for one bare block", () => {
  const magic = [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00];
  const header = [...magic, 0, 0, 0, 1, 0, 0, 0, 1];
  const ab = [0, 0, 0, 4, 2, 0x04, ...ascii("ab")];
  const c = [0, 0, 0, 3, 1, 0x00, ...ascii("c")];
  assert.equal(text(unpackSnappy(Uint8Array.from([...header, ...ab, ...c]))), "abc");
  assert.equal(text(unpackSnappy(Uint8Array.from([5, 0x10, ...ascii("bare!")]))), "bare!");
  assert.throws(() => unpackSnappy(Uint8Array.from([...header, 0, 0, 0, 9, 1])), /longer than its batch/);
  const back = [0, 0, 0, 5, 5, 0x00, ...ascii("d"), 0x01, 2];
  assert.throws(
    () => unpackSnappy(Uint8Array.from([...header, ...ab, ...back])),
    /a copy from outside the block/,
  );
});

Deno.test("requireCodec() names a compression that it doesn't know", () => {
  assert.throws(
    () => requireCodec(6),
    /its compression is number 6, expected one of none, gzip, snappy, lz4, zstd/,
  );
});
