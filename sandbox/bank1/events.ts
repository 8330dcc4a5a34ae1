/**
 * The shapes in which the shop's events go to Kafka: telesales' contract.
 *
 * @module
 */

/** One line of Bank 1's outbox. */
export interface OutboxRow {
  readonly event_id: string;
  readonly kind: "registration" | "purchase" | "campaign";
  readonly customer_id: string;
  readonly name: string;
  readonly phone: string;
  readonly region: string | null;
  readonly created_at: Date;
  /** What else there is of this kind, by field name. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** Where each kind goes. */
export interface ShopTopics {
  readonly registration: string;
  readonly purchase: string;
  readonly campaign: string;
}

/** The topics as they are called in production. */
export const shopTopics: ShopTopics = {
  registration: "customers.registrations",
  purchase: "customers.purchases",
  campaign: "customers.campaigns",
};

/** The record's key: the customer's id as text, so that all of a customer's events are in one partition number. */
export function eventKey(row: OutboxRow): string {
  return row.customer_id;
}

/** The record's value, as JSON text. */
export function eventValue(row: OutboxRow): string {
  return JSON.stringify(shapes[row.kind](row));
}

const shapes = {
  registration: (row: OutboxRow) => ({
    event: "registration",
    customer_id: Number(row.customer_id),
    name: row.name,
    phone: row.phone,
    ...knownOrNot(row, "region"),
    ...row.details,
    created_at: row.created_at.toISOString(),
  }),
  purchase: ({ details: { email, ...details }, ...row }: OutboxRow) => ({
    event: "purchase",
    order_id: Number(row.event_id),
    customer: {
      id: Number(row.customer_id),
      name: row.name,
      phone: row.phone,
      ...knownOrNot(row, "region"),
      email,
    },
    ...details,
    created_at: row.created_at.toISOString(),
  }),
  campaign: ({ details: { campaign, utm }, ...row }: OutboxRow) => ({
    event: "campaign",
    campaign,
    lead: {
      customer_id: Number(row.customer_id),
      full_name: row.name,
      phone_number: row.phone,
      ...knownOrNot(row, "state"),
    },
    utm,
    created_at: row.created_at.toISOString(),
  }),
};

/** An unknown region is left out by every second event and null in the others: producers do both. */
function knownOrNot(row: Omit<OutboxRow, "details">, field: string): Readonly<Record<string, string | null>> {
  return row.region === null && Number(row.event_id) % 2 === 0 ? {} : { [field]: row.region };
}
