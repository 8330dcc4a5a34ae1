/** Reads Debezium's change events, with and without a schema. @module */

import { DataException, JvmException } from "../../api/exceptions.ts";
import type { ConnectRecord, Header } from "../../api/record.ts";
import { type ConnectValue, type SchemalessMap, Struct } from "../../api/schema.ts";
import { DroppedFields } from "./dropped_fields.ts";
import {
  type EventReference,
  parseReferences,
  referencedInMap,
  referencedSchema,
  referencedValue,
} from "./change_event_reference.ts";
import type { UnwrapOptions } from "./unwrap_options.ts";
import { ChangedRow } from "./changed_row.ts";
import { fieldOf, setField } from "../parts/map_fields.ts";
import { isSchemalessMap } from "../parts/requirements.ts";
import { readerFor, type ReadField } from "../parts/struct_schema.ts";

/** A change event's operation and the records it can become. */
export type ChangeEvent =
  | { readonly kind: "nothing" }
  | { readonly kind: "change"; row(): ConnectRecord }
  | {
    readonly kind: "delete";
    /** Returns the row before or after the change. */
    row(): ConnectRecord;
    /** Returns a null value with the row's schema. */
    nullRow(): ConnectRecord;
    tombstone(): ConnectRecord;
  };

export interface ChangeReader {
  reads(record: ConnectRecord): boolean;
  read(record: ConnectRecord): ChangeEvent;
}

const envelopeSuffix = ".Envelope";

/** Reads structs whose schema has the name of a Debezium envelope. */
export class StructEventReader implements ChangeReader {
  readonly #options: UnwrapOptions;
  readonly #headers: readonly EventReference[];
  readonly #dropped: DroppedFields;
  readonly #row: ChangedRow;
  readonly #rewrite: boolean;

  constructor(options: UnwrapOptions, headers: readonly EventReference[], rewrite: boolean) {
    this.#options = options;
    this.#headers = headers;
    this.#dropped = new DroppedFields(options);
    this.#rewrite = rewrite;
    this.#row = new ChangedRow(parseReferences(options["add.fields.prefix"], options["add.fields"]), rewrite);
  }

  reads(record: ConnectRecord): boolean {
    return record.value instanceof Struct && (record.valueSchema?.name ?? "").endsWith(envelopeSuffix);
  }

  read(record: ConnectRecord): ChangeEvent {
    const event = record.value as Struct;
    const unwrapped = record.with({ headers: [...record.headers, ...this.#addedHeaders(event)] });
    const [after, before] = [rowOf(event, "after"), rowOf(event, "before")];
    if (after !== null) {
      const change = () => unwrapped.with(this.#topic(after, this.#rewrite));
      return { kind: "change", row: () => this.#replaced(change(), event, after, "false") };
    }
    if (before === null) return { kind: "nothing" };
    const routed = () => unwrapped.with(this.#topic(before, false));
    const rowSchema = event.schema.field("after")?.schema ?? null;
    return {
      kind: "delete",
      row: () => this.#replaced(routed(), event, before, "true"),
      nullRow: () => routed().with({ valueSchema: rowSchema, value: null }),
      tombstone: () => routed().with({ valueSchema: null, value: null }),
    };
  }

  #addedHeaders(event: Struct): readonly Header[] {
    return this.#headers.flatMap((reference) => {
      const schema = referencedSchema(event.schema, reference);
      if (schema === undefined) return [];
      return [{ key: reference.name, schema, value: referencedValue(event, reference) }];
    });
  }

  /** The topic comes from the rewritten row, defaults included, or from the row as it is. */
  #topic(row: Struct, rewritten: boolean): { readonly topic?: string } {
    const topic = topicOf(row, this.#options["route.by.field"], readerFor(rewritten));
    return topic === null ? {} : { topic };
  }

  #replaced(record: ConnectRecord, event: Struct, row: Struct, deleted: string): ConnectRecord {
    const kept = this.#dropped.without(record, row);
    const value = this.#row.of(kept, event, deleted);
    return this.#dropped.withKey(record).with({ valueSchema: value.schema, value });
  }
}

function rowOf(event: Struct, name: "before" | "after"): Struct | null {
  const field = event.schema.field(name);
  if (field === undefined) {
    throw new JvmException("java.lang.IllegalArgumentException", `Unknown field: ${name}`, {
      rule: "event_part_missing",
      field: name,
    });
  }
  const row = event.values[field.index] ?? null;
  return row instanceof Struct ? row : null;
}

/** Returns the field's text; null if it is missing or empty, so that the topic stays. */
function topicOf(row: Struct, name: string, read: ReadField): string | null {
  if (name === "") return null;
  const field = row.schema.field(name);
  if (field === undefined) throw new DataException(`${name} is not a valid field name`);
  if (field.schema.type !== "string") throw new DataException(`Field '${name}' is not of type STRING`);
  const topic = read(row, field);
  return typeof topic === "string" && topic !== "" ? topic : null;
}

/** Reads maps that have an operation and a row. Sluice's own, for JSON without schemas. */
export class SchemalessEventReader implements ChangeReader {
  readonly #options: UnwrapOptions;
  readonly #headers: readonly EventReference[];
  readonly #fields: readonly EventReference[];
  readonly #rewrite: boolean;

  constructor(options: UnwrapOptions, headers: readonly EventReference[], rewrite: boolean) {
    this.#options = options;
    this.#headers = headers;
    this.#fields = parseReferences(options["add.fields.prefix"], options["add.fields"]);
    this.#rewrite = rewrite;
  }

  reads({ valueSchema, value }: ConnectRecord): boolean {
    if (valueSchema !== null || !isSchemalessMap(value)) return false;
    return typeof fieldOf(value, "op") === "string" &&
      (Object.hasOwn(value, "before") || Object.hasOwn(value, "after"));
  }

  read(record: ConnectRecord): ChangeEvent {
    const event = record.value as SchemalessMap;
    const [before, after] = [mapOf(event, "before"), mapOf(event, "after")];
    const row = after ?? before;
    if (row === null) return { kind: "nothing" };
    const changed = record.with({
      headers: [...record.headers, ...this.#addedHeaders(event)],
      ...this.#topic(row),
    });
    if (after !== null) return { kind: "change", row: () => this.#replaced(changed, event, after, "false") };
    const tombstone = () => changed.with({ value: null });
    return {
      kind: "delete",
      row: () => this.#replaced(changed, event, row, "true"),
      nullRow: tombstone,
      tombstone,
    };
  }

  #addedHeaders(event: SchemalessMap): readonly Header[] {
    return this.#headers.flatMap((reference) => {
      const value = referencedInMap(event, reference);
      return value === undefined ? [] : [{ key: reference.name, schema: null, value }];
    });
  }

  #topic(row: SchemalessMap): { readonly topic?: string } {
    const topic = fieldOf(row, this.#options["route.by.field"]);
    return typeof topic === "string" && topic !== "" ? { topic } : {};
  }

  #replaced(record: ConnectRecord, event: SchemalessMap, row: SchemalessMap, deleted: string): ConnectRecord {
    const value: Record<string, ConnectValue> = { ...row };
    if (this.#rewrite) value["__deleted"] = deleted;
    for (const reference of this.#fields) {
      const added = referencedInMap(event, reference);
      if (added !== undefined) setField(value, reference.name, added);
    }
    return record.with({ value });
  }
}

function mapOf(event: SchemalessMap, name: string): SchemalessMap | null {
  const row = fieldOf(event, name) ?? null;
  return isSchemalessMap(row) ? row : null;
}
