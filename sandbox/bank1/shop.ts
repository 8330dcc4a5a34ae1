/** Generates the shop's events: customers register, move, buy and sign up for campaigns. @module */

import { type Contact, type CustomerFile, makePeople, type PurchaseItem } from "./people.ts";
import { spelled } from "./phones.ts";
import { type Random, seededRandom } from "./random.ts";

/** An event with the contact as typed into a form and as intended. */
export interface ShopEvent {
  readonly customerId: number;
  readonly name: string;
  readonly phone: string;
  /** Null or blank if the customer didn't give it. */
  readonly region: string | null;
  /** The name without the typed blanks and decomposed accents. */
  readonly meantName: string;
  /** The phone in E.164. */
  readonly meantPhone: string;
  /** Milliseconds since 1970, different for all events of a customer. */
  readonly createdAt: number;
  readonly what: Registration | Purchase | CampaignSignUp;
}

/** A first registration includes the customer's file; a later one only changes contact data. */
interface Registration {
  readonly kind: "registration";
  readonly file?: CustomerFile;
}

interface Purchase {
  readonly kind: "purchase";
  readonly card: Readonly<Record<string, string>>;
  readonly items: readonly PurchaseItem[];
  readonly total: number;
}

interface CampaignSignUp {
  readonly kind: "campaign";
  readonly campaign: string;
  readonly utm: Readonly<Record<string, string>>;
}

/** Generates events, the same for the same seed and times. */
export interface Shop {
  /** A new customer registers. */
  newcomer(atMs: number): ShopEvent;
  /** Something happens to an existing customer, if there is any. */
  known(atMs: number): ShopEvent;
  /** Either of the two. */
  next(atMs: number): ShopEvent;
}

const share = { newcomer: 0.1, change: 0.1, purchase: 0.5 };
const unknownRegionShare = 0.1;
const untidyNameShare = 0.1;
const triesMax = 20;

interface Customer {
  readonly id: number;
  contact: Contact;
  lastAtMs: number;
}

/** Opens a shop without customers. */
export function openShop(seed: number): Shop {
  const random = seededRandom(seed);
  const people = makePeople(random, seed);
  const customers: Customer[] = [];

  const event = (customer: Customer, atMs: number, what: ShopEvent["what"]): ShopEvent => {
    customer.lastAtMs = atMs;
    const { name, phone } = customer.contact;
    return {
      customerId: customer.id,
      name: typedName(random, name),
      phone: spelled(random, phone),
      region: typedRegion(random, customer.contact.region),
      meantName: name,
      meantPhone: phone,
      createdAt: atMs,
      what,
    };
  };
  const newcomer = (atMs: number) => {
    const customer = { id: customers.length + 1, contact: people.contact(), lastAtMs: atMs };
    customers.push(customer);
    return event(customer, atMs, {
      kind: "registration",
      file: people.customerFile(customer.id, customer.contact.name),
    });
  };
  const known = (atMs: number) => {
    const customer = freeCustomer(random, customers, atMs);
    if (customer === undefined) return newcomer(atMs);
    if (random.chance(share.change)) {
      customer.contact = people.moved(customer.contact);
      return event(customer, atMs, { kind: "registration" });
    }
    if (!random.chance(share.purchase)) {
      return event(customer, atMs, { kind: "campaign", campaign: people.campaign(), utm: people.utm() });
    }
    const items = people.items();
    const cents = items.reduce(
      (sum, { quantity, unit_price }) => sum + quantity * Math.round(unit_price * 100),
      0,
    );
    return event(customer, atMs, {
      kind: "purchase",
      card: people.card(customer.contact.name),
      items,
      total: cents / 100,
    });
  };
  return {
    newcomer,
    known,
    next: (atMs) => random.chance(share.newcomer) ? newcomer(atMs) : known(atMs),
  };
}

/** Returns a customer without an event in this millisecond: with equal times there would be no newest. */
function freeCustomer(random: Random, customers: readonly Customer[], atMs: number): Customer | undefined {
  for (let tries = 0; tries < triesMax && customers.length > 0; tries++) {
    const customer = random.pick(customers);
    if (customer.lastAtMs < atMs) return customer;
  }
  return undefined;
}

function typedName(random: Random, name: string): string {
  if (!random.chance(untidyNameShare)) return name;
  return random.pick([
    () => ` ${name}  `,
    () => name.replace(" ", "   "),
    () => name.replace(" ", "\u00a0"),
    () => name.normalize("NFD"),
  ])();
}

function typedRegion(random: Random, region: string | null): string | null {
  if (region === null || random.chance(unknownRegionShare)) return random.pick([null, null, "", "  "]);
  return random.chance(0.1) ? ` ${region} ` : region;
}
