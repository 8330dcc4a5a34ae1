/**
 * Events with a marker in all data that must not leave the shop, and the search of files and texts for them.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { join } from "node:path";
import type { Message } from "kafkajs";

/** The kind of data that a marker is in. */
type MarkerKind =
  /** A value that must appear nowhere: forbidden fields, customer ids, headers. */
  | "value"
  /** The name of a JSON key or of a header. */
  | "name"
  /** A name or region of a refused record: it may reach the database, and nothing else. */
  | "refused"
  /** A contact's name, which Bank 2 stores. */
  | "contact";

const letters: Readonly<Record<MarkerKind, string>> = { value: "v", name: "k", refused: "r", contact: "c" };

let markers = 0;

/** Returns a unique text. */
function marker(kind: MarkerKind): string {
  return `qzx7${letters[kind]}${(markers++).toString(36).padStart(5, "0")}`;
}

/** Returns the search patterns: a marker's beginning as text, in base64 at any alignment, and in hex. */
export function patternsOf(kinds: readonly MarkerKind[]): readonly string[] {
  return kinds.map((kind) => `qzx7${letters[kind]}`).flatMap((
    start,
  ) => [start, ...base64Of(start), hexOf(start)]);
}

/** Cuts the first and last characters, which depend on the neighboring bytes. */
function base64Of(text: string): readonly string[] {
  return [0, 1, 2].map((shift) => {
    const encoded = Buffer.from("\0".repeat(shift) + text).toString("base64").replace(/=+$/, "");
    return encoded.slice(shift === 0 ? 0 : shift + 1, (8 * (shift + text.length)) % 6 === 0 ? undefined : -1);
  });
}

function hexOf(text: string): string {
  return Buffer.from(text).toString("hex");
}

/** Counts the patterns' matches in the bytes. */
export function countIn(bytes: Buffer, patterns: readonly string[]): number {
  let count = 0;
  for (const pattern of patterns) {
    for (let at = bytes.indexOf(pattern); at >= 0; at = bytes.indexOf(pattern, at + 1)) count += 1;
  }
  return count;
}

/** Finds the files below a folder that match a pattern. Files that vanish during the search don't count. */
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

/** An event, and what the test knows of it. */
export interface CanaryEvent {
  readonly topic: "registrations" | "purchases" | "campaigns";
  readonly message: Message;
  /** The rule that refuses it; undefined if none does. */
  readonly rule?: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** Fields that must not be copied, under names that the shop never announced. */
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

/** Makes a valid event of one of the three shapes. */
export function goodEvent(index: number): CanaryEvent {
  const [id, name, phone] = [marker("value"), marker("contact"), phoneOf(index)];
  const created_at = new Date(startMs + index * 1000).toISOString();
  const shapes = [
    ["registrations", { event: "registration", customer_id: id, name, phone, region: "SP", created_at }],
    ["purchases", {
      event: "purchase",
      customer: { id, name, phone, region: null, ...forbidden() },
      created_at: marker("value"), // unparsable: the record's own time counts
    }],
    ["campaigns", {
      lead: { customer_id: id, full_name: name, phone_number: phone, ...forbidden() },
      created_at,
    }],
  ] as const;
  const [topic, fields] = shapes[index % shapes.length] ?? shapes[0];
  return { topic, message: messageOf(id, { ...forbidden(), ...fields }) };
}

/** Returns a person's phone number; all are different. */
export function phoneOf(index: number): string {
  return `+55119${String(10_000_000 + index)}`;
}

function messageOf(key: string, value: Fields | string): Message {
  return { key, value: typeof value === "string" ? value : JSON.stringify(value), headers: headers() };
}

/** Makes a record for each refusing rule. */
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
    ["sqlstate_P0001", { ...fields, name: `${refusedByFunction} ${marker("refused")}` }],
  ];
  const kinds = index < databaseRefusals * bad.length
    ? bad
    : bad.filter(([rule]) => !rule.startsWith("sqlstate"));
  const [rule, value, key = id] = kinds[index % kinds.length] ?? ["", ""];
  return { topic: "registrations", message: messageOf(key, value), rule };
}

/** Number of records of each kind that the database refuses: finding each takes a dozen statements. */
const databaseRefusals = 4;

export const badKinds = 18;

/** A constraint of Bank 2 refuses names with this prefix. */
export const refusedByCheck = "Check";
/** A constraint's function refuses names with this prefix, and quotes the row in all parts of its error. */
export const refusedByFunction = "Raise";

/** SQL of the refusing constraints. With a trigger, or a function that may read rows, no batch would go in columns. */
export const refusals = `
  alter table telesales.person add constraint not_so check (name not like '${refusedByCheck} %');
  create function telesales.is_fine(name text, phone text) returns boolean immutable language plpgsql as $$
  begin
    raise notice 'looking at % %', name, phone;
    if name like '${refusedByFunction} %' then
      raise exception 'cannot take %', name using detail = name || phone, hint = phone, column = name,
        constraint = name, datatype = name, table = name, schema = name;
    end if;
    return true;
  end $$;
  alter table telesales.person add constraint fine check (telesales.is_fine(name, phone))`;
