/** Adds fields to the row of a change event. @module */

import { type Field, Schema, Struct } from "../../api/schema.ts";
import { validateValue } from "../../api/validate.ts";
import { type EventReference, referencedSchema, referencedValue } from "./change_event_reference.ts";
import { SchemaCache } from "../parts/schema_cache.ts";
import { basicsOf, readerFor, StructSchema } from "../parts/struct_schema.ts";

const deletedField = "__deleted";

/** An added field that the event has. */
interface Addition {
  readonly reference: EventReference;
  readonly schema: Schema;
}

interface RowPlan {
  readonly schema: Schema;
  readonly fields: readonly Field[];
  readonly additions: readonly Addition[];
}

/** Adds `__deleted` and fields of the event to rows. */
export class ChangedRow {
  readonly #references: readonly EventReference[];
  readonly #rewrite: boolean;
  /** Plans by the event's schema and then by the row's. */
  readonly #plans: SchemaCache<SchemaCache<RowPlan>>;

  /** @param rewrite whether rows get the field `__deleted` */
  constructor(references: readonly EventReference[], rewrite: boolean) {
    this.#references = references;
    this.#rewrite = rewrite;
    this.#plans = new SchemaCache((event) => new SchemaCache((row) => this.#plan(event, row)));
  }

  /** Returns the new row. Its schema is required, whatever it was in the event. */
  of(row: Struct, event: Struct, deleted: string): Struct {
    const plan = this.#plans.get(event.schema).get(row.schema);
    // Debezium replaces nulls with defaults only if it rewrites rows.
    const read = readerFor(this.#rewrite);
    const values = plan.fields.map((field) => read(row, field));
    if (this.#rewrite) values.push(deleted);
    for (const { reference, schema } of plan.additions) {
      const value = referencedValue(event, reference);
      validateValue(schema, value, reference.name);
      values.push(value);
    }
    return new Struct(plan.schema, values);
  }

  #plan(event: Schema, row: Schema): RowPlan {
    const built = new StructSchema();
    for (const field of row.fields) built.field(field.name, field.schema);
    if (this.#rewrite) built.field(deletedField, Schema.OPTIONAL_STRING);
    const additions: Addition[] = [];
    for (const reference of this.#references) {
      const schema = referencedSchema(event, reference);
      if (schema === undefined) continue;
      built.field(reference.name, schema);
      additions.push({ reference, schema });
    }
    return { schema: built.build(basicsOf(row)), fields: row.fields, additions };
  }
}
