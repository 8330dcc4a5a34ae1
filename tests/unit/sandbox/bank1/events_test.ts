import assert from "node:assert/strict";
import { eventKey, eventValue, type OutboxRow } from "../../../../sandbox/bank1/events.ts";

const row: OutboxRow = {
  event_id: "41",
  kind: "registration",
  customer_id: "17",
  name: "José da Conceição",
  phone: "(11) 98765-4321",
  region: "SP",
  created_at: new Date("2026-11-23T03:05:27.123Z"),
  details: {},
};
const secrets = { cpf: "1", birth_date: "1970-01-01", password_hash: "$2b$", address: { city: "Sé" } };

Deno.test("a registration has the contact beside everything else the shop knows", () => {
  const value = eventValue({ ...row, details: { email: "j@example.com", ...secrets } });
  assert.deepEqual(JSON.parse(value), {
    event: "registration",
    customer_id: 17,
    name: "José da Conceição",
    phone: "(11) 98765-4321",
    region: "SP",
    email: "j@example.com",
    ...secrets,
    created_at: "2026-11-23T03:05:27.123Z",
  });
});

Deno.test("a purchase has the contact in its customer", () => {
  const details = { email: "j@example.com", card: { cvv: "1" }, items: [{ sku: "A" }], total: 49.7 };
  assert.deepEqual(JSON.parse(eventValue({ ...row, kind: "purchase", details })), {
    event: "purchase",
    order_id: 41,
    customer: {
      id: 17,
      name: "José da Conceição",
      phone: "(11) 98765-4321",
      region: "SP",
      email: "j@example.com",
    },
    card: { cvv: "1" },
    items: [{ sku: "A" }],
    total: 49.7,
    created_at: "2026-11-23T03:05:27.123Z",
  });
});

Deno.test("a campaign sign-up has the contact in its lead, under other names", () => {
  const details = { campaign: "black-friday", utm: { source: "google" } };
  assert.deepEqual(JSON.parse(eventValue({ ...row, kind: "campaign", details })), {
    event: "campaign",
    campaign: "black-friday",
    lead: { customer_id: 17, full_name: "José da Conceição", phone_number: "(11) 98765-4321", state: "SP" },
    utm: { source: "google" },
    created_at: "2026-11-23T03:05:27.123Z",
  });
});

Deno.test("an unknown region is null in odd events and absent in even ones", () => {
  const odd = JSON.parse(eventValue({ ...row, region: null }));
  const even = JSON.parse(eventValue({ ...row, region: null, event_id: "42" }));
  assert.equal(odd.region, null);
  assert.ok(!("region" in even));
});

Deno.test("the key is the customer's id as text", () => {
  assert.equal(eventKey(row), "17");
});
