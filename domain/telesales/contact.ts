/** Whom the telesales team may call: name, phone and region, and nothing else of a customer. @module */

import { type ContactName, readContactName } from "../contact_name.ts";
import { type CustomerId, readCustomerId } from "../customer_id.ts";
import { type EventTime, eventTime, type TimeClues } from "../event_time.ts";
import type { Phone, PhoneReader } from "../phone.ts";
import { readRegion, type Region } from "../region.ts";
import { accepted, refused, type Result } from "../result.ts";

/** What an event of the shop says about a customer, unread. */
export interface CustomerReport {
  readonly customerId: unknown;
  readonly name: unknown;
  readonly phone: unknown;
  readonly region: unknown;
  /** Whether the customer registered: only that ends an erasure. */
  readonly isRegistration: boolean;
}

/** A customer as telesales knows one after an event. */
export interface Contact {
  readonly id: CustomerId;
  readonly name: ContactName;
  readonly phone: Phone;
  /** Null where the event doesn't tell; that never replaces a known one. */
  readonly region: Region | null;
  readonly updatedAt: EventTime;
  /** When the customer registered, if the event is about that. */
  readonly registeredAt: EventTime | null;
}

/** What came with the event: the record's key and the clues to its time. */
export interface ReportContext extends TimeClues {
  readonly recordKey: unknown;
}

const keyMismatch = refused("key_mismatch", "customer_id");

/**
 * Reads a report; the first rule that refuses is the answer.
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
): Result<Contact> {
  const id = readCustomerId(report.customerId);
  if (!id.ok) return id;
  if (!isKeyOf(id.value, context.recordKey)) return keyMismatch;
  const name = readContactName(report.name);
  if (!name.ok) return name;
  const phone = phones.read(report.phone);
  if (!phone.ok) return phone;
  const region = readRegion(report.region);
  if (!region.ok) return region;
  const updatedAt = eventTime(context);
  return accepted({
    id: id.value,
    name: name.value,
    phone: phone.value,
    region: region.value,
    updatedAt,
    registeredAt: report.isRegistration ? updatedAt : null,
  });
}

/** The key decides the partition, so one person under two keys would be in no order with oneself. */
function isKeyOf(id: CustomerId, recordKey: unknown): boolean {
  if (recordKey === id) return true;
  const key = readCustomerId(recordKey);
  return key.ok && key.value === id;
}
