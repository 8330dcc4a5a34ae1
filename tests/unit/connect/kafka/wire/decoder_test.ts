import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { newEncoder } from "../../../../../connect/kafka/wire/kafkajs_internals.ts";
import { asBuffer } from "../../../../../connect/kafka/wire/protocol/api.ts";
import { Decoder } from "../../../../../connect/kafka/wire/protocol/decoder.ts";

const written = fc.record({
  small: fc.integer({ min: -128, max: 127 }),
  short: fc.integer({ min: -32768, max: 32767 }),
  integer: fc.integer(),
  long: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  truth: fc.boolean(),
  text: fc.option(fc.string({ unit: "grapheme" })),
  bytes: fc.option(fc.uint8Array()),
  list: fc.array(fc.integer()),
  rest: fc.uint8Array(),
});

Deno.test("what was written is read again, and no shorter answer is taken for it", () => {
  fc.assert(fc.property(written, (values) => {
    const encoder = newEncoder().writeInt8(values.small).writeInt16(values.short).writeInt32(values.integer)
      .writeInt64(values.long).writeBoolean(values.truth).writeString(values.text)
      .writeBytes(values.bytes === null ? null : asBuffer(values.bytes)).writeInt32(values.list.length);
    for (const value of values.list) encoder.writeInt32(value);
    const fixedBytes = encoder.buffer.length;
    const all = encoder.writeBuffer(asBuffer(values.rest)).buffer;
    const read = (bytes: Buffer) => {
      const from = new Decoder(bytes);
      return {
        small: from.readInt8(),
        short: from.readInt16(),
        integer: from.readInt32(),
        long: from.readInt64(),
        truth: from.readBoolean(),
        text: from.readString(),
        bytes: from.readBytes(),
        list: from.readArray((d) => d.readInt32()),
        rest: from.readAll(),
      };
    };
    const { bytes, rest, ...others } = read(all);
    const { bytes: bytesWritten, rest: restWritten, ...othersWritten } = values;
    assert.deepEqual(others, othersWritten);
    assert.deepEqual(bytes === null ? null : new Uint8Array(bytes), bytesWritten);
    assert.deepEqual(new Uint8Array(rest), restWritten);
    for (let length = 0; length < fixedBytes; length++) {
      assert.throws(() => read(all.subarray(0, length)), RangeError);
    }
  }));
});

Deno.test("a list that says it is longer than the answer takes no memory", () => {
  const from = new Decoder(newEncoder().writeInt32(2 ** 31 - 1).buffer);
  assert.throws(() => from.readArray((d) => d.readInt8()), /a list of 2147483647 entries in 0 bytes/);
});
