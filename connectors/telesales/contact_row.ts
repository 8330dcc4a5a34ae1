/** The row of a contact: all that leaves the shop, with its schema. @module */

import { TIMESTAMP_SCHEMA } from "../../connect/api/logical_types.ts";
import { Schema } from "../../connect/api/schema.ts";
import { Struct } from "../../connect/api/struct.ts";
import type { Contact } from "../../domain/telesales/contact.ts";

/** The contract's three fields, and the two times that decide which event wins. */
export const contactRow = new Schema("struct", {
  name: "sluice.telesales.Contact",
  fields: [
    { name: "name", schema: Schema.STRING },
    { name: "phone", schema: Schema.STRING },
    { name: "region", schema: Schema.OPTIONAL_STRING },
    { name: "updated_at", schema: TIMESTAMP_SCHEMA },
    { name: "registered_at", schema: TIMESTAMP_SCHEMA.with({ optional: true }) },
  ],
});

/** The row of a contact. */
export function rowOf({ name, phone, region, updatedAt, registeredAt }: Contact): Struct {
  // In the order of the schema's fields.
  return new Struct(contactRow, [
    name,
    phone,
    region,
    new Date(updatedAt),
    registeredAt === null ? null : new Date(registeredAt),
  ]);
}
