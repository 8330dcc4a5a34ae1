/**
 * Events in which everything that must not leave the shop is a marker of its own, and files and texts that are searched
 * for them.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { join } from "node:path";
import type { Message } from "kafkajs";

/** What a marker stands for. */
type MarkerKind =
  /** A value that may leave nowhere: forbidden fields, ids of customers, headers. */
  | "value"
  /** The name of a JSON key or of a header. */
  | "name"
  /** A name or region of a record that is refused: it may reach the database, which refuses it, and nothing else. */
  | "refused"
  /** A contact's name: Bank 2 is there for it. */
  | "contact";

const letters: Readonly<Record<MarkerKind, string>> = { value: "v", name: "k", refused: "r", contact: "c" };

let markers = 0;

/** A text that nothing else has. */
function marker(kind: MarkerKind): string {
  return `qzx7${letters[kind]}${(markers++).toString(36).padStart(5, "0")}`;
}

/** What a text or a file is searched for: a marker's beginning as it is, in base64 at any place, and in hex. */
export function patternsOf(kinds: readonly MarkerKind[]): readonly string[] {
  return kinds.map((kind) => `qzx7${letters[kind]}`).flatMap((
    start,
  ) => [start, ...base64Of(start), hexOf(start)]);
}

/** The first and last characters depend on what stands beside it. */
function base64Of(text: string): readonly string[] {
  return [0, 1, 2].map((shift) => {
    const encoded = Buffer.from("\0".repeat(shift) + text).toString("base64").replace(/=+$/, "");
    return encoded.slice(shift === 0 ? 0 : shift + 1, (8 * (shift + text.length)) % 6 === 0 ? undefined : -1);
  });
}

function hexOf(text: string): string {
  return Buffer.from(text).toString("hex");
}

/** How often any of them is in the bytes. */
export function countIn(bytes: Buffer, patterns: readonly string[]): number {
  let count = 0;
  for (const pattern of patterns) {
    for (let at = bytes.indexOf(pattern); at >= 0; at = bytes.indexOf(pattern, at + 1)) count += 1;
  }
  return count;
}

/** Files below a folder that hold any of the patterns. What vanishes meanwhile is no longer anywhere. */
export async function filesWith(
  folder: string,
  patterns: readonly string[],
  skips: (path: string) => boolean = () => false,
): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (skips(path)) continue;
    if (isDirectory) found.push(...await filesWith(path, patterns, skips));
    if (isFile && await fileHas(path, patterns)) found.push(path);
  }
  return found;
}

