/** Telesales' transformation for events in their common form, without making values. @module */

import type { KeyedHash } from "../../connect/api/keyed_hash.ts";
import type { Time } from "../../connect/api/ports.ts";
import {
  IN_ARENA,
  SPAN_NUMBERS,
  type SpanArena,
  type SpanColumn,
  SpanKind,
  type SpanRecord,
  type SpanTransformation,
  writeInstant,
} from "../../connect/api/spans.ts";
import { nameCharactersMax } from "../../domain/contact_name.ts";
import { regionCharactersMax } from "../../domain/region.ts";
import { BrazilianPhone, isPlainText, isShortDecimal, readIsoTime } from "./common_forms.ts";
import { contactRow } from "./contact_row.ts";
import { shopEventPlaces } from "./event_shapes.ts";

/** What the transformation's options say. */
interface ContactSpansOptions {
  readonly hash: KeyedHash;
  /** Comes before the id in the hashed text. */
  readonly keyVersion: string;
  /** Whether only canonical decimals are ids. */
  readonly isIntegerForm: boolean;
  readonly registrationTopics: readonly string[];
  readonly time: Time;
}

const encoder = new TextEncoder();
const registration = encoder.encode("registration");
const hashBytes = 32;

/** Where the fields are; a shape's fields follow its id. */
const places = {
  customer: placeOf("customer"),
  lead: placeOf("lead"),
  purchase: placeOf("customer", "id"),
  campaign: placeOf("lead", "customer_id"),
  flat: placeOf("customer_id"),
  event: placeOf("event"),
  createdAt: placeOf("created_at"),
};
/** Where they are after the id. */
const [nameAfter, phoneAfter, regionAfter] = [SPAN_NUMBERS, 2 * SPAN_NUMBERS, 3 * SPAN_NUMBERS];

/** Where the columns are. */
const columns = {
  key: 0,
  name: SPAN_NUMBERS,
  phone: 2 * SPAN_NUMBERS,
  region: 3 * SPAN_NUMBERS,
  updatedAt: 4 * SPAN_NUMBERS,
  registeredAt: 5 * SPAN_NUMBERS,
};

/** Keeps name, phone and region of events whose fields are all in a common form. `KeepContact` decides all others. */
export class ContactSpans implements SpanTransformation {
  readonly reads = shopEventPlaces;
  readonly gives: readonly SpanColumn[] = [
    { part: "key", name: "contact_key" },
    ...contactRow.fields.map(({ name }) => ({ part: "value", name } as const)),
  ];
  readonly #options: ContactSpansOptions;
  readonly #registrationTopics: ReadonlySet<string>;
  readonly #keyPrefix: Uint8Array;
  readonly #phone = new BrazilianPhone();

  constructor(options: ContactSpansOptions) {
    this.#options = options;
    this.#registrationTopics = new Set(options.registrationTopics);
    this.#keyPrefix = encoder.encode(options.keyVersion);
  }

