import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { Decimal } from "../../../../connect/api/decimal.ts";
import { Schema, Struct } from "../../../../connect/api/schema.ts";
import { BooleanConverter } from "../../../../connect/converters/boolean_converter.ts";
import { ByteArrayConverter } from "../../../../connect/converters/byte_array_converter.ts";
import { readBase64 } from "../../../../connect/converters/json/base64_reader.ts";
import { charsetOf } from "../../../../connect/converters/charsets.ts";
import { decodeJson } from "../../../../connect/converters/json/json_bytes.ts";
import { converterPlugins, headerConverterPlugins } from "../../../../connect/converters/mod.ts";
import { NumberConverter, numberFormats } from "../../../../connect/converters/number_converter.ts";
import { SimpleHeaderConverter } from "../../../../connect/converters/simple_header_converter.ts";
import { StringConverter, stringConverterConfig } from "../../../../connect/converters/string_converter.ts";
import { SpanArena, SpanKind } from "../../../../connect/api/spans.ts";

const strings = new StringConverter(stringConverterConfig.parse({}));
const textOf = (bytes: Uint8Array | null) => bytes === null ? null : new TextDecoder().decode(bytes);

Deno.test("StringConverter writes data as Java prints it", () => {
  const schema = new Schema("struct", {
    fields: [{ name: "id", schema: Schema.INT64 }, { name: "score", schema: Schema.FLOAT32 }, {
      name: "phone",
      schema: Schema.OPTIONAL_STRING,
    }],
  });
  const written = (value: Parameters<StringConverter["fromConnectData"]>[2], of: Schema | null = null) =>
    textOf(strings.fromConnectData("t", of, value));
  assert.equal(
    written(Struct.of(schema, { id: 7n, score: Math.fround(0.1) }), schema),
    "Struct{id=7,score=0.1}",
  );
  assert.equal(written({ a: [1n, 2.5, null] }), "{a=[1, 2.5, null]}");
  assert.equal(written(new Decimal(12n, -3)), "1.2E+4");
  assert.equal(written(new Date(-1)), "Wed Dec 31 23:59:59 UTC 1969");
});

Deno.test("StringConverter refuses a character set that nobody knows", () => {
  assert.throws(() => new StringConverter(stringConverterConfig.parse({ "converter.encoding": "EBCDIC" })), {
    name: "SerializationException",
    message: "Unsupported encoding EBCDIC",
  });
});

Deno.test("text goes through every Unicode character set and comes back", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary" }),
      fc.constantFrom("UTF-8", "UTF-16", "UTF-16BE", "utf-16le"),
      (text, name) => {
        const charset = charsetOf(name);
        assert.equal(charset.decode(charset.encode(text)), text);
      },
    ),
  );
});

Deno.test("what a character set lacks is a question mark, what it can't read a replacement character", () => {
  const latin9 = charsetOf("ISO-8859-15");
  assert.equal(latin9.decode(latin9.encode("São € 李")), "São € ?");
  assert.equal(charsetOf("US-ASCII").decode(new Uint8Array([0x61, 0xe7])), "a\ufffd");
  assert.equal(charsetOf("windows-1252").decode(new Uint8Array([0x81])), "\ufffd");
  assert.equal(textOf(charsetOf("UTF-8").encode("a\ud83d")), "a?");
  assert.equal(charsetOf("UTF-8").decode(new Uint8Array([0xed, 0xa0, 0x80])), "\ufffd");
});

Deno.test("numbers of every type come back", () => {
  const cases = [
    [numberFormats.ShortConverter, -2],
    [numberFormats.IntegerConverter, 2 ** 31 - 1],
    [numberFormats.LongConverter, -(2n ** 63n)],
    [numberFormats.FloatConverter, Math.fround(1.1)],
    [numberFormats.DoubleConverter, 5e-324],
  ] as const;
  for (const [format, value] of cases) {
    const converter = new NumberConverter(format);
    assert.equal(
      converter.toConnectData("t", converter.fromConnectData("t", format.schema, value)).value,
      value,
    );
    assert.equal(converter.toConnectData("t", null).value, null);
    assert.throws(
      () => converter.toConnectData("t", new Uint8Array(3)),
      /^DataException: Failed to deserialize/,
    );
  }
});

