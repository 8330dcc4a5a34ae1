/**
 * Measures transformations compared with reading the record: a purchase of about 900 bytes of plain JSON, with
 * one transformation and with three. Three should cost at most 15 % more CPU per record than one, JSON included.
 *
 * Run: deno bench -A bench/transforms_bench.ts
 */

import type { Props } from "../connect/api/sink_task.ts";
import { ConnectRecord } from "../connect/api/record.ts";
import type { Plugin } from "../connect/api/plugins.ts";
import type { PluginRegistry, PluginsByType } from "../connect/config/plugin_registry.ts";
import { converterPlugins } from "../connect/converters/mod.ts";
import { createStages, TransformationChain } from "../connect/runtime/task/transformation_chain.ts";
import { predicatePlugins, transformationPlugins } from "../connect/transforms/mod.ts";

const all: readonly Plugin[] = [...transformationPlugins, ...predicatePlugins];
const plugins: PluginRegistry = {
  find: <T extends keyof PluginsByType>(type: T, name: string) =>
    plugins.list(type).find(({ className }) => className === name),
  list: <T extends keyof PluginsByType>(type: T) =>
    all.filter((plugin): plugin is Plugin & PluginsByType[T] => plugin.type === type),
  all: () => all,
};
const connect = "org.apache.kafka.connect.transforms.";
const one: Props = {
  "transforms": "keep",
  "transforms.keep.type": `${connect}ReplaceField$Value`,
  "transforms.keep.include": "event,order_id,region,created_at,customer_name,customer_phone",
};
const three: Props = {
  ...one,
  "transforms": "keep,source,route",
  "transforms.source.type": `${connect}InsertField$Value`,
  "transforms.source.static.field": "source",
  "transforms.source.static.value": "bank1",
  "transforms.route.type": `${connect}RegexRouter`,
  "transforms.route.regex": "bank1\\.(.*)",
  "transforms.route.replacement": "$1",
};
const project: Props = {
  "transforms": "p",
  "transforms.p.type": "sluice.transforms.Project$Value",
  "transforms.p.include": "order_id,region,created_at,customer.name:name,customer.phone:phone",
};

const event = {
  event: "purchase",
  order_id: "ord-000123",
  customer_name: "João da Silva",
  customer_phone: "+55 11 98765-4321",
  region: "SP",
  created_at: "2026-11-23T10:11:12.123Z",
  customer: {
    id: 1234567,
    name: "João da Silva",
    phone: "+55 11 98765-4321",
    email: "joao@loja.example",
    address: { street: "Av. Paulista, 1000", city: "São Paulo", state: "SP", zip: "01310-100" },
  },
  items: Array.from(
    { length: 4 },
    (_, index) => ({ sku: `SKU-00${index}`, quantity: index + 1, price: 19.95 }),
  ),
  payment: {
    method: "card",
    installments: 3,
    brand: "visa",
    authorization: "8f14e45fceea167a5a36dedd4bea2543",
  },
  notes: "Entregar na portaria; ligar antes. Segunda a sexta, das 9 às 18 horas; aos sábados até o meio-dia.",
  coupon: { code: "NOVEMBRO10", discount: 10.5 },
  utm: { source: "newsletter", campaign: "novembro", medium: "email" },
};
const bytes = new TextEncoder().encode(JSON.stringify(event));
const json = converterPlugins.find(({ className }) => className.endsWith("JsonConverter"));
if (json === undefined) throw new Error("JsonConverter is one of the converters");
const converter = json.create({ "schemas.enable": "false" }, false);

function chain(props: Props): TransformationChain {
  return new TransformationChain(createStages(props, plugins));
}

function read(): ConnectRecord {
  const { schema, value } = converter.toConnectData("bank1.purchases", bytes);
  return ConnectRecord.of({ topic: "bank1.purchases", valueSchema: schema, value });
}

const given = read();
const [chainOfOne, chainOfThree, projection] = [chain(one), chain(three), chain(project)];

Deno.bench(
  `read ${bytes.length} bytes of JSON, no transformation`,
  { group: "with JSON", baseline: true },
  () => {
    read();
  },
);
Deno.bench("read, one transformation", { group: "with JSON" }, () => {
  chainOfOne.apply(read());
});
Deno.bench("read, three transformations", { group: "with JSON" }, () => {
  chainOfThree.apply(read());
});
Deno.bench("read, projection", { group: "with JSON" }, () => {
  projection.apply(read());
});
Deno.bench("one transformation alone", { group: "alone", baseline: true }, () => {
  chainOfOne.apply(given);
});
Deno.bench("three transformations alone", { group: "alone" }, () => {
  chainOfThree.apply(given);
});
Deno.bench("projection alone", { group: "alone" }, () => {
  projection.apply(given);
});
