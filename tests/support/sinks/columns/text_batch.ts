/** Batches in columns for tests: records of JSON texts, with the places of their fields. @module */

import { JsonConverter } from "../../../../connect/converters/json/json_converter.ts";
import { jsonConverterConfig } from "../../../../connect/converters/json/json_converter_config.ts";
import { ConnectRecord, type SinkRecord, type TopicPartition } from "../../../../connect/api/record.ts";
import { type ColumnBatch, SPAN_NUMBERS, type SpanColumn, SpanKind } from "../../../../connect/api/spans.ts";

/** A record of a schemaless JSON object, with a text as key. */
export interface TextRecord {
  readonly origin: TopicPartition;
  readonly offset: number;
  /** Milliseconds since 1970; negative = none. */
  readonly timestamp: number;
  readonly key: string | null;
  /** JSON text of each field; null = a tombstone; text = a value that is no object. */
  readonly fields: ReadonlyMap<string, string> | string | null;
}

const encoder = new TextEncoder();
const converter = new JsonConverter(jsonConverterConfig.parse({ "schemas.enable": "false" }));

/** Returns the record as the sink gets it. */
function sinkRecordOf(record: TextRecord): SinkRecord {
  const { origin, offset, timestamp, key } = record;
  const text = jsonOf(record);
  const { value } = converter.toConnectData(origin.topic, text === null ? null : encoder.encode(text));
  return ConnectRecord.of({
    ...{ topic: origin.topic, partition: origin.partition, offset: BigInt(offset), timestamp, key, value },
  }) as SinkRecord;
}

function jsonOf({ fields }: TextRecord): string | null {
  if (fields === null || typeof fields === "string") return fields;
  return `{${[...fields].map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(",")}}`;
}

/** A batch whose records are texts; those without plain fields are objects. */
export class TextBatch implements ColumnBatch {
  readonly spans: Int32Array;
  readonly sources: readonly Uint8Array[];
  readonly #records: readonly TextRecord[];
  readonly #made: (SinkRecord | undefined)[] = [];
  readonly #isObject: readonly boolean[];
  /** How many records were made. */
  made = 0;

  constructor(readonly columns: readonly SpanColumn[], records: readonly TextRecord[]) {
    this.#records = records;
    this.spans = new Int32Array(records.length * columns.length * SPAN_NUMBERS);
    const texts: string[] = [];
    let bytes = 0;
    this.#isObject = records.map(({ key, fields }, index) => {
      if (!(fields instanceof Map)) return true;
      return !columns.every(({ part, name }, column) => {
        const text = part === "key" ? key === null ? "null" : JSON.stringify(key) : fields.get(name ?? "");
        const span = spanIn(text);
        if (span === null) return false;
        const at = (index * columns.length + column) * SPAN_NUMBERS;
        const { length } = encoder.encode(span.text);
        this.spans.set([span.kind | 1 << 8, bytes, length], at);
        texts.push(span.text);
        bytes += length;
        return true;
      });
    });
    this.sources = [new Uint8Array(), encoder.encode(texts.join(""))];
  }

  get count(): number {
    return this.#records.length;
  }
  isObject(index: number): boolean {
    return this.#isObject[index] === true;
  }
  originOf(index: number): TopicPartition {
    return this.#at(index).origin;
  }
  offsetOf(index: number): number {
    return this.#at(index).offset;
  }
  timestampOf(index: number): number {
    return this.#at(index).timestamp;
  }
  record(index: number): SinkRecord {
    const known = this.#made[index];
    if (known !== undefined) return known;
    this.made += 1;
    return this.#made[index] = sinkRecordOf(this.#at(index));
  }
  /** All records, as `put` gets them. */
  records(): readonly SinkRecord[] {
    return this.#records.map((_, index) => this.record(index));
  }

  #at(index: number): TextRecord {
    const record = this.#records[index];
    if (record === undefined) throw new Error("Cannot find the record: the batch has fewer");
    return record;
  }
}

/** The span of a JSON text; null if it has none. */
function spanIn(text: string | undefined): { readonly kind: number; readonly text: string } | null {
  if (text === undefined) return { kind: SpanKind.absent, text: "" };
  if (text === "null" || text === "true" || text === "false") return { kind: SpanKind[text], text };
  if (/^-?\d{1,18}$/.test(text) && text !== "-0") return { kind: SpanKind.integer, text };
  if (/^-?\d/.test(text)) return { kind: SpanKind.number, text };
  return /^"[^"\\]*"$/.test(text) ? { kind: SpanKind.text, text: text.slice(1, -1) } : null;
}