Deno.test("a number of another type is refused, though it would fit", () => {
  const longs = new NumberConverter(numberFormats.LongConverter);
  assert.throws(() => longs.fromConnectData("t", Schema.INT32, 5), {
    message: "Failed to serialize to long (was class java.lang.Integer): ",
  });
});

Deno.test("booleans and bytes refuse what they are not, without showing it", () => {
  assert.throws(() => new BooleanConverter().toConnectData("t", new Uint8Array([7])), (error) => {
    const { cause } = error as { cause: { message: string; connectText: string } };
    assert.equal(cause.message, "Unexpected byte received by BooleanDeserializer");
    assert.equal(cause.connectText, "Unexpected byte received by BooleanDeserializer: 7");
    return true;
  });
  assert.throws(() => new ByteArrayConverter().fromConnectData("t", null, "secret"), {
    message: "ByteArrayConverter is not compatible with objects of type class java.lang.String",
  });
});

Deno.test("SimpleHeaderConverter reads back what it wrote of plain data", () => {
  const headers = new SimpleHeaderConverter();
  for (const value of [true, 17, 300, "São Paulo", 1.5, [1, 2]]) {
    const written = headers.fromConnectHeader("t", "h", value === 1.5 ? Schema.FLOAT32 : Schema.INT32, value);
    assert.deepEqual(headers.toConnectHeader("t", "h", written).value, value);
  }
  assert.deepEqual(headers.toConnectHeader("t", "h", null), { schema: null, value: null });
  assert.equal(headers.toConnectHeader("t", "h", new Uint8Array()).value, "");
});

Deno.test("base64 is read as Jackson reads it", () => {
  assert.deepEqual([...readBase64("AA==AAEC")], [0, 0, 1, 2]);
  assert.deepEqual([...readBase64("AB==")], [0]);
  for (const broken of ["AAE", "AA EC", "!!", "AA=", "A===", "AA==="]) {
    assert.throws(() => readBase64(broken));
  }
});

Deno.test("JSON bytes may be in any Unicode encoding that their start shows", () => {
  const utf16 = (text: string, littleEndian: boolean) =>
    new Uint8Array(
      [...text].flatMap((char) => littleEndian ? [char.charCodeAt(0), 0] : [0, char.charCodeAt(0)]),
    );
  for (const littleEndian of [true, false]) {
    assert.equal(decodeJson(utf16('{"a":1}', littleEndian)).text, '{"a":1}');
  }
  assert.equal(decodeJson(new Uint8Array([0, 0, 0, 0x7b, 0, 0, 0, 0x7d])).text, "{}");
  assert.equal(decodeJson(new Uint8Array([0xef, 0xbb, 0xbf, 0x7b, 0x7d])).text, "{}");
  assert.throws(() => decodeJson(new Uint8Array([0, 0x7b, 0, 0])), /mixed byte order/);
});

Deno.test("every converter is declared once, with a doc for each of its options", () => {
  const plugins = [...converterPlugins, ...headerConverterPlugins];
  assert.equal(new Set(plugins.map(({ className }) => className)).size, plugins.length);
  for (const plugin of plugins) {
    for (const [name, key] of Object.entries(plugin.config.keys)) {
      assert.ok(key.documentation.length > 10, name);
    }
  }
  for (const plugin of converterPlugins) {
    assert.equal(plugin.create({ "converter.type": "anything" }, true).toConnectData("t", null).value, null);
  }
});

