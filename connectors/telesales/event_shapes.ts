/**
 * Reads the shop's events: three shapes, recognized by their structure and not by their topic.
 *
 * Only the fields named here are read and nothing else of an event is copied. Any value passes; the domain's rules
 * check it.
 *
 * @module
 */

import type { CustomerReport } from "../../domain/telesales/contact.ts";

/** The fields of an event, under the domain's names. */
export interface ShopEvent extends Omit<CustomerReport, "isRegistration"> {
  /** `purchase`, `campaign`, or `flat`: a registration sends the customer's data without an object around it. */
  readonly shape: keyof typeof shapes;
  /** The event's type, as the event itself names it. */
  readonly event: unknown;
  readonly createdAt: unknown;
}

/** The shop's field names by the domain's. */
type Names = Readonly<Record<keyof Omit<CustomerReport, "isRegistration">, string>>;

/** Each shape: the object with the customer (null: the event itself), and its fields. */
const shapes = {
  purchase: {
    within: "customer",
    names: { customerId: "id", name: "name", phone: "phone", region: "region" },
  },
  campaign: {
    within: "lead",
    names: { customerId: "customer_id", name: "full_name", phone: "phone_number", region: "state" },
  },
  flat: {
    within: null,
    names: { customerId: "customer_id", name: "name", phone: "phone", region: "region" },
  },
} as const satisfies Readonly<Record<string, { readonly within: string | null; readonly names: Names }>>;

/** The paths of all fields that any shape reads. */
export const shopEventFields: readonly (readonly string[])[] = [
  ...Object.values(shapes).flatMap(({ within, names }) =>
    Object.values(names).map((name) => within === null ? [name] : [within, name])
  ),
  ...["event", "created_at"].map((name) => [name]),
];

/** The same fields, after the two objects whose presence tells the shape. */
export const shopEventPlaces: readonly (readonly string[])[] = [
  ...Object.values(shapes).flatMap(({ within }) => within === null ? [] : [[within]]),
  ...shopEventFields,
];

/**
 * Reads an event in one of the three shapes. Returns undefined if the value is no JSON object.
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
  const { customer, lead, event, created_at: createdAt } = value;
  if (isObject(customer)) return { shape: "purchase", event, createdAt, ...fieldsOf("purchase", customer) };
  if (isObject(lead)) return { shape: "campaign", event, createdAt, ...fieldsOf("campaign", lead) };
  return { shape: "flat", event, createdAt, ...fieldsOf("flat", value) };
}

function fieldsOf(shape: keyof typeof shapes, of: Readonly<Record<string, unknown>>) {
  const fields: Partial<Record<keyof Names, unknown>> = {};
  const { names } = shapes[shape];
  for (const name of Object.keys(names) as (keyof Names)[]) fields[name] = of[names[name]];
  return fields as Readonly<Record<keyof Names, unknown>>; // the loop has set every name
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
