/** The domain's results: a value, or the rule that refused it. The domain never throws. @module */

/** A value, or the rule that refused it. */
export type Result<T, R extends string = Rule> = Accepted<T> | Refused<R>;

interface Accepted<T> {
  readonly ok: true;
  readonly value: T;
}

/** A refusal. It never holds the value, which may be personal. A domain may add rules of its own. */
export interface Refused<R extends string = Rule> {
  readonly ok: false;
  readonly rule: R;
  /** The field's name in the contract. */
  readonly field: string;
}

/** The rules by code, with what each expects. Metrics and dead letters show the codes. */
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

export type Rule = keyof typeof rules;

/** Wraps an accepted value. */
export function accepted<T>(value: T): Accepted<T> {
  return { ok: true, value };
}

/** Makes a refusal of a field by a rule. */
export function refused<R extends string = Rule>(rule: R, field: string): Refused<R> {
  return { ok: false, rule, field };
}