async function fileHas(path: string, patterns: readonly string[]): Promise<boolean> {
  try {
    return countIn(Buffer.from(await Deno.readFile(path)), patterns) > 0;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** An event with what the shop knows besides. */
export interface CanaryEvent {
  readonly topic: "registrations" | "purchases" | "campaigns";
  readonly message: Message;
  /** The rule by which it is refused; undefined where it isn't. */
  readonly rule?: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** Everything that must stay behind, below names that the shop never announced. */
function forbidden(): Fields {
  const value = () => marker("value");
  return {
    email: value(),
    cpf: value(),
    birth_date: value(),
    password_hash: value(),
    address: { street: value(), region: value(), [marker("name")]: { [marker("name")]: [value()] } },
    card: { number: value(), cvv: value() },
    items: [{ sku: value(), [marker("name")]: value() }],
    utm: { source: value() },
    [marker("name")]: value(),
  };
}

function headers(): NonNullable<Message["headers"]> {
  return { [marker("name")]: marker("value"), trace: marker("value") };
}

/** Milliseconds since 1970 of the first event. */
const startMs = Date.UTC(2026, 9, 1);

/** A good event of any of the three shapes. */
export function goodEvent(index: number): CanaryEvent {
  const [id, name, phone] = [marker("value"), marker("contact"), phoneOf(index)];
  const created_at = new Date(startMs + index * 1000).toISOString();
  const shapes = [
    ["registrations", { event: "registration", customer_id: id, name, phone, region: "SP", created_at }],
    ["purchases", {
      event: "purchase",
      customer: { id, name, phone, region: null, ...forbidden() },
      created_at: marker("value"), // unreadable: the record's own time counts
    }],
    ["campaigns", {
      lead: { customer_id: id, full_name: name, phone_number: phone, ...forbidden() },
      created_at,
    }],
  ] as const;
  const [topic, fields] = shapes[index % shapes.length] ?? shapes[0];
  return { topic, message: messageOf(id, { ...forbidden(), ...fields }) };
}

/** A person's number: no two have the same. */
export function phoneOf(index: number): string {
  return `+55119${String(10_000_000 + index)}`;
}

function messageOf(key: string, value: Fields | string): Message {
  return { key, value: typeof value === "string" ? value : JSON.stringify(value), headers: headers() };
}

/** A record of each way to be refused, by the rule that it is counted by. */
export function badEvent(index: number): CanaryEvent {
  const id = marker("value");
  const fields = {
    ...forbidden(),
    ...{
      event: "registration",
      customer_id: id,
      name: marker("refused"),
      phone: phoneOf(index),
      region: "SP",
    },
  };
  const json = JSON.stringify(fields);
  const bad: readonly (readonly [rule: string, value: Fields | string, key?: string])[] = [
    ["json_unreadable", json.slice(0, -9)],
    ["json_unreadable", `${marker("value")} {`],
    ["json_unreadable", JSON.stringify({ [marker("name").repeat(500)]: 1 }).slice(0, 3_000)],
    ["empty_value", ""],
    ["empty_value", "null"],
    ["value_too_large", { ...fields, notes: marker("value").repeat(1_000) }],
    ["key_mismatch", fields, marker("value")],
    ["phone_impossible", { ...fields, phone: marker("refused") }],
    ["phone_missing", { ...fields, phone: null }],
    ["name_missing", { ...fields, name: "  " }],
    ["name_invalid", { ...fields, name: `${marker("refused")}\u0007` }],
    ["name_invalid", { ...fields, name: { [marker("name")]: marker("value") } }],
    ["region_invalid", { ...fields, region: marker("refused").repeat(20) }],
    ["id_invalid", { ...fields, customer_id: { [marker("name")]: marker("value") } }],
    ["event_invalid", JSON.stringify([marker("value"), { [marker("name")]: 1 }])],
    ["integer_too_large", json.replace(`"${id}"`, "99999999999999999999")],
    ["sqlstate_23514", { ...fields, name: `${refusedByCheck} ${marker("refused")}` }],
    ["sqlstate_P0001", { ...fields, name: `${refusedByTrigger} ${marker("refused")}` }],
  ];
  const kinds = index < databaseRefusals * bad.length
    ? bad
    : bad.filter(([rule]) => !rule.startsWith("sqlstate"));
  const [rule, value, key = id] = kinds[index % kinds.length] ?? ["", ""];
  return { topic: "registrations", message: messageOf(key, value), rule };
}

/** So many records of each kind are refused by the database: to find each takes it a dozen statements. */
const databaseRefusals = 4;

/** Ways to be refused. */
export const badKinds = 18;

/** Names that begin so are refused by a constraint of Bank 2. */
export const refusedByCheck = "Check";
/** Names that begin so are refused by a trigger that quotes the row in every part of its error. */
export const refusedByTrigger = "Raise";

/** What makes Bank 2 refuse, as somebody may have built it. */
export const refusals = `
  alter table telesales.person add constraint not_so check (name not like '${refusedByCheck} %');
  create function telesales.refuse() returns trigger language plpgsql as $$
  begin
    raise notice 'looking at %', new;
    if new.name like '${refusedByTrigger} %' then
      raise exception 'cannot take %', new.name using detail = new::text, hint = new.phone, column = new.name,
        constraint = new.name, datatype = new.name, table = new.name, schema = new.name;
    end if;
    return new;
  end $$;
  create trigger refuse before insert or update on telesales.person for each row execute function telesales.refuse()`;
