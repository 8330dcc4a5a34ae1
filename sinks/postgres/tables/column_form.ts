/** How the sink writes PostgreSQL's types: the encoding of values, and what holds for the cells. @module */

import type { ColumnShape } from "../../sql/dialect.ts";
import {
  arrayEncoder,
  type CellEncoder,
  encodeBoolean,
  encodeBytes,
  encodeDouble,
  encodeNumeric,
  encodeOther,
  encodeReal,
  encodeUuid,
  integerEncoder,
  paddedEncoder,
  textEncoder,
} from "./cells.ts";
import { jsonEncoder } from "./json_text.ts";
import { encodeDate, encodeMoment, encodeTime, encodeZonedTime } from "./time_cells.ts";

/** A column's type in the catalog. */
export interface TypeFacts {
  /** Name of the type, for a domain of its base type. */
  readonly type: string;
  readonly isBuiltin: boolean;
  readonly isEnum: boolean;
  /** Whether a cast from text has a function of its own, while array elements use the type's input function. */
  readonly hasTextCast: boolean;
  /** For an array type: name of its element's type, for a domain of its base type. */
  readonly elementType: string | null;
  readonly isElementBuiltin: boolean;
  /** For an array type: the character between elements. */
  readonly delimiter: string | null;
  /** The type for a cast, without modifiers: an explicit cast to `bit(8)` would truncate and pad. */
  readonly cast: string;
  /** Length or precision as the catalog stores it; for an array, that of its elements. */
  readonly modifier: number | null;
  /** Whether a domain, a check or a foreign key may refuse values of the type. */
  readonly isChecked: boolean;
  /** Whether only identical texts are equal, as in most collations. */
  readonly isDeterministic: boolean;
  /** Whether the database's encoding has all Unicode characters. */
  readonly isUnicode: boolean;
}

/** What `encode` does to text that a type takes as it is. */
export interface TextRule {
  /** Characters; null = no limit. */
  readonly max: number | null;
  /** Whether blanks at the end are cut. */
  readonly isPadded: boolean;
}

export interface ColumnForm extends Pick<ColumnShape, "isInstant" | "hasTextEquality" | "takesEveryCell"> {
  /** Element type of the array parameter, for example `int8`. */
  readonly carrier: string;
  /** Turns an element into the column's value: `u.c1` or a cast of it. */
  readonly fromElement: (element: string) => string;
  readonly encode: CellEncoder;
  /** For types that take text as it is; null for all others. */
  readonly text: TextRule | null;
}

/** Returns the form of a column for its type. */
export function columnForm(row: TypeFacts): ColumnForm {
  const form = typeForm(row);
  return {
    ...form,
    isInstant: row.isBuiltin && row.type === "timestamptz",
    takesEveryCell: form.takesEveryCell && !row.isChecked,
  };
}

type TypeForm = Omit<ColumnForm, "isInstant">;

/** PostgreSQL accepts every cell, and two are equal exactly if their texts are. */
const exact = { fromElement: asItIs, hasTextEquality: true, takesEveryCell: true, text: null };
/** PostgreSQL decides both. */
const judged = { fromElement: asItIs, hasTextEquality: false, takesEveryCell: false, text: null };
/** PostgreSQL reads the text, of any length. */
const anyText: TextRule = { max: null, isPadded: false };

function asItIs(element: string): string {
  return element;
}

function typeForm(facts: TypeFacts): TypeForm {
  const { type, elementType, isEnum, delimiter } = facts;
  if (elementType !== null) {
    const encode = arrayEncoder({
      element: (facts.isElementBuiltin ? builtin(elementType, facts) : null)?.encode ?? encodeOther,
      delimiter: delimiter ?? ",",
      takesLists: facts.isElementBuiltin && (elementType === "json" || elementType === "jsonb"),
    });
    return { ...judged, ...carriedText(facts), encode };
  }
  const known = facts.isBuiltin ? builtin(type, facts) : null;
  if (known !== null) return known;
  const encode = type === "citext" ? textEncoder(null) : encodeOther;
  return { ...judged, ...carriedText(facts), hasTextEquality: isEnum, encode, text: anyText };
}