/** Texts of KIP-145 and nearly such, with numbers, dates and nesting at their limits. */
const headerAtoms = fc.constantFrom(
  ..."null true false 0 -0.0 -1 300 3000000000 1.5 1.10 .5 5. 3.4e38 3.5e38 1e400 -1e-400 1E+5 NaN".split(
    " ",
  ),
  ..."1e2147483647 1e-2147483648 0e2147483647 0e-2147483647 9223372036854775808 2023-11-14".split(" "),
  ..."99:99:99.999Z 00:00:00.001Z 2023-11-14T11:22:33.000Z -999-99--99 \u0661\u0662\u0663 \\ \\:".split(" "),
  ...["1".repeat(1000), `0.${"0".repeat(990)}1`, "[".repeat(600), "]".repeat(600), "\u0000", " "],
);
const headerTexts = fc.letrec<{ text: string }>((tie) => ({
  text: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    headerAtoms,
    headerAtoms.map((atom) => `"${atom}"`),
    fc.array(tie("text"), { maxLength: 4 }).map((items) => `[${items}]`),
    fc.array(fc.tuple(tie("text"), tie("text")), { maxLength: 3 })
      .map((entries) => `{${entries.map(([key, value]) => `${key}:${value}`)}}`),
    fc.array(fc.oneof(headerAtoms, fc.constantFrom(...'[]{}:,"\\')), { maxLength: 12 })
      .map((parts) => parts.join("")),
  ),
})).text;

Deno.test("a converter that says it takes all bytes never throws", () => {
  const headers = new SimpleHeaderConverter();
  const charsets = ["UTF-8", "UTF-16", "utf-16le", "us-ascii", "windows-1252"].map((name) =>
    new StringConverter(stringConverterConfig.parse({ "converter.encoding": name }))
  );
  const converters = [...charsets, new ByteArrayConverter()];
  assert.ok([headers, ...converters].every(({ takesAll }) => takesAll));
  const bytes = fc.oneof(
    { arbitrary: headerTexts.map((text) => new TextEncoder().encode(text)), weight: 4 },
    fc.uint8Array({ maxLength: 40 }),
  );
  const property = fc.property(bytes, (value) => {
    headers.toConnectHeader("t", "h", value);
    for (const converter of converters) converter.toConnectData("t", value);
  });
  fc.assert(property, { numRuns: 2_000 });
});

Deno.test("text has a span if it is well-formed UTF-8, whatever lies around it", () => {
  const reader = strings.spans([[]]) ?? assert.fail("text has a span");
  const piece = fc.oneof(
    fc.string({ unit: "binary" }).map((text) => new TextEncoder().encode(text)),
    fc.constantFrom(
      ...[[0xef, 0xbb, 0xbf], [0xed, 0xa0, 0x80], [0xc3], [0xe2, 0x82], [0xf0, 0x9f, 0x98], [0x80]]
        .map((bytes) => Uint8Array.from(bytes)),
    ),
    fc.uint8Array({ maxLength: 4 }),
  );
  let taken = 0;
  const property = fc.property(fc.array(piece, { maxLength: 3 }), piece, (pieces, around) => {
    const bytes = Uint8Array.from(pieces.flatMap((part) => [...part]));
    const memory = Uint8Array.from([...around, ...bytes, ...around]);
    const spans = new Int32Array(5);
    const isText = reader.read(memory, around.length, bytes.length, spans, 2, new SpanArena());
    const { value } = strings.toConnectData("t", bytes);
    assert.equal(
      isText,
      Buffer.from(bytes).equals(strings.fromConnectData("t", null, value) ?? new Uint8Array()),
    );
    if (!isText) return;
    taken++;
    assert.deepEqual([...spans], [0, 0, SpanKind.text, around.length, bytes.length]);
  });
  fc.assert(property, { numRuns: 5_000 });
  assert.ok(taken > 1_000, `${taken} texts`);
});

Deno.test("text that isn't used needs no span, other character sets and fields of text have none", () => {
  assert.equal(
    strings.spans([])?.read(new Uint8Array([0xff]), 0, 1, new Int32Array(), 0, new SpanArena()),
    true,
  );
  assert.equal(strings.spans([["name"]]), undefined);
  const latin1 = new StringConverter(stringConverterConfig.parse({ "converter.encoding": "ISO-8859-1" }));
  assert.equal(latin1.spans([[]]), undefined);
});
