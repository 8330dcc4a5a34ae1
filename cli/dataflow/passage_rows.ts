/** Predicts the row that a record becomes, as far as possible without a database. @module */

import { safeText } from "../../connect/api/exceptions.ts";
import type { ConnectRecord } from "../../connect/api/record.ts";
import { type ConnectValue, Struct } from "../../connect/api/schema.ts";
import type { Props } from "../../connect/api/sink_task.ts";
import { convertToString } from "../../connect/api/values.ts";
import type { RecordPipeline } from "../../connect/runtime/task/record_pipeline.ts";
import { readSinkSettings } from "../../sinks/sql/options/option_rules.ts";
import type { SinkSettings } from "../../sinks/sql/options/sink_settings.ts";
import type { Probe, ProbeRecord } from "./passage_probe.ts";

/** The columns that a table sink may write. */
export interface Contract {
  readonly settings: SinkSettings;
  /** Undefined if the records decide. */
  readonly columns: readonly string[] | undefined;
}

/** Returns the contract, or undefined for a sink without tables. */
export function contractOf(props: Props): Contract | undefined {
  if (props["table.name.format"] === undefined && props["connection.url"] === undefined) return undefined;
  const settings = readSinkSettings(props);
  const { egress, whitelist, keyFields } = settings;
  const columns = egress !== null
    ? [...egress]
    : whitelist.length > 0
    ? [...new Set([...keyFields, ...whitelist])]
    : undefined;
  return { settings, columns };
}

/** Returns a probe that runs records through a connector's converters and transformations. */
export function probeOf(pipeline: Pick<RecordPipeline, "apply">, contract: Contract | undefined): Probe {
  return (record) => {
    try {
      const result = pipeline.apply(consumed(record));
      return result === null ? { refused: "filtered" } : rowOf(result, contract);
    } catch (error) {
      return { refused: safeText(error) };
    }
  };
}

/** Returns the columns of a record's row as texts; all bytes and structures look alike. */
function rowOf(record: ConnectRecord, contract: Contract | undefined): ReadonlyMap<string, string> {
  const row = new Map<string, string>();
  const put = (name: string, value: ConnectValue) => {
    const isAllowed = contract?.columns?.includes(name) ?? true;
    if (isAllowed && value !== null) row.set(name, convertToString(null, value));
  };
  if (contract?.settings.keyMode === "record_key") {
    const [first = ""] = contract.settings.keyFields;
    const parts = partsOf(record.key);
    if (parts.length === 0) put(first, record.key);
    for (const [name, value] of parts) put(name, value);
  }
  for (const [name, value] of partsOf(record.value)) put(name, value);
  return row;
}

function partsOf(value: ConnectValue): readonly (readonly [string, ConnectValue])[] {
  if (value instanceof Struct) return value.schema.fields.map(({ name }) => [name, value.get(name)]);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
  if (value instanceof Map) return Array.from(value, ([name, part]) => [String(name), part]);
  return Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null
    ? Object.entries(value)
    : [];
}

const encoder = new TextEncoder();

function consumed({ topic, timestamp, key, value }: ProbeRecord) {
  const text = value === null || typeof value === "string" ? value : JSON.stringify(value);
  return {
    ...{ topic, partition: 0, offset: 0n, timestamp, headers: [] },
    timestampType: timestamp < 0 ? "NoTimestampType" as const : "CreateTime" as const,
    key: key === null ? null : encoder.encode(key),
    value: text === null ? null : encoder.encode(text),
  };
}
