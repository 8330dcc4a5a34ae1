/**
 * Prints how many heap bytes reading one event allocates, garbage included. Run it without garbage collection:
 * `--v8-flags=--expose-gc,--min-semi-space-size=64,--max-semi-space-size=64`.
 *
 * @module
 */

import { JsonConverter } from "../../../connect/converters/json/json_converter.ts";
import { jsonConverterConfig } from "../../../connect/converters/json/json_converter_config.ts";
import { JsonProjection } from "../../../connect/converters/json/json_projection.ts";

const { gc } = globalThis as unknown as { readonly gc: () => void };
const event = new TextEncoder().encode(
  `{"event":"registration","customer_id":1048576123,"name":"Ana Clara Silva","phone":"+55 11 98765-4321",` +
    `"region":"SP","address":{"street":"Avenida Paulista","city":"São Paulo","geo":[-23.5613,-46.6565]},` +
    `"notes":"${"x".repeat(500)}","tags":["web","promo","first"]}`,
);
const projection = new JsonProjection([["customer_id"], ["name"], ["phone"], ["region"]]);
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
  projected: bytesOf(() => projection.read(event)),
  whole: bytesOf(() => converter.toConnectData("t", event)),
}));
