/**
 * The shop's events as they come: three shapes, told apart by their structure and not by their topic.
 *
 * Only the fields named here are looked at; everything else of an event stays behind. What is in the fields is the
 * domain's business, so any value passes this border and is read there.
 *
 * @module
 */

import { z } from "zod";
import type { CustomerReport } from "../../domain/telesales/contact.ts";

/** What an event says, by the domain's words. */
export interface ShopEvent extends Omit<CustomerReport, "isRegistration"> {
  /** `purchase`, `campaign`, or `flat`: the customer's own data, as a registration sends them. */
  readonly shape: "purchase" | "campaign" | "flat";
  /** The event's own word for what it is. */
  readonly event: unknown;
  readonly createdAt: unknown;
}

/** All that is looked at in any shape, by path. */
export const shopEventFields: readonly (readonly string[])[] = [
  ...["id", "name", "phone", "region"].map((name) => ["customer", name]),
  ...["customer_id", "full_name", "phone_number", "state"].map((name) => ["lead", name]),
  ...["customer_id", "name", "phone", "region", "event", "created_at"].map((name) => [name]),
];

const anything = z.unknown().optional();

const purchase = z.object({
  customer: z.object({ id: anything, name: anything, phone: anything, region: anything }),
  event: anything,
  created_at: anything,
}).transform(({ customer, event, created_at }): ShopEvent => ({
  shape: "purchase",
  event,
  customerId: customer.id,
  name: customer.name,
  phone: customer.phone,
  region: customer.region,
  createdAt: created_at,
}));

const campaign = z.object({
  lead: z.object({ customer_id: anything, full_name: anything, phone_number: anything, state: anything }),
  event: anything,
  created_at: anything,
}).transform(({ lead, event, created_at }): ShopEvent => ({
  shape: "campaign",
  event,
  customerId: lead.customer_id,
  name: lead.full_name,
  phone: lead.phone_number,
  region: lead.state,
  createdAt: created_at,
}));

const flat = z.object({
  customer_id: anything,
  name: anything,
  phone: anything,
  region: anything,
  event: anything,
  created_at: anything,
}).transform(({ customer_id, name, phone, region, event, created_at }): ShopEvent => ({
  shape: "flat",
  event,
  customerId: customer_id,
  name,
  phone,
  region,
  createdAt: created_at,
}));

/**
 * Reads an event's shape; undefined where the value is no JSON object.
 *
 * @example
 * ```ts
 * import { readShopEvent } from "./event_shapes.ts";
 * const event = readShopEvent({ lead: { customer_id: 17n, full_name: "Ana" }, utm: { source: "x" } });
 * if (event?.shape !== "campaign" || event.name !== "Ana") throw new Error("a lead is a campaign's");
 * ```
 */
export function readShopEvent(value: unknown): ShopEvent | undefined {
  if (!isObject(value)) return undefined;
  const schema = isObject(value["customer"]) ? purchase : isObject(value["lead"]) ? campaign : flat;
  return schema.parse(value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
