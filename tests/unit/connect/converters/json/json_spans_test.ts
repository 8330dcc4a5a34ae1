/**
 * Whatever the bytes are and whatever lies around them: spans, if there are any, are the fields that reading everything
 * gives. `SLUICE_FUZZ_TIMES=100` runs a hundred times as many cases.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import type { FieldPaths } from "../../../../../connect/api/plugins.ts";
import type { ConnectValue } from "../../../../../connect/api/schema.ts";
import { IN_ARENA, SPAN_NUMBERS, SpanArena, SpanKind } from "../../../../../connect/api/spans.ts";
import { JsonConverter } from "../../../../../connect/converters/json/json_converter.ts";
import { jsonConverterConfig } from "../../../../../connect/converters/json/json_converter_config.ts";
import { JsonProjection } from "../../../../../connect/converters/json/json_projection.ts";
import { customerEvent, customerFields } from "../../../../support/customer_event.ts";
import { schemalessValue } from "../arbitraries.ts";
import { brokenDocument, document, scalars } from "./json_documents.ts";

const times = Number(Deno.env.get("SLUICE_FUZZ_TIMES") ?? 1);
const plain = new JsonConverter(jsonConverterConfig.parse({ "schemas.enable": "false" }));
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const paths: FieldPaths = [["a"], ["c", "id"], ["é"], ["c", "d", "id"], ["w", "x"], ["__proto__"], ["1"]];
/** Objects that others are in, too. */
const prefixed: FieldPaths = [["c"], ["c", "id"], ["a"], ["c", "d"], ["c", "d", "id"], ["w", "x"], ["w"]];
const absent = Symbol("absent");
const object = Symbol("object");
type Found = ConnectValue | typeof absent | typeof object;

/** Fields as read by spans; undefined if the full reader must decide. */
type Read = (bytes: Uint8Array, at: number, length: number) => readonly Found[] | undefined;

function readerOf(wanted: FieldPaths): Read {
  const reader = plain.spans(wanted) ?? assert.fail("JSON without schemas has spans");
  const arena = new SpanArena(1);
  const to = 2;
  return (bytes, at, length) => {
    const spans = new Int32Array(to + wanted.length * SPAN_NUMBERS).fill(77);
    const before = arena.length;
    if (!reader.read(bytes, at, length, spans, to, arena)) {
      assert.equal(arena.length, before, "a refused value leaves nothing behind");
      return undefined;
    }
    assert.deepEqual([...spans.subarray(0, to)], [77, 77]);
    return wanted.map((_, slot) => {
      const [kind = -1, from = -1, count = -1] = spans.subarray(to + slot * SPAN_NUMBERS);
      const inArena = (kind & IN_ARENA) !== 0;
      if (kind > SpanKind.true && !inArena) assert.ok(from >= at && from + count <= at + length);
      return valueOf(kind & ~IN_ARENA, (inArena ? arena.bytes : bytes).subarray(from, from + count));
    });
  };
}

function valueOf(kind: number, bytes: Uint8Array): Found {
  if (kind === SpanKind.absent) return absent;
  if (kind === SpanKind.null) return null;
  if (kind === SpanKind.object) return object;
  if (kind === SpanKind.true || kind === SpanKind.false) return kind === SpanKind.true;
  const text = decoder.decode(bytes);
  if (kind === SpanKind.text) return text;
  if (kind === SpanKind.number) return Number(text);
  assert.equal(kind, SpanKind.integer);
  assert.match(text, /^(0|-?[1-9]\d{0,17})$/);
  return BigInt(text);
}

/** The oracle: the fields of a value that was read in full. */
function fieldOf(value: ConnectValue, path: readonly string[]): Found {
  const [name, ...rest] = path;
  if (name === undefined) {
    assert.ok(value === null || typeof value !== "object", "a list or object has no span");
    return value;
  }
  assert.ok(typeof value === "object" && value !== null && !Array.isArray(value), "only objects have fields");
  return Object.hasOwn(value, name) ? fieldOf((value as Record<string, ConnectValue>)[name]!, rest) : absent;
}

/** The oracle for paths of which some begin with others. */
function markedOf(value: ConnectValue, path: readonly string[]): Found {
  const isPrefix = prefixed.some((other) =>
    other.length > path.length && path.every((name, at) => other[at] === name)
  );
  const found = path.reduce<Found>((of, name) => {
    if (typeof of !== "object" || of === null || Array.isArray(of)) return absent;
    return Object.hasOwn(of, name) ? (of as Record<string, ConnectValue>)[name]! : absent;
  }, value);
  if (typeof found !== "object" || found === null) return found;
  assert.ok(isPrefix && !Array.isArray(found), "another list or object has no span");
  return object;
}

