/** Telesales' row of a contact: the fields that may leave the shop, with their schema. @module */

import { TIMESTAMP_SCHEMA } from "../../connect/api/logical_types.ts";
import { Schema, Struct } from "../../connect/api/schema.ts";
import { type Contact, contactFields } from "../../domain/telesales/contact.ts";

/** The contract's fields, and the two times that newest wins compares. */
export const contactRow = new Schema("struct", {
  name: "sluice.telesales.Contact",
  fields: [
    ...contactFields.map((name) => ({ name, schema: Schema.OPTIONAL_STRING })),
    { name: "updated_at", schema: TIMESTAMP_SCHEMA },
    { name: "registered_at", schema: TIMESTAMP_SCHEMA.with({ optional: true }) },
  ],
});

/** Builds the row of a contact. */
export function rowOf(contact: Contact): Struct {
  const { updatedAt, registeredAt } = contact;
  // In the order of the schema's fields.
  return new Struct(contactRow, [
    ...contactFields.map((name) => contact[name]),
    new Date(updatedAt),
    registeredAt === null ? null : new Date(registeredAt),
  ]);
}
