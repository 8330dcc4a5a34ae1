/**
 * What Bank 2 must hold for telesales, worked out from the events in the plainest way: all events of a person are
 * kept and looked at together at the end. Shares no code with the connector, whose judge it is.
 *
 * Between partitions there is no order, so a tie of two event times across partitions has more than one right
 * outcome. The model says all of them.
 *
 * @module
 */

import { createHmac } from "node:crypto";
import { type CountryCode, parsePhoneNumberFromString } from "libphonenumber-js";

/** A record as it was read from Kafka. */
export interface ReadRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  /** Milliseconds since 1970. The time of processing, which counts where there is none, can't be known here. */
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
}

/** How telesales is set up. */
export interface TelesalesModelOptions {
  readonly secret: string;
  /** Topics on which a tombstone erases and an event of the flat shape registers. */
  readonly registrationTopics?: readonly string[];
  readonly phoneRegion?: CountryCode;
}

/** What a row may hold: each of these is a right outcome. */
export interface ExpectedContact {
  /** None where the row has to be empty. */
  readonly people: readonly { readonly name: string; readonly phone: string; readonly updatedAt: number }[];
  readonly regions: readonly (string | null)[];
  readonly mayBeEmpty: boolean;
}

interface Report {
  readonly place: string;
  readonly offset: bigint;
  readonly time: number;
  readonly isRegistration: boolean;
  readonly name: string;
  readonly phone: string;
  readonly region: string | null;
}

interface Person {
  readonly reports: Report[];
  readonly erasures: { readonly time: number; readonly offset: bigint }[];
}

/** Collects events and says what they come to. */
export class TelesalesModel {
  readonly #options: Required<TelesalesModelOptions>;
  readonly #people = new Map<string, Person>();
  #rejected = 0;

  constructor(options: TelesalesModelOptions) {
    this.#options = { registrationTopics: ["customers.registrations"], phoneRegion: "BR", ...options };
  }

  /** Records that no row comes from. */
  get rejected(): number {
    return this.#rejected;
  }

  /** Takes a record; those of one partition in the order of their offsets. */
  add(record: ReadRecord): void {
    const id = record.key === null ? "" : decodeUtf8(record.key);
    if (record.value === null) this.#tombstone(record, id ?? "");
    else this.#event(record, id ?? "");
  }

  /** The rows, by contact key as hex. */
  expected(): ReadonlyMap<string, ExpectedContact> {
    const rows = new Map<string, ExpectedContact>();
    for (const [id, person] of this.#people) rows.set(this.#contactKey(id), outcomeOf(person));
    return rows;
  }

  #tombstone(record: ReadRecord, id: string): void {
    if (id === "") this.#rejected++;
    else if (this.#options.registrationTopics.includes(record.topic)) {
      this.#person(id).erasures.push({ time: record.timestamp, offset: record.offset });
    }
  }

  #event(record: ReadRecord, id: string): void {
    const report = reportOf(record, id, this.#options);
    if (report === undefined) this.#rejected++;
    else this.#person(id).reports.push(report);
  }

  #person(id: string): Person {
    const known = this.#people.get(id);
    if (known !== undefined) return known;
    const fresh = { reports: [], erasures: [] };
    this.#people.set(id, fresh);
    return fresh;
  }

  #contactKey(id: string): string {
    return createHmac("sha256", this.#options.secret).update(`v1:${id}`).digest("hex");
  }
}

/** What may stand in the row of a person about whom that was said. */
function outcomeOf({ reports, erasures }: Person): ExpectedContact {
  if (erasures.length === 0) {
    // The row keeps the position of its newest event only, so ties of regions are told apart not always.
    const located = reports.filter(({ region }) => region !== null);
    return expectedOf(candidates(reports), located.filter(({ time }) => time === latest(located)));
  }
  const erasedAt = Math.max(...erasures.map(({ time }) => time));
  const lastErasure = erasures.reduce((last, { offset }) => offset > last ? offset : last, -1n);
  const counted = reports.filter(({ time }) => time > erasedAt);
  const registrations = counted.filter(({ isRegistration }) => isRegistration);
  if (registrations.length === 0) return { people: [], regions: [null], mayBeEmpty: true };
  // One in front of an erasure of an earlier time had a wrong clock: whether it counts depends on what came between.
  const sure = registrations.filter(({ offset }) => offset > lastErasure);
  // What other topics said before the registration came in is gone, and who came first isn't known.
  const people = sure.length === 0 ? counted : counted.filter(({ time }) => time >= latest(sure));
  const { regions, ...rest } = expectedOf(people, counted);
  return { ...rest, regions: [null, ...regions], mayBeEmpty: sure.length === 0 };
}

