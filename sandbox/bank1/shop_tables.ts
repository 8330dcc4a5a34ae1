/** Writes the shop's events to its tables. @module */

import type postgres from "postgres";
import type { ShopEvent } from "./shop.ts";

/** Adds events in one transaction, with ids from `firstId`: the producer sees all of them or none. */
export async function insertEvents(
  sql: postgres.Sql,
  events: readonly ShopEvent[],
  firstId: number,
): Promise<void> {
  if (events.length === 0) return;
  const rows = events.map((event, index) => toRow(event, firstId + index));
  const ofKind = (kind: ShopEvent["what"]["kind"]) => sql.json(rows.filter((row) => row.kind === kind));
  await sql.begin(async (sql) => {
    await sql`
      insert into customers select * from jsonb_to_recordset(${sql.json(newFiles(events))})
        as r (id bigint, email text, cpf text, birth_date date, password_hash text, address jsonb)`;
    await sql`
      insert into registrations
      select event_id, customer_id, name, phone, region, created_at, meant_name, meant_phone
      from jsonb_populate_recordset(null::registrations, ${ofKind("registration")})`;
    await sql`
      insert into purchases select * from jsonb_populate_recordset(null::purchases, ${ofKind("purchase")})`;
    await sql`
      insert into campaign_signups
      select event_id, customer_id, campaign, name, phone, region, utm, created_at, meant_name, meant_phone
      from jsonb_to_recordset(${ofKind("campaign")}) as r (event_id bigint, customer_id bigint, campaign text,
        name text, phone text, region text, utm jsonb, created_at timestamptz, meant_name text, meant_phone text)`;
    await sql`notify shop_events`;
  });
}

function newFiles(events: readonly ShopEvent[]) {
  return events.flatMap(({ customerId, what }) =>
    what.kind === "registration" && what.file ? [{ id: customerId, ...what.file }] : []
  );
}

function toRow(event: ShopEvent, eventId: number) {
  return {
    ...flatDetails(event.what),
    event_id: eventId,
    customer_id: event.customerId,
    name: event.name,
    phone: event.phone,
    region: event.region,
    created_at: new Date(event.createdAt).toISOString(),
    meant_name: event.meantName,
    meant_phone: event.meantPhone,
  };
}

function flatDetails(what: ShopEvent["what"]) {
  switch (what.kind) {
    case "registration":
      return { kind: what.kind };
    case "purchase":
      return {
        kind: what.kind,
        card: what.card,
        items: what.items.map((item) => ({ ...item })),
        total: what.total,
      };
    case "campaign":
      return { kind: what.kind, campaign: what.campaign, utm: what.utm };
  }
}
