/** What the domain answers: a value, or the rule that refused it. The domain never throws. @module */

/** A value, or why there is none. */
export type Result<T, R extends string = Rule> = Accepted<T> | Refused<R>;

/** The value is as the rules want it. */
interface Accepted<T> {
  readonly ok: true;
  readonly value: T;
}

/** A rule refused it. Nothing here holds the value: it may be about a person. A domain may have rules of its own. */
export interface Refused<R extends string = Rule> {
  readonly ok: false;
  readonly rule: R;
  /** The field the rule is about, as the contract names it. */
  readonly field: string;
}

/** The rules by their codes, with what each expects; codes are what counters and dead letters show. */
export const rules = {
  id_missing: "Expected a customer id, found none",
  id_invalid:
    "Expected a customer id that is an integer within int64 or a text in the form that the connector takes",
  key_mismatch: "Expected the record's key to be the customer id as text",
  name_missing: "Expected a name, found none",
  name_invalid: "Expected a name of 1 to 200 characters without control characters and bidi controls",
  phone_missing: "Expected a phone number, found none",
  phone_impossible: "Expected a text with a phone number that can exist",
  region_invalid: "Expected a region of up to 64 characters without control characters and bidi controls",
} as const;

/** Code of a rule. */
export type Rule = keyof typeof rules;

/** Wraps a value that every rule accepts. */
export function accepted<T>(value: T): Accepted<T> {
  return { ok: true, value };
}

/** Names the rule that refused a value, and the field. */
export function refused<R extends string = Rule>(rule: R, field: string): Refused<R> {
  return { ok: false, rule, field };
}
