/** What the sink knows of PostgreSQL's types: how values become cells, and what holds for these cells. @module */

import type { ColumnShape } from "../sql/dialect.ts";
import {
  arrayEncoder,
  type CellEncoder,
  encodeBoolean,
  encodeBytes,
  encodeDate,
  encodeFloat,
  encodeJson,
  encodeMoment,
  encodeNumeric,
  encodeOther,
  encodeReal,
  encodeTime,
  integerEncoder,
  paddedEncoder,
  textEncoder,
} from "./cells.ts";

/** What the catalog says of a column's type. */
export interface TypeFacts {
  /** Name of the type, of a domain's base type. */
  readonly type: string;
  readonly isBuiltin: boolean;
  readonly isEnum: boolean;
  /** Whether a cast from text to the type does something else than the type's input function. */
  readonly hasTextCast: boolean;
  /** Of an array type: name of its element's type, of a domain's base type. */
  readonly elementType: string | null;
  readonly isElementBuiltin: boolean;
  /** Of an array type: what stands between elements. */
  readonly delimiter: string | null;
  /** The type without its modifiers, as a cast names it: an explicit cast to `bit(8)` would cut and fill. */
  readonly cast: string;
  /** Length or precision as the catalog has it; of an array, that of its elements. */
  readonly modifier: number | null;
  /** Whether a domain, a check or a foreign key may refuse values that the type takes. */
  readonly isChecked: boolean;
  /** Whether texts are equal only if they are the same, as in most collations. */
  readonly isDeterministic: boolean;
  /** Whether the database's encoding has all characters. */
  readonly isUnicode: boolean;
}

/** How a column takes values. */
export interface ColumnForm extends Pick<ColumnShape, "isInstant" | "hasTextEquality" | "takesEveryCell"> {
  /** Element type of the array that carries its values, for example `int8`. */
  readonly carrier: string;
  /** Turns an element into the column's value: `u.c1` or a cast of it. */
  readonly fromElement: (element: string) => string;
  readonly encode: CellEncoder;
}

/** The form of a column by what the catalog says of its type. */
export function columnForm(row: TypeFacts): ColumnForm {
  const form = typeForm(row);
  return {
    ...form,
    isInstant: row.isBuiltin && row.type === "timestamptz",
    takesEveryCell: form.takesEveryCell && !row.isChecked,
  };
}

type TypeForm = Omit<ColumnForm, "isInstant">;

function typeForm(row: TypeFacts): TypeForm {
  const known = row.isBuiltin ? builtin(row.type, row) : null;
  if (known !== null) return known;
  const { elementType, hasTextCast, isEnum, cast } = row;
  // Cast one by one, a value that the type refuses can be told by its row. A type with a cast from text of its own
  // would read the text by that and not by its input function.
  const carried = hasTextCast
    ? { carrier: cast, fromElement: asItIs }
    : { carrier: "text", fromElement: (element: string) => `cast(${element} as ${cast})` };
  const judged = { hasTextEquality: isEnum, takesEveryCell: false };
  if (elementType === null) {
    return { ...carried, ...judged, encode: row.type === "citext" ? textEncoder(null) : encodeOther };
  }
  const element = row.isElementBuiltin ? builtin(elementType, row) : null;
  return { ...carried, ...judged, encode: arrayEncoder(element?.encode ?? encodeOther) };
}

function asItIs(element: string): string {
  return element;
}

/** The database takes every cell, and takes two for equal exactly if they are the same text. */
const exact = { fromElement: asItIs, hasTextEquality: true, takesEveryCell: true };
/** The database decides both. */
const judged = { fromElement: asItIs, hasTextEquality: false, takesEveryCell: false };

/** A builtin type that the sink itself reads values for; null for others. */
function builtin(type: string, row: TypeFacts): TypeForm | null {
  const { modifier } = row;
  switch (type) {
    case "int2":
      return { ...exact, carrier: type, encode: integerEncoder(16) };
    case "int4":
      return { ...exact, carrier: type, encode: integerEncoder(32) };
    case "int8":
      return { ...exact, carrier: type, encode: integerEncoder(64) };
    case "numeric":
      return { ...(modifier === null ? exact : judged), carrier: type, encode: encodeNumeric };
    case "float4":
      return { ...exact, hasTextEquality: false, carrier: type, encode: encodeReal };
    case "float8":
      return { ...exact, hasTextEquality: false, carrier: type, encode: encodeFloat };
    case "bool":
      return { ...exact, carrier: type, encode: encodeBoolean };
    case "text":
    case "varchar":
    case "bpchar":
      return textForm(type, row);
    case "timestamptz":
      return { ...judged, carrier: type, encode: encodeMoment };
    case "timestamp":
      return {
        ...judged,
        carrier: "timestamptz",
        encode: encodeMoment,
        fromElement: (element) => `(${element} at time zone 'UTC')`,
      };
    case "date":
      return { ...judged, carrier: type, encode: encodeDate };
    case "time":
    case "timetz":
      return { ...judged, carrier: type, encode: encodeTime };
    case "bytea":
      return { ...exact, carrier: type, encode: encodeBytes };
    case "json":
    case "jsonb":
      return { ...judged, carrier: type, encode: encodeJson };
    default:
      return null;
  }
}

/** Bytes of a length modifier that aren't the length. */
const lengthHeader = 4;

function textForm(type: "text" | "varchar" | "bpchar", row: TypeFacts): TypeForm {
  const lengthMax = row.modifier === null ? null : row.modifier - lengthHeader;
  const isPadded = type === "bpchar" && lengthMax !== null;
  return {
    carrier: type === "bpchar" ? type : "text",
    encode: isPadded ? paddedEncoder(lengthMax) : textEncoder(lengthMax),
    fromElement: asItIs,
    hasTextEquality: row.isDeterministic && (type !== "bpchar" || isPadded),
    takesEveryCell: row.isUnicode,
  };
}