/** The form of a builtin type that the sink encodes itself; null for others. */
function builtin(type: string, facts: TypeFacts): TypeForm | null {
  const { modifier, isUnicode } = facts;
  switch (type) {
    case "int2":
      return { ...exact, carrier: type, encode: integerEncoder(16) };
    case "int4":
      return { ...exact, carrier: type, encode: integerEncoder(32) };
    case "int8":
      return { ...exact, carrier: type, encode: integerEncoder(64) };
    case "numeric": // digits beyond its scale are rounded by the database, which knows it best
      return {
        ...(modifier === null ? exact : roundedNumeric(modifier)),
        carrier: type,
        encode: encodeNumeric,
      };
    case "float4":
      return { ...exact, carrier: type, encode: encodeReal };
    case "float8":
      return { ...exact, carrier: type, encode: encodeDouble };
    case "bool":
      return { ...exact, carrier: type, encode: encodeBoolean };
    case "bytea":
      return { ...exact, carrier: type, encode: encodeBytes };
    case "uuid":
      return { ...exact, carrier: type, encode: encodeUuid };
    case "json":
    case "jsonb":
      return { ...judged, carrier: type, encode: jsonEncoder(type), takesEveryCell: isUnicode };
    case "text":
    case "varchar":
    case "bpchar":
      return textForm(type, facts);
    default:
      return timeForm(type, modifier);
  }
}

/** The catalog adds these bytes to a length. */
const lengthHeader = 4;

function textForm(type: "text" | "varchar" | "bpchar", facts: TypeFacts): TypeForm {
  const lengthMax = facts.modifier === null ? null : facts.modifier - lengthHeader;
  const isPadded = type === "bpchar" && lengthMax !== null;
  return {
    carrier: type === "bpchar" ? type : "text",
    encode: isPadded ? paddedEncoder(lengthMax) : textEncoder(lengthMax),
    text: { max: lengthMax, isPadded },
    fromElement: asItIs,
    hasTextEquality: facts.isDeterministic && (type !== "bpchar" || isPadded),
    takesEveryCell: facts.isUnicode,
  };
}

/** Digits of a second without a modifier. */
const secondDigits = 6;

function timeForm(type: string, modifier: number | null): TypeForm | null {
  const encode = timeEncoders[type];
  if (encode === undefined) return null;
  if (modifier === null || modifier >= secondDigits) return { ...exact, carrier: type, encode };
  // With fewer digits several cells are one value, and the row's key is the rounded one.
  const fromElement = (element: string) => `cast(${element} as ${type}(${modifier}))`;
  return { ...exact, hasTextEquality: false, fromElement, carrier: type, encode };
}

/** A row's key is the number as the column rounds it. */
function roundedNumeric(modifier: number): Omit<TypeForm, "carrier" | "encode"> {
  const packed = modifier - lengthHeader;
  const [precision, scale] = [packed >> 16, ((packed & 0x7ff) ^ 0x400) - 0x400];
  return { ...judged, fromElement: (element) => `cast(${element} as numeric(${precision}, ${scale}))` };
}

const timeEncoders: Readonly<Record<string, CellEncoder>> = {
  timestamptz: encodeMoment,
  timestamp: encodeMoment,
  date: encodeDate,
  time: encodeTime,
  timetz: encodeZonedTime,
};

/**
 * For types that PostgreSQL parses: cast one by one, so that a refused value identifies its row. If the type has a cast
 * from text of its own, that cast would parse the text instead of the input function.
 */
function carriedText(
  { type, isBuiltin, hasTextCast, cast, modifier }: TypeFacts,
): Pick<TypeForm, "carrier" | "fromElement"> {
  if (hasTextCast) return { carrier: cast, fromElement: asItIs };
  // `interval minute` reads the text "1" as a minute, which no later cast does.
  if (isBuiltin && type === "interval" && modifier !== null) {
    return { carrier: "text", fromElement: (element) => intervalText(element, modifier) };
  }
  return { carrier: "text", fromElement: (element) => `cast(${element} as ${cast})` };
}

function intervalText(element: string, modifier: number): string {
  return `pg_catalog.interval_in(pg_catalog.textout(${element}), 0, ${modifier})`;
}