/** Bytes that would go on with a value which has no end, or give fields of their own. */
const surroundings = [
  '"',
  "}",
  "1}",
  '":1}',
  ',"a":"x"}',
  "",
  " ",
  "\0",
  "true}",
  "\xa9",
  "]}",
  "0e1",
  '\\"}',
]
  .map((text) => Uint8Array.from(text, (char) => char.charCodeAt(0)));
const read = readerOf(paths);
const readPrefixed = readerOf(prefixed);

function assertSpans(bytes: Uint8Array, around = 0, wanted = paths, reading = read): boolean {
  const spans = reading(bytes, 0, bytes.length);
  if (spans !== undefined) {
    const { value } = plain.toConnectData("t", bytes);
    const oracle = wanted === prefixed ? markedOf : fieldOf;
    assert.deepEqual(spans, wanted.map((path) => oracle(value, path)));
  }
  const [before, after] = [surroundings[around % surroundings.length]!, surroundings[around * 7 % 13]!];
  const larger = new Uint8Array([...before, ...bytes, ...after, ...before]);
  assert.deepEqual(reading(larger, before.length, bytes.length), spans, "what lies around changes nothing");
  return spans !== undefined;
}

const around = fc.nat({ max: 12 });

function objectOf(members: readonly (readonly [string, string])[]): string {
  return `{${members.map(([name, value]) => `"${name}":${value}`)}}`;
}

Deno.test("spans(): any JSON gives the fields that reading everything gives", () => {
  const inner = fc.array(fc.tuple(fc.constantFrom("id", "d", "x", "z"), scalars), { maxLength: 3 }).map(
    objectOf,
  );
  const member = fc.oneof(
    fc.tuple(fc.constantFrom("a", "é", "__proto__", "1", "b", "\\u0061"), scalars),
    fc.tuple(fc.constantFrom("c", "w", "b"), inner),
    fc.tuple(fc.constant("c"), inner.map((text) => `{"id":"x","d":${text}}`)),
  );
  const flat = fc.array(member, { maxLength: 7 }).map(objectOf);
  let [taken, takenPrefixed] = [0, 0];
  const property = fc.property(fc.oneof(document, flat), around, (text, place) => {
    if (assertSpans(encoder.encode(text), place)) taken++;
    if (assertSpans(encoder.encode(text), place, prefixed, readPrefixed)) takenPrefixed++;
  });
  fc.assert(property, { numRuns: 9_000 * times });
  assert.ok(takenPrefixed > 900 * times, `${takenPrefixed} documents`);
  assert.ok(taken > 900 * times, `${taken} documents`);
});

Deno.test("spans(): broken bytes give the fields that reading everything gives, or none", () => {
  const property = fc.property(brokenDocument, around, (bytes, place) => {
    assertSpans(bytes, place);
    assertSpans(bytes, place, prefixed, readPrefixed);
  });
  fc.assert(property, { numRuns: 10_000 * times });
});

Deno.test("spans(): data that a projection reads and that has no lists or objects in its fields is taken", () => {
  const projection = new JsonProjection(paths);
  const names = fc.constantFrom("a", "c", "é", "w", "1", "id", "x", "d", "n");
  const event = fc.dictionary(
    names,
    fc.oneof(
      schemalessValue,
      fc.dictionary(names, schemalessValue, { maxKeys: 3 }).map((map) => ({ ...map })),
    ),
    { maxKeys: 6 },
  );
  let taken = 0;
  const property = fc.property(event, around, (fields, place) => {
    const value = { ...fields };
    const bytes = plain.fromConnectData("t", null, value) ?? assert.fail("an object is never null");
    const expected = projection.read(bytes) !== undefined && paths.every((path) => hasSpan(value, path));
    assert.equal(assertSpans(bytes, place), expected);
    if (expected) taken++;
  });
  fc.assert(property, { numRuns: 2_000 * times });
  assert.ok(taken > 300 * times, `${taken} events`);
});

function hasSpan(value: ConnectValue, path: readonly string[]): boolean {
  try {
    const field = fieldOf(value, path);
    return !(typeof field === "number" && field < 0 && field > -1e-99); // it could be minus zero
  } catch {
    return false;
  }
}

