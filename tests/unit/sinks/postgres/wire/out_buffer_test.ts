import assert from "node:assert/strict";
import { OutBuffer } from "../../../../../sinks/postgres/wire/out_buffer.ts";

Deno.test("numbers are in network order", () => {
  const out = new OutBuffer(1);
  out.uint8(255);
  out.int16(-2);
  out.int32(1_000_000);
  out.float64(-0.5);
  assert.equal(out.written().toHex(), "ff" + "fffe" + "000f4240" + "bfe0000000000000");
});

Deno.test("bytes of every length arrive as they are, and the buffer grows", () => {
  const source = Uint8Array.from({ length: 300 }, (_, index) => index);
  for (let length = 0; length <= 60; length++) {
    const out = new OutBuffer(1);
    out.bytes(source, 200, length);
    out.uint8(7);
    assert.deepEqual([...out.written()], [...source.subarray(200, 200 + length), 7]);
  }
});

Deno.test("text is UTF-8, with a length in front of it or a zero byte behind", () => {
  const out = new OutBuffer(4);
  const at = out.beginLength();
  out.text("Zoë 🎉\ud800");
  out.endLength(at);
  out.ascii("12.5");
  out.cstring("é");
  const utf8 = new TextEncoder().encode("Zoë 🎉\ufffd12.5é\0");
  assert.deepEqual([...out.written()], [0, 0, 0, 12, ...utf8]);
});

Deno.test("a cleared buffer is written from its beginning, and gives large memory back", () => {
  const out = new OutBuffer(8);
  out.bytes(new Uint8Array(5_000_000), 0, 5_000_000);
  out.clear();
  out.ascii("ab");
  assert.equal(out.length, 2);
  assert.equal(out.written().buffer.byteLength, 8);
});
