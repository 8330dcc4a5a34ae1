/**
 * Prints how many heap bytes reading one event allocates, garbage included. Run it without garbage collection:
 * `--v8-flags=--expose-gc,--min-semi-space-size=64,--max-semi-space-size=64`.
 *
 * @module
 */

import { SpanArena } from "../../../connect/api/spans.ts";
import { JsonConverter } from "../../../connect/converters/json/json_converter.ts";
import { jsonConverterConfig } from "../../../connect/converters/json/json_converter_config.ts";
import { JsonProjection } from "../../../connect/converters/json/json_projection.ts";
import { JsonSpans } from "../../../connect/converters/json/json_spans.ts";
import { customerFields } from "../customer_event.ts";

const { gc } = globalThis as unknown as { readonly gc: () => void };
const event = new TextEncoder().encode(
  `{"event":"registration","customer_id":1048576123,"name":"Ana Clara Silva","phone":"+55 11 98765-4321",` +
    `"region":"SP","opt_in":true,"são":null,"address":{"street":"Avenida Paulista","city":"São Paulo","geo":[-23.5613,-46.6565]},` +
    `"notes":"${"x".repeat(500)}","tags":["web","promo","first"]}`,
);
const projection = new JsonProjection(customerFields);
const reader = JsonSpans.of([...customerFields, ["address", "city"]]);
const [spans, arena] = [new Int32Array(15), new SpanArena()];
const converter = new JsonConverter(jsonConverterConfig.parse({ "schemas.enable": "false" }));
const rounds = { warm: 20_000, measured: 5_000 } as const;

function bytesOf(read: () => unknown): number {
  for (let round = 0; round < rounds.warm; round++) read();
  gc();
  const before = Deno.memoryUsage().heapUsed;
  for (let round = 0; round < rounds.measured; round++) read();
  return Math.round((Deno.memoryUsage().heapUsed - before) / rounds.measured);
}

console.log(JSON.stringify({
  spans: bytesOf(() => reader?.read(event, 0, event.length, spans, 0, arena)),
  projected: bytesOf(() => projection.read(event)),
  whole: bytesOf(() => converter.toConnectData("t", event)),
}));
