/** The number to call. @module */

import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from "libphonenumber-js";
import { accepted, refused, type Result } from "./result.ts";

declare const brand: unique symbol;

/** A phone number in E.164, such as +5511987654321. */
type Phone = string & { readonly [brand]: "Phone" };

/** Readings kept, so that a customer who buys again costs nothing; the oldest go first. */
const readingsMax = 4096;
const readingCharactersMax = 32;

/**
 * Area code and subscriber as nearly everybody writes them in Brazil: the library says the same, at 6 µs a number
 * instead of 0.2 (2 cores, November 2026), and phones are most of what an event costs. No area code has a zero in it,
 * so the prefixes of carriers and of long distance can't be meant.
 */
const commonInBrazil = /^(?:\+55[ -]?)?\(?([1-9]{2})\)? ?(9?\d{4})[ -]?(\d{4})$/;

const missing = refused("phone_missing", "phone");
const impossible = refused("phone_impossible", "phone");

/**
 * Reads phone numbers as people write them where the shop is.
 *
 * A number is refused only when its length is impossible for its country, never for being in no range known today:
 * ranges open faster than tables of them are updated.
 *
 * @example
 * ```ts
 * import { PhoneReader } from "./phone.ts";
 * const phone = PhoneReader.forRegion("BR")?.read("(11) 98765-4321");
 * if (!phone?.ok || phone.value !== "+5511987654321") throw new Error("the region's own form is understood");
 * ```
 */
export class PhoneReader {
  readonly #region: CountryCode;
  readonly #readings = new Map<string, Result<Phone>>();

  private constructor(region: CountryCode) {
    this.#region = region;
  }

  /** A reader for numbers without a country code; undefined where ISO 3166 knows no such country. */
  static forRegion(region: string): PhoneReader | undefined {
    return isSupportedCountry(region) ? new PhoneReader(region) : undefined;
  }

  /** Reads a number, in E.164 or as one writes it within the region. */
  read(value: unknown): Result<Phone> {
    if (value === null || value === undefined) return missing;
    if (typeof value !== "string") return impossible;
    const common = this.#region === "BR" ? commonInBrazil.exec(value) : null;
    if (common !== null) return accepted(`+55${common[1]}${common[2]}${common[3]}` as Phone);
    const known = this.#readings.get(value);
    if (known !== undefined) return known;
    const reading = this.#parse(value);
    if (value.length <= readingCharactersMax) this.#keep(value, reading);
    return reading;
  }

  #parse(text: string): Result<Phone> {
    if (text.trim() === "") return missing;
    const number = parsePhoneNumberFromString(text, this.#region);
    return number?.isPossible() ? accepted(number.number as string as Phone) : impossible;
  }

  #keep(text: string, reading: Result<Phone>): void {
    if (this.#readings.size >= readingsMax) {
      const oldest = this.#readings.keys().next();
      if (!oldest.done) this.#readings.delete(oldest.value);
    }
    this.#readings.set(text, reading);
  }
}
