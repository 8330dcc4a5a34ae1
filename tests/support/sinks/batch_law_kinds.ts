/** Columns for the batch law: keys in several spellings, valid values, invalid values. @module */

import { Decimal } from "../../../connect/api/decimal.ts";
import type { ConnectValue } from "../../../connect/api/schema.ts";

/** A key column: to the database all spellings of a key index are the same key. */
export interface KeyKind {
  readonly type: string;
  /** The spellings of each of four keys. */
  readonly spellings: readonly (readonly ConnectValue[])[];
  /** The four keys as SQL text literals. */
  readonly stored: readonly string[];
  /** Values that are no key of this type. */
  readonly bad: readonly ConnectValue[];
}

/** A column that records write. */
export interface ValueKind {
  /** Type and constraints; `{c}` is the column itself, `{s}` the schema. */
  readonly type: string;
  readonly good: readonly ConnectValue[];
  readonly bad: readonly ConnectValue[];
  /** SQL literals for stored rows; none = the column's default. */
  readonly stored: readonly string[];
  /** A further column, made from this one; `{c}` as above. */
  readonly derived?: string;
  /** Whether its values come from a sequence, the clock or chance, so they aren't compared. */
  readonly isHidden?: true;
  /** Whether a row without a value is refused. */
  readonly isRequired?: true;
}

/** Types and functions that every database of the law needs. */
export const typesOfTheLaw = `
  create extension if not exists citext;
  create collation folded (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
  create domain mail as citext check (value <> 'nobody');
  create type mood as enum ('sad', 'ok');`;

const names = ["ana", "bo", "cy", "di"];
const folded = names.map((name) => [name, name.toUpperCase(), name[0]?.toUpperCase() + name.slice(1)]);
const uuids = [1, 2, 3, 4].map((digit) => `${digit}c5ea4c0-4067-11e9-8bad-9b1deb4d3b7d`);
const hours = ["12", "13", "14", "15"];

function text(type: string, spellings: KeyKind["spellings"], bad: KeyKind["bad"] = ["a\0"]): KeyKind {
  return { type, spellings, stored: spellings.map(([first]) => String(first)), bad };
}

/** Types of key columns by name, the plain ones first. */
export const keyKinds: Readonly<Record<string, KeyKind>> = {
  int: text("int", [[1n, "1", 1], [2n, "02", "+2"], [3n, "3"], [4n]], ["q", 3_000_000_000n]),
  text: text("text", [["a"], ["A"], ["b"], ["B"]]),
  uuid: text(
    "uuid",
    uuids.map((
      uuid,
    ) => [uuid, uuid.toUpperCase(), `{${uuid}}`, uuid.slice(0, 4).toUpperCase() + uuid.slice(4)]),
    ["zz"],
  ),
  citext: text("citext", folded),
  mail: text("mail", folded, ["nobody", "a\0"]),
  folded: text("text collate folded", folded),
  timestamptz: text(
    "timestamptz",
    hours.map((hour) => [
      `2026-01-01T${hour}:00:00Z`,
      `2026-01-01T${String(Number(hour) - 3).padStart(2, "0")}:00:00-03:00`,
      `2026-01-01T${hour}:00:00.000+00`,
    ]),
    ["never"],
  ),
  "timestamptz(0)": text(
    "timestamptz(0)",
    hours.map((hour) => [`2026-01-01T${hour}:00:00Z`, `2026-01-01T${hour}:00:00.2Z`]),
    ["2026-02-30T00:00:00Z"],
  ),
  "char(3)": text("char(3)", [["a", "a ", "a  "], ["ab", "ab "], ["b", "b "], ["A"]], ["abcd"]),
  numeric: text("numeric", [
    [1n, "1.0", 1, "1.00", new Decimal(10n, 1)],
    [2n, "2.0"],
    ["0.5", 0.5, "0.50"],
    [-1n, "-1.0"],
  ], ["q"]),
  "numeric(4,1)": text("numeric(4,1)", [
    [1n, "1.04", "0.96"],
    [2n, "2.01"],
    ["2.5", "2.52"],
    [4n, "4.0"],
  ], [100_000n]),
  inet: text("inet", [["10.0.0.1", "10.0.0.1/32"], ["::1", "0:0:0:0:0:0:0:1"], ["10.0.0.2"], ["10.0.0.3"]], [
    "no",
  ]),
  interval: text("interval", [["1 day", "24 hours"], ["2 days", "48:00"], ["3 days", "72:00"], ["4 days"]], [
    "soon",
  ]),
};

/** Keys of one column or two. */
export const keyShapes: readonly (readonly string[])[] = [
  ...Object.keys(keyKinds).map((name) => [name]),
  ["int", "text"],
  ["citext", "int"],
  ["numeric(4,1)", "uuid"],
];

/** Types of value columns by name, the plain ones first. */
export const valueKinds: Readonly<Record<string, ValueKind>> = {
  text: { type: "text", good: ["x", "y", ""], bad: ["a\0"], stored: ["'old'"] },
  filled: { type: "text default 'filled'", good: ["x", "y"], bad: ["a\0"], stored: ["'old'", "default"] },
  region: {
    type: "text not null default 'BR'",
    good: ["RJ", "SP"],
    bad: [null],
    stored: ["'old'", "default"],
  },
  required: { type: "text not null", good: ["x", "y"], bad: [null], stored: ["'old'"], isRequired: true },
  int: { type: "int", good: [1n, "2", 3], bad: ["q", 3_000_000_000n], stored: ["7", "null"] },
  positive: { type: "int check ({c} > 0)", good: [1n, 2n], bad: [-1n, 0n], stored: ["7"] },
  zero: { type: "int not null default 0", good: [1n, 2n], bad: ["q"], stored: ["7", "default"] },
  short: { type: "varchar(3)", good: ["ab", "c  "], bad: ["abcd"], stored: ["'old'"] },
  small: { type: "numeric(2,1)", good: [1.5, 2n], bad: [1000n], stored: ["7.5"] },
  day: { type: "date", good: ["2026-01-01", "2026-01-02"], bad: ["2026-02-30"], stored: ["'2000-01-01'"] },
  mood: { type: "mood", good: ["sad", "ok"], bad: ["great"], stored: ["'ok'"] },
  tags: { type: "text[]", good: [["a", "b"], []], bad: ["a"], stored: ["'{old}'"] },
  doubled: {
    type: "int",
    good: [1n, 2n],
    bad: ["q"],
    stored: ["7"],
    derived: "int generated always as ({c} * 2) stored",
  },
  divided: {
    type: "int",
    good: [1n, 2n],
    bad: [0n],
    stored: ["7"],
    derived: "int generated always as (60 / {c}) stored",
  },
  identity: {
    type: "int generated by default as identity",
    good: [1007n, 1008n],
    bad: ["q"],
    stored: [],
    isHidden: true,
  },
  serial: { type: "serial", good: [1007n], bad: ["q"], stored: [], isHidden: true },
  always: { type: "int generated always as identity", good: [], bad: [1007n], stored: [], isHidden: true },
  stamped: {
    type: "timestamptz default now()",
    good: ["2026-01-01T00:00:00Z"],
    bad: ["q"],
    stored: [],
    isHidden: true,
  },
  random: { type: "float8 default random()", good: [0.5], bad: ["q"], stored: [], isHidden: true },
};
