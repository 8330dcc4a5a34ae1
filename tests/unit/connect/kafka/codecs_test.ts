import assert from "node:assert/strict";
import { decompress, readSnappy, requireCodec } from "../../../../connect/kafka/codecs.ts";
import { readLz4Frame } from "../../../../connect/kafka/lz4_frame.ts";
import { readSnappyBlock } from "../../../../connect/kafka/snappy_block.ts";
import { fuzzCodecs, markerBytes, showsMarker } from "../../../support/codec_fuzz.ts";
import { lz4Block, lz4Frame, packWith } from "../../../support/packed_bytes.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const ascii = (of: string) => [...new TextEncoder().encode(of)];
const frame = (flags: number, ...rest: number[]) =>
  Uint8Array.from([[0x04, 0x22, 0x4d, 0x18, flags, 0x40], rest].flat());
const lz4 = 3;

Deno.test("a match at offset 0 of LZ4 is corrupt, and shows nothing of a batch that was read before", () => {
  const victim = ascii("customers: cpf=123.456.789-09 card=4111111111111111 and so on");
  const victims = lz4Frame([Uint8Array.of(0xf0, victim.length - 15, ...victim)]);
  const atZero = [0x1f, 0x78, 0x00, 0x00, 30 - 4 - 15, 0x50, ...ascii("eeeee")];
  const withoutLiterals = [0x0f, 0x00, 0x00, 11, 0x50, ...ascii("eeeee")];
  const good = [0x50, ...ascii("eeeee")];
  for (const evil of [[atZero], [withoutLiterals], [good, atZero], [good, withoutLiterals]]) {
    assert.equal(text(decompress(lz4, victims)), text(Uint8Array.from(victim)));
    const bytes = lz4Frame(evil.map((block) => Uint8Array.from(block)));
    assert.throws(() => decompress(lz4, bytes), /^RangeError: a match from outside the frame$/);
  }
});

Deno.test("a match of LZ4 reaches back to its frame's begin, in a frame of independent blocks to its block's", () => {
  const first = Uint8Array.of(0x50, ...ascii("abcde"));
  const back = (offset: number) => Uint8Array.of(0x01, offset, 0, 0x10, ...ascii("z"));
  assert.equal(text(readLz4Frame(lz4Frame([first, back(5)]), 100)), "abcdeabcdez");
  assert.throws(() => readLz4Frame(lz4Frame([first, back(6)]), 100), /a match from outside the frame/);
  assert.throws(() => readLz4Frame(lz4Frame([first, back(5)], 0x60), 100), /a match from outside the frame/);
});

Deno.test("LZ4 refuses lengths that its block doesn't hold, or that are more than a block may have", () => {
  const refused: readonly (readonly [readonly number[], RegExp])[] = [
    [[0x40, 1, 2], /more literals than the block has/],
    [[0xf0, 0xff], /a length that goes on behind its block/],
    [[0x10, 1, 1], /a match without an offset/],
    [[0x1f, 1, 1, 0, 0xff], /a length that goes on behind its block/],
    [[0x1f, 1, 1, 0, ...new Array(400).fill(0xff), 0, 0x00], /a block of more than 65536 bytes/],
    [[0x10, 1, 1, 0], /a block without an end/],
  ];
  for (const [block, problem] of refused) {
    assert.throws(
      () => readLz4Frame(lz4Frame([Uint8Array.from(block)]), 1 << 20),
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
    [[8, 0x00, 0x78, 0x01], /a number that goes on behind its block/],
    [[8, 0x1c, 1, 2], /more literals than the block has/],
    [[8, 0xfc, 0xfa, 0xff, 0xff, 0xff, 1, 2, 3, 4, 5, 6], /more literals than the block has/],
    [[2, 0x00, 0x78, 0x01, 1], /unpacks to more than it says/],
    [[9, 0x00, 0x78, 0x01, 1], /unpacks to less than it says/],
    [[0xff, 0xff, 0xff, 0xff, 0x0f, 0x00, 0x78], /says it unpacks to more than it can/],
  ];
  for (const [block, problem] of refused) {
    assert.throws(() => readSnappyBlock(Uint8Array.from(block), 1 << 20), problem, String(block));
  }
  assert.throws(() => readSnappyBlock(Uint8Array.of(3, 0x08, 1, 2, 3), 2), /more than 2 bytes/);
});

Deno.test("the codecs unpack what clients pack", () => {
  const repeated = Uint8Array.from(Array.from({ length: 9_000 }, (_, n) => ascii(`line ${n % 97},`)).flat());
  const short = Uint8Array.from(ascii("abc"));
  for (const bytes of [repeated, short, markerBytes(70_000), new Uint8Array(60_000)]) {
    assert.deepEqual(readSnappyBlock(packWith("snappy", bytes), 1 << 20), bytes);
    const blocks = Array.from(
      { length: Math.ceil(bytes.length / 65_536) },
      (_, n) => lz4Block(bytes.slice(n * 65_536, (n + 1) * 65_536)),
    );
    assert.deepEqual(readLz4Frame(lz4Frame(blocks, 0x60), 1 << 20), bytes);
  }
});

Deno.test("no fuzzed input gets a byte of another batch into a record, and all agree on what is corrupt", () => {
  assert.ok(showsMarker(markerBytes(9)), "the search finds what it's for");
  const { read, refused, problems } = fuzzCodecs({ inputs: 4_000, seed: 20261130 });
  assert.deepEqual(problems, []);
  assert.ok(read > 200 && refused > 2_000, `${read} were read, ${refused} refused`);
});

Deno.test("readLz4Frame() reads packed and plain blocks, with block checksums and a content size", () => {
  const packed = [...[4, 0, 0, 0], 0x30, ...ascii("abc"), ...[1, 1, 1, 1]];
  const plain = [...[2, 0, 0, 0x80], ...ascii("de"), ...[2, 2, 2, 2]];
  const size = [5, 0, 0, 0, 0, 0, 0, 0];
  const bytes = frame(0x40 | 0x20 | 0x10 | 0x08, ...size, 0, ...packed, ...plain, 0, 0, 0, 0);
  assert.equal(text(readLz4Frame(bytes, 1 << 20)), "abcde");
});

Deno.test("readLz4Frame() reads many blocks, up to its limit", () => {
  const block = [...[0, 0x80, 0, 0x80], ...ascii("x".repeat(0x8000))];
  const header = [...frame(0x60, 0)];
  const bytes = Uint8Array.from([header, block, block, block, block, block, [0, 0, 0, 0]].flat());
  assert.equal(readLz4Frame(bytes, 1 << 20).length, 5 * 0x8000);
  assert.throws(() => readLz4Frame(bytes, 0x10000), /more than 65536 bytes/);
});

Deno.test("readLz4Frame() refuses what isn't a frame it can read", () => {
  assert.throws(() => readLz4Frame(Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]), 9), /not an LZ4 frame/);
  assert.throws(() => readLz4Frame(frame(0x00, 0), 9), /another version/);
  assert.throws(() => readLz4Frame(frame(0x41, 0), 9), /dictionary/);
  assert.throws(() => readLz4Frame(frame(0x60, 0, 200, 0, 0, 0), 1 << 20), RangeError);
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

Deno.test("requireCodec() names a compression that it doesn't know", () => {
  assert.throws(
    () => requireCodec(6),
    /its compression is number 6, expected one of none, gzip, snappy, lz4, zstd/,
  );
});