Deno.test("spans(): a value that isn't an object has a span as a whole, and can be checked without any", () => {
  const [whole, none] = [readerOf([[]]), readerOf([])];
  const values = fc.oneof(
    document.map((text) => text.slice(text.indexOf(":") + 1, -1)),
    fc.constantFrom(
      '"x"',
      " 17 ",
      "1e5",
      "null",
      "\ttrue",
      "false",
      "nul",
      "-0",
      "12",
      '"\\u00e9"',
      "[1]",
      "{}",
      "",
    ),
  );
  const property = fc.property(values, around, (text, place) => {
    const bytes = encoder.encode(text);
    assertSpans(bytes, place, [[]], whole);
    assertSpans(bytes, place, [], none);
  });
  fc.assert(property, { numRuns: 2_000 * times });
  const taken = ['"x"', " 17 ", "1e5", "null", "\ttrue", '"\\u00e9"'].map((text) => encoder.encode(text));
  assert.deepEqual(taken.map((bytes) => whole(bytes, 0, bytes.length)?.[0]), [
    "x",
    17n,
    1e5,
    null,
    true,
    "é",
  ]);
  assert.equal(none(encoder.encode("[1]x"), 0, 3)?.length, 0);
});

Deno.test("spans(): every single byte of an event may be any other", () => {
  const event = encoder.encode('{"a":-12.5e1,"b":[true,null],"c":{"id":7,"k":"\\u00e9é"},"w":{"x":"\\n"}}');
  for (let at = 0; at < event.length; at++) {
    assertSpans(event.subarray(0, at), at);
    for (let byte = 0; byte < 256; byte++) {
      const changed = event.slice();
      changed[at] = byte;
      assertSpans(changed, byte);
    }
  }
});

Deno.test("spans(): plain events are taken", () => {
  const reading = readerOf(customerFields);
  for (let number = 0; number < 300; number++) {
    const event = customerEvent(number);
    const spaced = JSON.stringify(JSON.parse(event), null, 2).replaceAll("ã", "\\u00E3");
    for (const text of [event, ` ${spaced}\r\n`]) {
      assert.ok(assertSpans(encoder.encode(text), number, customerFields, reading), `event ${number}`);
    }
  }
});

Deno.test("spans(): the last of equal names counts, and an object replaces an earlier one whole", () => {
  const values = (text: string) => read(encoder.encode(text), 0, encoder.encode(text).length);
  const none = paths.map(() => absent);
  assert.deepEqual(values('{"c":{"id":1,"d":{"id":2}},"c":{}}'), none);
  assert.deepEqual(values('{"c":{"id":1,"d":{"id":2}},"a":1,"c":{"id":"\\n"},"a":"x"}'), [
    ...["x", "\n"],
    ...none.slice(2),
  ]);
  assert.deepEqual(values('{"c":{"d":{"id":1},"d":{"id":2}}}')?.[3], 2n);
});

Deno.test("spans(): a field that is an object, or lies in something else, is the full reader's", () => {
  for (
    const text of [
      '{"a":{}}',
      '{"a":[]}',
      '{"c":null}',
      '{"c":1}',
      '{"c":{"d":[]}}',
      '{"a":-0}',
      '{"a":-0.0}',
    ]
  ) {
    assert.equal(read(encoder.encode(text), 0, text.length), undefined, text);
  }
});

Deno.test("spans(): no reader if a path comes twice, has half a surrogate pair, or data have schemas", () => {
  for (const wanted of [[["a"], ["b"], ["a"]], [["\ud800"]]]) assert.equal(plain.spans(wanted), undefined);
  assert.equal(new JsonConverter(jsonConverterConfig.parse({})).spans([["a"]]), undefined);
});

async function linesOf<T>(path: string): Promise<readonly T[]> {
  const text = await Deno.readTextFile(new URL(`../../../../${path}`, import.meta.url));
  return text.trim().split("\n").map((line) => JSON.parse(line) as T);
}

Deno.test("spans(): recorded edge cases of JSON give what Connect gives, if they have spans", async () => {
  const whole = readerOf([[]]);
  interface Vector {
    readonly id: string;
    readonly config: Readonly<Record<string, string>>;
    readonly bytesBase64: string | null;
  }
  const vectors = await linesOf<Vector>("conformance/vectors/converters.jsonl");
  let taken = 0;
  for (const { id, config, bytesBase64 } of vectors) {
    if (!id.startsWith("JsonConverter") || config["schemas.enable"] !== "false") continue;
    const bytes = Uint8Array.fromBase64(bytesBase64 ?? "");
    if (assertSpans(bytes) || assertSpans(bytes, 3, [[]], whole)) taken++;
  }
  assert.ok(taken >= 14, `${taken} vectors`);
});

Deno.test("spans(): each well-formed event of the upgrade tests is taken", async () => {
  const wanted = [["event"], ["customer", "id"], ["lead", "customer_id"], ["created_at"]];
  const reading = readerOf(wanted);
  let taken = 0;
  for (const { value } of await linesOf<{ value: string | null }>("integration/upgrade/records.jsonl")) {
    if (!value?.endsWith("}")) continue;
    assert.ok(assertSpans(encoder.encode(value), 0, wanted, reading), value);
    taken++;
  }
  assert.ok(taken > 10, `${taken} events`);
});
