/** Telesales' contact: name, phone and region, and no other field of a customer. @module */

import { readContactName } from "../contact_name.ts";
import { type CustomerId, type CustomerIdForm, readCustomerId } from "../customer_id.ts";
import { type EventTime, eventTime, type TimeClues } from "../event_time.ts";
import type { PhoneReader } from "../phone.ts";
import { readRegion } from "../region.ts";
import { accepted, refused, type Result } from "../result.ts";

/** The fields of a contact with their rules, in the order in which they are checked. */
const fieldRules = {
  name: readContactName,
  phone: (value: unknown, phones: PhoneReader) => phones.read(value),
  /** Null means "not known" and never replaces a known region. */
  region: readRegion,
};

type ContactField = keyof typeof fieldRules;

export const contactFields = Object.keys(fieldRules) as readonly ContactField[];

type ContactFields = {
  readonly [F in ContactField]: Extract<ReturnType<typeof fieldRules[F]>, { readonly ok: true }>["value"];
};

/** The fields of an event about a customer, before the rules check them. */
export interface CustomerReport extends Readonly<Record<ContactField, unknown>> {
  readonly customerId: unknown;
  /** Whether the event is a registration: only a registration ends an erasure. */
  readonly isRegistration: boolean;
}

/** A customer's contact after one event. */
export interface Contact extends ContactFields {
  readonly id: CustomerId;
  readonly updatedAt: EventTime;
  /** The registration's time; null for other events. */
  readonly registeredAt: EventTime | null;
}

/** The record's key, and what is known about the event's time. */
export interface ReportContext extends TimeClues {
  readonly recordKey: unknown;
}

const keyMismatch = refused("key_mismatch", "customer_id");
const keyInvalid = refused("id_invalid", "key");

/**
 * Reads a contact, or returns the first rule that refuses it.
 *
 * @param idForm which texts are ids, in the report and in the record's key
 *
 * @example
 * ```ts
 * import { readContact } from "./contact.ts";
 * import { PhoneReader } from "../phone.ts";
 * const phones = PhoneReader.forRegion("BR");
 * if (phones === undefined) throw new Error("Brazil has phones");
 * const report = { customerId: 17n, name: "Ana", phone: "11 98765-4321", region: "SP", isRegistration: true };
 * const contact = readContact(report, { recordKey: "17", createdAt: null, recordTime: 5, now: 9 }, phones);
 * if (!contact.ok || contact.value.updatedAt !== 5) throw new Error("all rules accept it");
 * ```
 */
export function readContact(
  report: CustomerReport,
  context: ReportContext,
  phones: PhoneReader,
  idForm: CustomerIdForm = "text",
): Result<Contact> {
  const id = readCustomerId(report.customerId, idForm);
  if (!id.ok) return id;
  const key = readKey(context.recordKey, id.value, idForm);
  if (!key.ok) return key;
  const fields: Partial<Record<ContactField, unknown>> = {};
  for (const field of contactFields) {
    const read = fieldRules[field](report[field], phones);
    if (!read.ok) return read;
    fields[field] = read.value;
  }
  const updatedAt = eventTime(context);
  return accepted({
    ...fields as ContactFields, // the loop has read every field
    id: id.value,
    updatedAt,
    registeredAt: report.isRegistration ? updatedAt : null,
  });
}

/** The key decides the partition. Events of one person under two keys would have no order. */
function readKey(recordKey: unknown, id: CustomerId, form: CustomerIdForm): Result<CustomerId> {
  if (recordKey === id) return accepted(id);
  const key = readCustomerId(recordKey, form);
  if (key.ok && key.value === id) return key;
  // A text key in another form gets the id's own rule: the producer writes ids in another form.
  const isOtherForm = !key.ok && key.rule === "id_invalid" && typeof recordKey === "string" &&
    form === "integer";
  return isOtherForm ? keyInvalid : keyMismatch;
}
