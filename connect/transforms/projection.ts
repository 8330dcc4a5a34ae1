/** Parses Project's option `include`. @module */

import { ConfigException } from "../api/exceptions.ts";
import { FieldPath } from "./parts/field_path.ts";
import { someDistinct, textsOf } from "./parts/options.ts";

/** A field to keep and its new name. */
export interface ProjectedField {
  readonly path: FieldPath;
  readonly name: string;
}

/**
 * Parses an include list, or returns its error.
 *
 * @example
 * ```ts
 * import { parseProjection } from "./projection.ts";
 * const fields = parseProjection("include", ["customer.name:buyer", "region"]);
 * if (typeof fields === "string" || fields[0]?.name !== "buyer") throw new Error("the name follows the colon");
 * if (typeof parseProjection("include", []) !== "string") throw new Error("an empty list is refused");
 * ```
 */
export function parseProjection(option: string, value: unknown): readonly ProjectedField[] | string {
  const problem = someDistinct(option, value);
  if (problem !== undefined) return problem;
  try {
    const fields = textsOf(value).map((text) => parseField(option, text));
    const repeated = fields.find(({ name }, index) =>
      fields.findIndex((other) => other.name === name) !== index
    );
    return repeated === undefined
      ? fields
      : `Invalid value ${repeated.path.text} for configuration ${option}: Two fields are called ${repeated.name}`;
  } catch (error) {
    if (!(error instanceof ConfigException)) throw error;
    return error.message;
  }
}

function parseField(option: string, text: string): ProjectedField {
  const colon = text.lastIndexOf(":");
  const path = FieldPath.parse(colon < 0 ? text : text.slice(0, colon), "V2");
  const name = colon < 0 ? path.leaf : text.slice(colon + 1);
  if (path.text !== "" && path.steps.every((step) => step !== "") && name !== "") return { path, name };
  throw new ConfigException(
    `Invalid value ${text} for configuration ${option}: A field needs a path and a name, as in customer.name:name`,
  );
}
