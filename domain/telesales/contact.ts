/** Whom the telesales team may call: name, phone and region, and nothing else of a customer. @module */

import { readContactName } from "../contact_name.ts";
import { type CustomerId, type CustomerIdForm, readCustomerId } from "../customer_id.ts";
import { type EventTime, eventTime, type TimeClues } from "../event_time.ts";
import type { PhoneReader } from "../phone.ts";
import { readRegion } from "../region.ts";
import { accepted, refused, type Result } from "../result.ts";

/** What leaves the shop of a customer: each field with its rule, in the order in which the rules are asked. */
const fieldRules = {
  name: readContactName,
  phone: (value: unknown, phones: PhoneReader) => phones.read(value),
  /** Null if the event doesn't tell; that never replaces a known one. */
  region: readRegion,
};

/** Name of a field. */
type ContactField = keyof typeof fieldRules;

/** The names of the fields. */
export const contactFields = Object.keys(fieldRules) as readonly ContactField[];

/** The fields as their rules let them pass. */
type ContactFields = {
  readonly [F in ContactField]: Extract<ReturnType<typeof fieldRules[F]>, { readonly ok: true }>["value"];
};

/** What an event of the shop says about a customer, unread. */
export interface CustomerReport extends Readonly<Record<ContactField, unknown>> {
  readonly customerId: unknown;
  /** Whether the customer registered: only that ends an erasure. */
  readonly isRegistration: boolean;
}

/** A customer as telesales knows one after an event. */
export interface Contact extends ContactFields {
  readonly id: CustomerId;
  readonly updatedAt: EventTime;
  /** When the customer registered, if the event is about that. */
  readonly registeredAt: EventTime | null;
}

/** What came with the event: the record's key and the clues to its time. */
export interface ReportContext extends TimeClues {
  readonly recordKey: unknown;
}

const keyMismatch = refused("key_mismatch", "customer_id");
const keyInvalid = refused("id_invalid", "key");

/**
 * Reads a report; the first rule that refuses is the answer.
 *
 * @param idForm which texts are ids, in the report and as the record's key
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
    ...fields as ContactFields, // each was read by its rule
    id: id.value,
    updatedAt,
    registeredAt: report.isRegistration ? updatedAt : null,
  });
}

/** The key decides the partition, so one person under two keys would be in no order with oneself. */
function readKey(recordKey: unknown, id: CustomerId, form: CustomerIdForm): Result<CustomerId> {
  if (recordKey === id) return accepted(id);
  const key = readCustomerId(recordKey, form);
  if (key.ok && key.value === id) return key;
  // A text that isn't in the form is told as such: its producer writes ids another way.
  const isOtherForm = !key.ok && key.rule === "id_invalid" && typeof recordKey === "string" &&
    form === "integer";
  return isOtherForm ? keyInvalid : keyMismatch;
}
