/**
 * Measures finding four fields of an event of 900 bytes: as places, as values, and by reading everything.
 *
 *     deno bench --no-check bench/micro/json_spans_bench.ts
 *
 * @module
 */

import { RUN_NUMBERS, RunNumber } from "../../connect/api/consumer_record.ts";
import { SPAN_NUMBERS, SpanArena } from "../../connect/api/spans.ts";
import { JsonConverter } from "../../connect/converters/json/json_converter.ts";
import { jsonConverterConfig } from "../../connect/converters/json/json_converter_config.ts";
import { StringConverter, stringConverterConfig } from "../../connect/converters/string_converter.ts";
import { customerEvent, customerFields } from "../../tests/support/customer_event.ts";

const eventsCount = 1_000;
const spans = new Int32Array(customerFields.length * SPAN_NUMBERS);
const arena = new SpanArena();
const json = new JsonConverter(jsonConverterConfig.parse({ "schemas.enable": "false" }));
const text = new StringConverter(stringConverterConfig.parse({}));
const [reader, projection, keyReader] = [
  json.spans(customerFields),
  json.projecting(customerFields),
  text.spans([[]]),
];
if (reader === undefined || projection === undefined || keyReader === undefined) throw new Error("none");

/** Events and keys beside each other in one memory, as in a fetch. */
const encoder = new TextEncoder();
const values = Array.from({ length: eventsCount }, (_, number) => encoder.encode(customerEvent(number)));
const keys = values.map((_, number) => encoder.encode(String(1_000_000 + number)));
const memory = new Uint8Array(values.reduce((bytes, { length }) => bytes + length + 7, 0));
const places = new Int32Array(eventsCount * RUN_NUMBERS);
let end = 0;
for (const [number, value] of values.entries()) {
  memory.set(keys[number]!, end);
  memory.set(value, end + 7);
  places.set([end, 7, end + 7, value.length], number * RUN_NUMBERS);
  end += 7 + value.length;
}

const group = `${eventsCount} events of ${Math.round(end / eventsCount)} bytes, four fields`;

Deno.bench("places", { group, baseline: true }, () => {
  for (let at = 0; at < places.length; at += RUN_NUMBERS) {
    const valueAt = places[at + RunNumber.valueAt]!;
    if (!reader.read(memory, valueAt, places[at + RunNumber.valueLength]!, spans, 0, arena)) {
      throw new Error("no");
    }
  }
});
Deno.bench("values of the four fields", { group }, () => {
  for (const value of values) projection.toConnectData("t", value);
});
Deno.bench("all values", { group }, () => {
  for (const value of values) json.toConnectData("t", value);
});
Deno.bench("place of a text key", { group: `${eventsCount} keys of 7 bytes`, baseline: true }, () => {
  for (let at = 0; at < places.length; at += RUN_NUMBERS) {
    const keyAt = places[at + RunNumber.keyAt]!;
    if (!keyReader.read(memory, keyAt, places[at + RunNumber.keyLength]!, spans, 0, arena)) {
      throw new Error("no");
    }
  }
});
Deno.bench("text key", { group: `${eventsCount} keys of 7 bytes` }, () => {
  for (const key of keys) text.toConnectData("t", key);
});
