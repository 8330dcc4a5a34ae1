/**
 * Measures reading one message, compared with decoding and JSON.parse alone.
 *
 *     deno bench bench/micro/json_converter_bench.ts
 *
 * @module
 */

import { JsonConverter } from "../../connect/converters/json/json_converter.ts";
import { jsonConverterConfig } from "../../connect/converters/json/json_converter_config.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** An event of 900 bytes like those of Bank 1. */
function eventOf(total: string): Uint8Array {
  return encoder.encode(
    `{"event":"purchase","event_id":"3f2b8c1e-9d4a-4e7b-8c21-5e3d1a9b7c42","created_at":"2026-03-04T11:22:33.000Z",` +
      `"source":"bank1-app","version":3,"customer":{"id":1048576123,"name":"Ana Clara Nóbrega da Silva",` +
      `"phone":"+55 11 98765-4321","email":"ana.clara@example.com","cpf":"987.654.321-00","region":"SP",` +
      `"segment":"vip","opt_in":true,"birth_date":"1987-05-12","score":0.87},"address":{"street":"Avenida Paulista",` +
      `"number":1578,"complement":"apto 142","city":"São Paulo","state":"SP","zip":"01310-200",` +
      `"geo":{"lat":-23.5613,"lon":-46.6565}},"purchase":{"order_id":88123456,"total":${total},"currency":"BRL",` +
      `"installments":3,"items":[{"sku":"A-100","qty":2,"price":49.95},{"sku":"B-200","qty":1,"price":100.5}],` +
      `"payment":{"method":"card","brand":"visa","last4":"1111","authorized":true,"auth_code":"8e5b21"}},` +
      `"tags":["web","promo","first"],"utm":{"campaign":"black-friday","medium":"cpc","term":null}}`,
  );
}

/** A struct of 20 fields in an envelope of 1.6 kB, two thirds of which are schema. */
function envelopeOf(): Uint8Array {
  const types = ["int64", "string", "double", "boolean"];
  const values = ["1048576123", '"Ana Clara Nóbrega"', "199.9", "true"];
  const numbers = [...Array(20).keys()];
  const fields = numbers.map((n) => `{"type":"${types[n % 4]}","optional":true,"field":"field_${n}"}`);
  const members = numbers.map((n) => `"field_${n}":${values[n % 4]}`);
  return encoder.encode(
    `{"schema":{"type":"struct","fields":[${fields}],"optional":false,"name":"customer"},"payload":{${members}}}`,
  );
}

const plain = new JsonConverter(jsonConverterConfig.parse({ "schemas.enable": "false" }));
const enveloped = new JsonConverter(jsonConverterConfig.parse({}));
const [usual, scanned, envelope] = [eventOf("199.9"), eventOf("200.0"), envelopeOf()];
const { value } = plain.toConnectData("t", usual);

Deno.bench("decode and JSON.parse alone", { group: "schemaless, 900 bytes", baseline: true }, () => {
  JSON.parse(decoder.decode(usual));
});
Deno.bench("toConnectData", { group: "schemaless, 900 bytes" }, () => {
  plain.toConnectData("t", usual);
});
Deno.bench(
  "toConnectData with a 200.0 in it, which needs the scanner",
  { group: "schemaless, 900 bytes" },
  () => {
    plain.toConnectData("t", scanned);
  },
);
Deno.bench("fromConnectData", { group: "schemaless, 900 bytes" }, () => {
  plain.fromConnectData("t", null, value);
});
Deno.bench("decode and JSON.parse alone ", { group: "envelope, 1.6 kB", baseline: true }, () => {
  JSON.parse(decoder.decode(envelope));
});
Deno.bench("toConnectData ", { group: "envelope, 1.6 kB" }, () => {
  enveloped.toConnectData("t", envelope);
});
