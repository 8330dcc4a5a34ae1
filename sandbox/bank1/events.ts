/** Builds the shop's Kafka records: telesales' contract. @module */

/** A row of Bank 1's outbox. */
export interface OutboxRow {
  readonly event_id: string;
  readonly kind: "registration" | "purchase" | "campaign";
  readonly customer_id: string;
  readonly name: string;
  readonly phone: string;
  readonly region: string | null;
  readonly created_at: Date;
  /** Further fields of this kind of event, by name. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** The topic of each kind of event. */
export interface ShopTopics {
  readonly registration: string;
  readonly purchase: string;
  readonly campaign: string;
}

/** The topics' names in production. */
export const shopTopics: ShopTopics = {
  registration: "customers.registrations",
  purchase: "customers.purchases",
  campaign: "customers.campaigns",
};

/** Returns the record's key: the customer's id as text, which keeps a customer's events in one partition. */
export function eventKey(row: OutboxRow): string {
  return row.customer_id;
}

/** Returns the record's value as JSON text. */
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

/** Half of the events omit an unknown region, the others contain null, as real producers do. */
function knownOrNot(row: Omit<OutboxRow, "details">, field: string): Readonly<Record<string, string | null>> {
  return row.region === null && Number(row.event_id) % 2 === 0 ? {} : { [field]: row.region };
}
