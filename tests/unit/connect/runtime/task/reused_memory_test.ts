/** The consumer uses a record's memory again: nothing made of a record may change with it, or show another record. */

import assert from "node:assert/strict";
import { DataException } from "../../../../../connect/api/exceptions.ts";
import type { Converter, HeaderConverter } from "../../../../../connect/api/plugins.ts";
import type { ConsumerRecord } from "../../../../../connect/api/ports.ts";
import { KeyedHash } from "../../../../../connect/api/keyed_hash.ts";
import { converterPlugins, headerConverterPlugins } from "../../../../../connect/converters/mod.ts";
import { rawDeadLetter, safeDeadLetter } from "../../../../../connect/errors/dead_letter_form.ts";
import { RecordPipeline } from "../../../../../connect/runtime/task/record_pipeline.ts";
import { FakeClock } from "../../../../support/fakes/fake_clock.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const victim = "VICTIM-4111";
const schema = `{"type":"struct","fields":[{"field":"b","type":"bytes"},{"field":"s","type":"string"}]}`;

/** The earlier records' content, which fills whatever a converter keeps. */
const victims = [
  bytes(`{"name":"${victim}","list":["${victim}"],"inner":{"id":"${victim}","\\u00e9":1}}`),
  bytes(`{"name":"${victim}`),
  Uint8Array.of(...bytes(victim), 0xe2, 0x82),
  bytes(victim),
];

/** Records of others, also with text that ends in the midst of a character. */
const samples = [
  bytes(`{"name":"Ana","list":["a",1,2.5,null,true],"inner":{"id":"7","x":{"y":"z\\n"}}}`),
  bytes(`{"schema":${schema},"payload":{"b":"aGVsbG8gd29ybGQ=","s":"text"}}`),
  bytes(`"only text"`),
  bytes("no JSON at all"),
  Uint8Array.of(0xac, 0x20),
  Uint8Array.of(0xe2, 0x82),
  Uint8Array.of(0, 0, 0, 7),
  Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 7),
  Uint8Array.of(1),
  new Uint8Array(0),
];

const converters: readonly (readonly [string, () => Converter])[] = converterPlugins.flatMap((plugin) => {
  const make = (props: Record<string, string>) => plugin.create(props, false);
  const encodings = ["UTF-8", "UTF-16", "ISO-8859-1"].filter(() =>
    plugin.className.endsWith("StringConverter")
  );
  const whole = (): Converter => make({ "schemas.enable": "false" });
  return [
    [plugin.className, whole] as const,
    [`${plugin.className} with schemas`, () => make({ "schemas.enable": "true" })] as const,
    [
      `${plugin.className} of fields`,
      () => whole().projecting?.([["name"], ["inner", "id"]]) ?? whole(),
    ] as const,
    ...encodings.map((encoding) =>
      [`${plugin.className} of ${encoding}`, () => make({ "converter.encoding": encoding })] as const
    ),
  ];
});

const headerConverters: readonly (() => HeaderConverter)[] = [
  ...headerConverterPlugins.map((plugin) => () => plugin.create({})),
  ...converterPlugins.map((plugin) => (): HeaderConverter => {
    const converter = plugin.create({}, false);
    return {
      toConnectHeader: (topic, _, value) => converter.toConnectData(topic, value),
      fromConnectHeader: () => null,
    };
  }),
];

function pipelineOf(converter: () => Converter, header: HeaderConverter): RecordPipeline {
  return new RecordPipeline({
    key: { className: "Key", of: converter() },
    value: { className: "Value", of: converter() },
    header: { className: "Header", of: header },
    stages: [],
    recordBytesMax: 1_000_000,
  });
}

/** A record whose key, value and header are views of one memory. */
function recordIn(memory: Uint8Array<ArrayBuffer>, sample: Uint8Array): ConsumerRecord {
  const size = sample.length;
  [0, 1, 2].forEach((part) => memory.set(sample, part * size));
  const [key = null, value = null, header = null] = [0, 1, 2].map((part) =>
    memory.subarray(part * size, (part + 1) * size)
  );
  return {
    ...{ topic: "events", partition: 0, offset: 1n, timestamp: 5, timestampType: "CreateTime" },
    ...{ key, value, headers: [{ key: "h", value: header }] },
  };
}

/** Everything that can be seen of it. */
function shown(value: unknown): string {
  return Deno.inspect(value, {
    depth: 20,
    iterableLimit: Infinity,
    strAbbreviateSize: Infinity,
    showHidden: true,
  });
}

function attempt(pipeline: RecordPipeline, record: ConsumerRecord): unknown {
  try {
    return pipeline.apply(record);
  } catch (error) {
    return String(error);
  }
}

Deno.test("what converters make of a record doesn't change with its memory, and shows no record before it", () => {
  converters.forEach(([name, converter], index) => {
    const header = headerConverters[index % headerConverters.length] ?? assert.fail("none");
    const pipeline = pipelineOf(converter, header());
    for (const sample of samples) {
      for (const before of victims) attempt(pipeline, recordIn(new Uint8Array(1_000), before));
      const memory = new Uint8Array(1_000);
      const made = attempt(pipeline, recordIn(memory, sample));
      const seen = shown(made);
      assert.ok(!seen.includes(victim), `${name}: ${seen}`);
      memory.set(Uint8Array.from({ length: 1_000 }, (_, at) => bytes(victim)[at % victim.length] ?? 0));
      assert.equal(shown(made), seen, name);
      memory.buffer.transfer();
      assert.equal(shown(made), seen, name);
    }
  });
});

Deno.test("a dead letter doesn't change with the memory of its record, in either form", () => {
  const origin = { topic: "dlq", connector: "c", taskId: 0 };
  const keyHash = new KeyedHash("a secret of more than thirty-two bytes", "key.secret");
  const forms = [
    rawDeadLetter({ ...origin, contextHeaders: true }),
    safeDeadLetter({ ...origin, keyHash, configHash: "ab", time: new FakeClock() }),
  ];
  for (const form of forms) {
    for (const sample of samples) {
      const memory = new Uint8Array(1_000);
      const record = recordIn(memory, sample);
      const letter = form({ record, stage: "TASK_PUT", className: "C", error: new DataException("no") });
      const seen = shown(letter);
      memory.fill(0x56);
      memory.buffer.transfer();
      assert.equal(shown(letter), seen);
    }
  }
});

Deno.test("a keyed hash depends on its text alone, not on those before", () => {
  const secret = ["a secret of more than thirty-two bytes", "key.secret"] as const;
  const used = new KeyedHash(...secret);
  for (const text of ["", "a", victim.repeat(9), "b".repeat(64), "c".repeat(55), "a"]) {
    assert.deepEqual(used.of(text), new KeyedHash(...secret).of(text));
  }
});
