/** Generates people and products of a Brazilian shop. @module */

import { faker } from "@faker-js/faker/locale/pt_BR";
import { phoneOf, regions } from "./phones.ts";
import type { Random } from "./random.ts";

/** What the shop knows about a customer besides the contact; it must not leave the shop. */
export interface CustomerFile {
  readonly email: string;
  readonly cpf: string;
  readonly birth_date: string;
  readonly password_hash: string;
  readonly address: Readonly<Record<string, string>>;
}

/** A customer's intended contact: clean name, E.164 phone, state or unknown. */
export interface Contact {
  readonly name: string;
  readonly phone: string;
  readonly region: string | null;
}

/** A line of a purchase. */
export interface PurchaseItem {
  readonly sku: string;
  readonly name: string;
  readonly quantity: number;
  readonly unit_price: number;
}

/** Generates people and products, the same for the same seed. */
interface People {
  contact(): Contact;
  /** Returns a contact with another phone or another state. */
  moved(contact: Contact): Contact;
  customerFile(id: number, name: string): CustomerFile;
  card(name: string): Readonly<Record<string, string>>;
  items(): readonly PurchaseItem[];
  campaign(): string;
  utm(): Readonly<Record<string, string>>;
}

const unknownRegionShare = 0.1;
const poolSize = 400;
const base64Letters = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".split("");

/** Draws from pools that faker fills once; faker alone would cost more than the rest of an event. */
export function makePeople(random: Random, seed: number): People {
  const pools = makePools(seed);
  const region = () => random.chance(unknownRegionShare) ? null : random.pick(regions);
  const phone = (state: string | null) => phoneOf(random, state ?? random.pick(regions));
  return {
    contact: () => {
      const state = region();
      const name = `${random.pick(pools.firstNames)} ${random.pick(pools.lastNames)} ${
        random.pick(pools.lastNames)
      }`;
      return { name: name.normalize("NFC"), phone: phone(state), region: state };
    },
    moved: (contact) => {
      const state = random.chance(0.5) ? random.pick(regions) : contact.region;
      return { ...contact, phone: phone(state), region: state };
    },
    customerFile: (id, name) => makeCustomerFile(random, pools, { id, name }),
    card: (name) => ({
      number: `4${random.digits(15)}`,
      holder: name.toUpperCase(),
      expiry: `${twoDigits(1 + random.int(12))}/${27 + random.int(6)}`,
      cvv: random.digits(3),
    }),
    items: () =>
      Array.from({ length: 1 + random.int(4) }, () => ({
        sku: `SKU-${random.digits(8)}`,
        name: random.pick(pools.products),
        quantity: 1 + random.int(5),
        unit_price: (500 + random.int(90_000)) / 100,
      })),
    campaign: () => random.pick(pools.campaigns),
    utm: () => ({
      source: random.pick(["google", "instagram", "newsletter"]),
      medium: "cpc",
      term: random.pick(pools.products),
    }),
  };
}

type Pools = ReturnType<typeof makePools>;

// Synchronous, since the whole process shares the locale's faker.
function makePools(seed: number) {
  faker.seed(seed);
  const pool = (make: () => string) => Array.from({ length: poolSize }, make);
  return {
    firstNames: pool(() => faker.person.firstName()),
    lastNames: pool(() => faker.person.lastName()),
    streets: pool(() => faker.location.street()),
    cities: pool(() => faker.location.city()),
    products: pool(() => faker.commerce.productName()),
    campaigns: ["black-friday", "dia-das-mães", "volta-às-aulas", "liquidação-de-verão", "cliente-novo"],
  };
}

function makeCustomerFile(
  random: Random,
  pools: Pools,
  customer: { id: number; name: string },
): CustomerFile {
  const mailbox = customer.name.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(
    /[^a-z]+/g,
    ".",
  );
  return {
    email: `${mailbox}.${customer.id}@example.com.br`,
    cpf: `${random.digits(3)}.${random.digits(3)}.${random.digits(3)}-${random.digits(2)}`,
    birth_date: `19${50 + random.int(50)}-${twoDigits(1 + random.int(12))}-${twoDigits(1 + random.int(28))}`,
    password_hash: `$2b$12$${Array.from({ length: 53 }, () => random.pick(base64Letters)).join("")}`,
    address: {
      street: random.pick(pools.streets),
      number: String(1 + random.int(4000)),
      city: random.pick(pools.cities),
      zip: `${random.digits(5)}-${random.digits(3)}`,
    },
  };
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}
