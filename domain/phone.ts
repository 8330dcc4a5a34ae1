import type { CountryCode } from "libphonenumber-js";
import phoneLibrary from "./phone_library.cjs";
import { accepted, refused, type Result } from "./result.ts";

declare const brand: unique symbol;

/** A phone number in E.164, such as +5511987654321. */
type Phone = string & { readonly [brand]: "Phone" };

/** Cache size. The oldest entry is evicted, so repeated numbers aren't parsed again. */
const readingsMax = 4096;
const readingCharactersMax = 32;

/** The region whose common form is read without the library. */
const brazil: CountryCode = "BR";

/**
 * The common Brazilian form: area code and subscriber. The library returns the same, in 6 µs a number instead of 0.2 (2
 * cores, November 2026), and phones are most of an event's cost. Area codes have no zero, so prefixes of carriers and
 * of long distance don't match.
 */
const commonInBrazil = /^(?:\+55[ -]?)?\(?([1-9]{2})\)? ?(9?\d{4})[ -]?(\d{4})$/;

const missing = refused("phone_missing", "phone");
const impossible = refused("phone_impossible", "phone");

/**
 * Parses phone numbers as people write them in one country.
 *
 * Refuses a number only if its length is impossible for its country, and not for an unassigned range: countries open
 * ranges faster than the library's tables are updated.
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

  /**
   * Returns a reader for numbers without a country code, or undefined if the library doesn't support the country (ISO
   * 3166).
   */
  static forRegion(region: string): PhoneReader | undefined {
    // Brazil is supported; to ask would load the library.
    if (region === brazil) return new PhoneReader(brazil);
    return phoneLibrary().isSupportedCountry(region) ? new PhoneReader(region as CountryCode) : undefined;
  }

  /** Reads a number in E.164 or in the country's own form. */
  read(value: unknown): Result<Phone> {
    if (value === null || value === undefined) return missing;
    if (typeof value !== "string") return impossible;
    const common = this.#region === brazil ? commonInBrazil.exec(value) : null;
    if (common !== null) return accepted(`+55${common[1]}${common[2]}${common[3]}` as Phone);
    const known = this.#readings.get(value);
    if (known !== undefined) return known;
    const reading = this.#parse(value);
    if (value.length <= readingCharactersMax) this.#keep(value, reading);
    return reading;
  }

  #parse(text: string): Result<Phone> {
    if (text.trim() === "") return missing;
    const number = phoneLibrary().parsePhoneNumberFromString(text, this.#region);
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