function expectedOf(named: readonly Report[], located: readonly Report[]): ExpectedContact {
  const regions = located.map(({ region }) => region);
  return {
    people: named.map(({ name, phone, time }) => ({ name, phone, updatedAt: time })),
    regions: regions.length === 0 ? [null] : regions,
    mayBeEmpty: false,
  };
}

/** The newest report; where several partitions have one of that time, the last of each. */
function candidates(reports: readonly Report[]): readonly Report[] {
  const newest = latest(reports);
  const byPlace = new Map<string, Report>();
  for (const report of reports) {
    if (report.time !== newest) continue;
    const known = byPlace.get(report.place);
    if (known === undefined || known.offset < report.offset) byPlace.set(report.place, report);
  }
  return [...byPlace.values()];
}

function latest(reports: readonly Report[]): number {
  return reports.reduce((time, report) => Math.max(time, report.time), -Infinity);
}

/** Undefined where the contract refuses the record. */
function reportOf(
  record: ReadRecord,
  key: string,
  { registrationTopics, phoneRegion }: Required<TelesalesModelOptions>,
): Report | undefined {
  const event = parseObject(record.value ?? new Uint8Array());
  if (event === undefined) return undefined;
  const said = fieldsOf(event);
  const name = text(said.name)?.normalize("NFC").trim().replaceAll(/\s+/g, " ") ?? "";
  const phone = parsePhoneNumberFromString(text(said.phone) ?? "", phoneRegion);
  const region = said.region === null || said.region === undefined ? "" : text(said.region)?.trim();
  const isNamed = name !== "" && [...name].length <= 200 && !hasControls(name);
  const isLocated = region !== undefined && [...region].length <= 64 && !hasControls(region);
  if (idText(said.id) !== key || key === "" || !isNamed || !isLocated || !phone?.isPossible()) {
    return undefined;
  }
  const own = said.isFlat && [undefined, null, "registration"].some((kind) => kind === event["event"]);
  return {
    place: `${record.topic}-${record.partition}`,
    offset: record.offset,
    time: timeOf(event["created_at"], record.timestamp),
    isRegistration: own && registrationTopics.includes(record.topic),
    name,
    phone: phone.number,
    region: region === "" ? null : region,
  };
}

type JsonObject = Readonly<Record<string, unknown>>;

function fieldsOf(event: JsonObject) {
  const { customer, lead } = event;
  if (isObject(customer)) {
    const { id, name, phone, region } = customer;
    return { isFlat: false, id, name, phone, region };
  }
  if (isObject(lead)) {
    const { customer_id: id, full_name: name, phone_number: phone, state: region } = lead;
    return { isFlat: false, id, name, phone, region };
  }
  const { customer_id: id, name, phone, region } = event;
  return { isFlat: true, id, name, phone, region };
}

function timeOf(createdAt: unknown, timestamp: number): number {
  const iso = /^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)$/;
  const said = typeof createdAt === "string" && iso.test(createdAt) ? Date.parse(createdAt) : NaN;
  return Number.isNaN(said) ? timestamp : Math.min(said, timestamp);
}

function idText(id: unknown): string | undefined {
  return typeof id === "bigint" && BigInt.asIntN(64, id) === id ? String(id) : text(id);
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value.isWellFormed() ? value : undefined;
}

function hasControls(value: string): boolean {
  return /\p{Cc}/u.test(value);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parseObject(bytes: Uint8Array): JsonObject | undefined {
  const json = decodeUtf8(bytes);
  if (json === undefined) return undefined;
  try {
    const parsed: unknown = JSON.parse(json, exactIntegers);
    return isObject(parsed) ? parsed : undefined;
  } catch {
    return undefined; // not JSON: the contract refuses it, and that is all there is to say
  }
}

function exactIntegers(_name: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source ?? "";
  return typeof value === "number" && /^-?\d+$/.test(source) ? BigInt(source) : value;
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined; // not text
  }
}
