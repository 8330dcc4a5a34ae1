/** Replaces the values behind references in texts that others read. @module */

/** Shorter values occur in too many ordinary words. */
const charactersMin = 4;

/** Number of values kept; the oldest are dropped first. */
const valuesMax = 1_000;

/**
 * Remembers looked-up values and replaces each with its reference wherever a text contains it.
 *
 * @example
 * ```ts
 * import { HiddenValues } from "./hidden_values.ts";
 * const hidden = new HiddenValues();
 * hidden.note(new Map([["s3cret-db", "${env:BANK2_HOST}"]]));
 * const text = hidden.hide("Cannot reach S3CRET-DB:5432");
 * if (text !== "Cannot reach ${env:BANK2_HOST}:5432") throw new Error(text);
 * ```
 */
export class HiddenValues {
  readonly #values = new Map<string, string>();
  #pattern: RegExp | undefined;

  /** Remembers values with the references to show instead. */
  note(values: ReadonlyMap<string, string> = new Map()): void {
    for (const [value, reference] of values) {
      for (const form of formsOf(value)) this.#add(form.toLowerCase(), reference);
    }
  }

  /** Returns the text with each value replaced. Case is ignored, since host names are lowercased. */
  hide(text: string): string {
    if (this.#values.size === 0) return text;
    const pattern = this.#pattern ??= patternOf([...this.#values.keys()]);
    const put = (value: string) => this.#values.get(value.toLowerCase()) ?? "[hidden]";
    // Lines of a stack trace contain no values.
    return text.split("\n").map((line) => /^\s*at /.test(line) ? line : line.replace(pattern, put)).join(
      "\n",
    );
  }

  #add(value: string, reference: string): void {
    if (this.#values.has(value)) return;
    this.#values.set(value, reference);
    const oldest = this.#values.keys().next().value;
    if (this.#values.size > valuesMax && oldest !== undefined) this.#values.delete(oldest);
    this.#pattern = undefined;
  }
}

/** The value itself, URL-decoded, and split as a list. */
function formsOf(value: string): readonly string[] {
  const whole = value.trim();
  const parts = /:\/\//.test(whole) ? [] : whole.split(/[\s,;]+/);
  return [...new Set([value, whole, decoded(whole), ...parts])].filter((form) =>
    form.length >= charactersMin
  );
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value; // it holds a lone %, and is read as it is
  }
}

/** Longest first: one value may be the beginning of another. */
function patternOf(values: readonly string[]): RegExp {
  const longestFirst = values.toSorted((a, b) => b.length - a.length);
  return new RegExp(longestFirst.map((value) => RegExp.escape(value)).join("|"), "gi");
}
