/** Drops the fields that a header of the event lists. @module */

import { JvmException } from "../../api/exceptions.ts";
import type { ConnectRecord } from "../../api/record.ts";
import { type Field, Struct } from "../../api/schema.ts";
import type { UnwrapOptions } from "./unwrap_options.ts";
import { basicsOf, StructSchema } from "../parts/struct_schema.ts";

/** Drops fields that a header of the event lists from rows and keys; without a configured header, none. */
export class DroppedFields {
  readonly #header: string | null;
  readonly #fromKey: boolean;
  readonly #onlyOptional: boolean;

  constructor(options: UnwrapOptions) {
    this.#header = options["drop.fields.header.name"];
    this.#fromKey = options["drop.fields.from.key"];
    this.#onlyOptional = options["drop.fields.keep.schema.compatible"];
  }

  /** Returns the row without the fields. */
  without(record: ConnectRecord, row: Struct): Struct {
    const names = this.#names(record);
    return names === null ? row : this.#dropped(row, names);
  }

  /** Returns the record with the fields dropped from its key, if that is configured. */
  withKey(record: ConnectRecord): ConnectRecord {
    const names = this.#fromKey ? this.#names(record) : null;
    if (names === null || !(record.key instanceof Struct)) return record;
    const key = this.#dropped(record.key, names);
    return record.with({ keySchema: key.schema, key });
  }

  #names(record: ConnectRecord): ReadonlySet<unknown> | null {
    const header = this.#header;
    if (header === null || header === "") return null;
    const found = record.headers.findLast(({ key }) => key === header)?.value ?? null;
    if (found === null) return null;
    if (Array.isArray(found)) return new Set(found);
    throw new JvmException(
      "java.lang.ClassCastException",
      "The header that lists fields to drop isn't a list",
      { rule: "header_not_a_list", jvmMessage: true },
    );
  }

  #dropped(row: Struct, names: ReadonlySet<unknown>): Struct {
    const kept = row.schema.fields.filter((field) => !names.has(field.name) || this.#stays(field));
    const built = new StructSchema();
    for (const field of kept) built.field(field.name, field.schema);
    return new Struct(
      built.build(basicsOf(row.schema)),
      kept.map((field) => row.values[field.index] ?? null),
    );
  }

  #stays(field: Field): boolean {
    return this.#onlyOptional && !field.schema.optional;
  }
}