  apply(record: SpanRecord, spans: Int32Array, to: number): boolean {
    const { fields } = record;
    const id = idPlace(fields);
    if (!this.#isId(record, id) || !isPlain(record, id + nameAfter, nameCharactersMax)) return false;
    const region = id + regionAfter;
    const hasRegion = isPlain(record, region, regionCharactersMax);
    if (!hasRegion && !isNoRegion(fields, region)) return false;
    const phoneLength = this.#readPhone(record, id + phoneAfter);
    if (phoneLength === 0) return false;
    const time = this.#timeOf(record);
    if (Number.isNaN(time)) return false;

    this.#writeKey(record, id, spans, to + columns.key);
    copySpan(fields, id + nameAfter, spans, to + columns.name);
    this.#writePhone(record.arena, phoneLength, spans, to + columns.phone);
    if (hasRegion) copySpan(fields, region, spans, to + columns.region);
    else writeNull(spans, to + columns.region);
    writeInstant(spans, to + columns.updatedAt, time);
    if (this.#isRegistration(record, id)) writeInstant(spans, to + columns.registeredAt, time);
    else writeNull(spans, to + columns.registeredAt);
    return true;
  }

  /** Whether a field is an id, and the record's key the same text. */
  #isId(record: SpanRecord, place: number): boolean {
    const { fields, keyAt, keyLength } = record;
    const bytes = bytesOf(record, place);
    const at = fields[place + 1]!;
    const length = fields[place + 2]!;
    if (length === 0 || keyLength !== length) return false;
    const isInteger = fields[place] === SpanKind.integer;
    if (!isInteger && !isText(fields, place)) return false;
    if ((isInteger || this.#options.isIntegerForm) && !isShortDecimal(bytes, at, length)) return false;
    for (let index = 0; index < length; index++) {
      if (bytes[at + index] !== record.bytes[keyAt + index]) return false;
    }
    return true;
  }

  #readPhone(record: SpanRecord, place: number): number {
    const { fields } = record;
    if (!isText(fields, place)) return 0;
    return this.#phone.read(bytesOf(record, place), fields[place + 1]!, fields[place + 2]!);
  }

  /** The time by the domain's rule; NaN = the domain has to read the event's own time. */
  #timeOf(record: SpanRecord): number {
    const { fields, timestamp } = record;
    const now = this.#options.time.now();
    const recorded = timestamp < 0 ? now : timestamp;
    const place = places.createdAt;
    const said = isText(fields, place)
      ? readIsoTime(bytesOf(record, place), fields[place + 1]!, fields[place + 2]!)
      : recorded;
    return Math.min(said, recorded, now);
  }

  /** As `KeepContact` does: a flat event of a topic of registrations that doesn't name another type. */
  #isRegistration(record: SpanRecord, id: number): boolean {
    if (id !== places.flat || !this.#registrationTopics.has(record.topic)) return false;
    const { fields } = record;
    const place = places.event;
    if (!isText(fields, place)) return fields[place] === SpanKind.absent || fields[place] === SpanKind.null;
    if (fields[place + 2] !== registration.length) return false;
    const bytes = bytesOf(record, place);
    const at = fields[place + 1]!;
    for (let index = 0; index < registration.length; index++) {
      if (bytes[at + index] !== registration[index]) return false;
    }
    return true;
  }

  #writeKey(record: SpanRecord, id: number, spans: Int32Array, to: number): void {
    const { arena, fields } = record;
    const prefix = this.#keyPrefix;
    const length = fields[id + 2]!;
    const textLength = prefix.length + length;
    const at = arena.take(Math.max(textLength, hashBytes));
    const { bytes } = arena;
    const from = bytesOf(record, id); // asked for after the arena may have grown
    const idAt = fields[id + 1]!;
    for (let index = 0; index < prefix.length; index++) bytes[at + index] = prefix[index]!;
    for (let index = 0; index < length; index++) bytes[at + prefix.length + index] = from[idAt + index]!;
    this.#options.hash.replace(bytes, at, textLength);
    arena.cut(at + hashBytes);
    spans[to] = SpanKind.bytes | IN_ARENA;
    spans[to + 1] = at;
    spans[to + 2] = hashBytes;
  }

  #writePhone(arena: SpanArena, length: number, spans: Int32Array, to: number): void {
    const at = arena.take(length);
    const { bytes } = arena;
    const { text } = this.#phone;
    for (let index = 0; index < length; index++) bytes[at + index] = text[index]!;
    spans[to] = SpanKind.text | IN_ARENA;
    spans[to + 1] = at;
    spans[to + 2] = length;
  }
}

function placeOf(...path: string[]): number {
  const text = path.join(".");
  return SPAN_NUMBERS * shopEventPlaces.findIndex((other) => other.join(".") === text);
}

/** As `readShopEvent`: the object that is there tells the shape, and a purchase's comes first. */
function idPlace(fields: Int32Array): number {
  if (fields[places.customer] === SpanKind.object) return places.purchase;
  return fields[places.lead] === SpanKind.object ? places.campaign : places.flat;
}

/** Whether the region isn't known. */
function isNoRegion(fields: Int32Array, place: number): boolean {
  if (isText(fields, place)) return fields[place + 2] === 0;
  return fields[place] === SpanKind.absent || fields[place] === SpanKind.null;
}

function isPlain(record: SpanRecord, place: number, charactersMax: number): boolean {
  const { fields } = record;
  return isText(fields, place) &&
    isPlainText(bytesOf(record, place), fields[place + 1]!, fields[place + 2]!, charactersMax);
}

function isText(fields: Int32Array, place: number): boolean {
  return (fields[place]! & ~IN_ARENA) === SpanKind.text;
}

function bytesOf(record: SpanRecord, place: number): Uint8Array {
  return (record.fields[place]! & IN_ARENA) === 0 ? record.bytes : record.arena.bytes;
}

function copySpan(from: Int32Array, at: number, spans: Int32Array, to: number): void {
  for (let index = 0; index < SPAN_NUMBERS; index++) spans[to + index] = from[at + index]!;
}

function writeNull(spans: Int32Array, to: number): void {
  spans[to] = SpanKind.null;
  spans[to + 1] = 0;
  spans[to + 2] = 0;
}
