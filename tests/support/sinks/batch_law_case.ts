/** Random cases for the batch law: a table, options, stored rows, records, and puts. @module */

import fc from "fast-check";
import { type Extra, extras } from "./batch_law_extras.ts";
import { keyShapes, valueKinds } from "./batch_law_kinds.ts";

/** A drawn record: numbers whose meaning depends on the table's columns. */
export interface DrawnRecord {
  readonly kind: number;
  readonly key: number;
  readonly spelling: number;
  /** Topic and partition. */
  readonly place: number;
  /** The cell of each column, in order. */
  readonly cells: readonly number[];
  /** Event time, for newest wins. */
  readonly time: number;
  /** Former keys, if the options have them. */
  readonly former: number;
}

/** A drawn case. Its parts are made to fit together later, so that each part shrinks by itself. */
export interface DrawnCase {
  readonly insertMode: "upsert" | "insert" | "update" | "ignore";
  readonly keyMode: "record_key" | "record_value" | "kafka" | "none";
  readonly keyShape: readonly string[];
  readonly columns: readonly string[];
  readonly extras: readonly string[];
  readonly isDeleting: boolean;
  readonly hasSchemas: boolean;
  /** Records that can go by columns: JSON without schemas, and text as key. They go both ways. */
  readonly isPlain: boolean;
  /** Of plain records: whether rows of the table mostly don't see each other, so that most batches go by columns. */
  readonly isTame: boolean;
  readonly hasKeyObjects: boolean;
  readonly namesNoKeys: boolean;
  /** Bits of the columns, or null for no whitelist. */
  readonly whitelist: number | null;
  readonly batchSize: number;
  readonly isExactlyOnce: boolean;
  readonly isUnprepared: boolean;
  readonly tolerates: boolean;
  readonly newest: NewestDrawn | null;
  readonly hasFormerKeys: boolean;
  /** Whether each topic has a table, and the second refers to the first. */
  readonly tables: "one" | "two" | "linked";
  /** Bits of the keys with a stored row. */
  readonly seeds: number;
  readonly records: readonly DrawnRecord[];
  /** Lengths of the puts, in turn. */
  readonly puts: readonly number[];
  readonly stumble: Stumble | null;
}

interface NewestDrawn {
  readonly hasOwnTimes: boolean;
  readonly hasPosition: boolean;
  readonly erasure: "none" | "registration" | "never";
}

/** A fault, once per run: the connection is cut, or a row is slow. */
interface Stumble {
  readonly how: "cut" | "slow";
  /** At the row with this number, from 1. */
  readonly at: number;
}

const cellsMax = 8;

const records: fc.Arbitrary<DrawnRecord> = fc.record({
  kind: fc.nat(39),
  key: fc.nat(3),
  spelling: fc.nat(5),
  place: fc.nat(3),
  cells: fc.array(fc.nat(23), { minLength: cellsMax, maxLength: cellsMax }),
  time: fc.nat(6),
  former: fc.nat(15),
});

const newest: fc.Arbitrary<NewestDrawn> = fc.record({
  hasOwnTimes: fc.boolean(),
  hasPosition: fc.boolean(),
  erasure: fc.constantFrom("none", "registration", "never"),
});

/** Slow rows take seconds, so they are rare. */
const stumbles: fc.Arbitrary<Stumble["how"]> = fc.oneof(
  { weight: 11, arbitrary: fc.constant<"cut">("cut") },
  { weight: 1, arbitrary: fc.constant<"slow">("slow") },
);

/** One of many. */
function seldom<T>(one: fc.Arbitrary<T>, weight: number): fc.Arbitrary<T | null> {
  return fc.oneof({ weight: 100 - weight, arbitrary: fc.constant(null) }, { weight, arbitrary: one });
}

function rarely(weight: number): fc.Arbitrary<boolean> {
  return seldom(fc.constant(true), weight).map((drawn) => drawn === true);
}

/** All cases. */
export const cases: fc.Arbitrary<DrawnCase> = fc.record({
  insertMode: fc.constantFrom("upsert", "insert", "update", "ignore"),
  keyMode: fc.oneof(
    { weight: 5, arbitrary: fc.constant<"record_key">("record_key") },
    { weight: 4, arbitrary: fc.constant<"record_value">("record_value") },
    { weight: 1, arbitrary: fc.constantFrom<("kafka" | "none")[]>("kafka", "none") },
  ),
  keyShape: fc.constantFrom(...keyShapes),
  columns: fc.array(fc.constantFrom(...Object.keys(valueKinds)), { maxLength: 4 }),
  extras: fc.array(fc.constantFrom(...Object.keys(extras)), { maxLength: 2 }),
  isDeleting: fc.boolean(),
  hasSchemas: fc.boolean(),
  isPlain: fc.boolean(),
  isTame: fc.nat(3).map((drawn) => drawn > 0),
  hasKeyObjects: fc.boolean(),
  namesNoKeys: rarely(20),
  whitelist: seldom(fc.nat(2 ** cellsMax - 1), 25),
  batchSize: fc.oneof({ weight: 3, arbitrary: fc.constant(3000) }, {
    weight: 1,
    arbitrary: fc.integer({ min: 1, max: 3 }),
  }),
  isExactlyOnce: rarely(15),
  isUnprepared: rarely(10),
  tolerates: rarely(25).map((isStrict) => !isStrict),
  newest: seldom(newest, 20),
  hasFormerKeys: rarely(10),
  tables: fc.oneof(
    { weight: 4, arbitrary: fc.constant<"one">("one") },
    { weight: 1, arbitrary: fc.constantFrom<("two" | "linked")[]>("two", "linked") },
  ),
  seeds: fc.nat(15),
  records: fc.array(records, { minLength: 1, maxLength: 12 }),
  puts: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 }),
  stumble: seldom(fc.record({ how: stumbles, at: fc.integer({ min: 1, max: 8 }) }), 6),
});

const tameKeys = [["int"], ["text"], ["uuid"], ["int", "text"]];
const tameExtras = ["check", "foreign key", "foreign key, deferred", "row level security"];

function tame(drawn: DrawnCase): DrawnCase {
  if (!drawn.isPlain || !drawn.isTame) return drawn;
  const keys = drawn.keyMode === "record_key" ? tameKeys.slice(0, 3) : tameKeys;
  const isTame = keys.some((shape) => shape.join() === drawn.keyShape.join());
  return {
    ...drawn,
    ...{ isDeleting: false, hasFormerKeys: false, hasKeyObjects: false, tables: "one" },
    keyShape: isTame ? drawn.keyShape : keys[drawn.seeds % keys.length] ?? ["int"],
    extras: drawn.extras.filter((name) => tameExtras.includes(name)),
    insertMode: drawn.insertMode === "update" ? "upsert" : drawn.insertMode,
  };
}

/** Changes the parts of a case that don't fit the others. */
export function fitting(raw: DrawnCase): DrawnCase {
  const drawn = tame(raw);
  const { newest, tables } = drawn;
  const insertMode = newest === null ? drawn.insertMode : "upsert";
  const keyMode = keyModeOf(drawn, insertMode);
  const hasKey = keyMode === "record_key" || keyMode === "record_value";
  const isSingle = hasKey && drawn.keyShape.length === 1;
  const isDeleting = drawn.isDeleting && newest === null && keyMode === "record_key";
  const hasKeyObjects = keyMode === "record_key" && (drawn.hasKeyObjects || drawn.keyShape.length > 1);
  const isPlain = drawn.isPlain && insertMode !== "update" && !hasKeyObjects;
  const namesNoKeys = drawn.namesNoKeys && (hasKeyObjects ||
    (keyMode === "record_value" && insertMode === "insert"));
  const fits = (extra: Extra) =>
    (extra.needsKey !== true || isSingle) &&
    (extra.keyType === undefined || extra.keyType === drawn.keyShape[0]);
  const fittingExtras = [...new Set(drawn.extras)].filter((name) => fits(extraOf(name)));
  return {
    ...drawn,
    ...{ insertMode, keyMode, isDeleting, hasKeyObjects, namesNoKeys, isPlain },
    hasSchemas: drawn.hasSchemas && !isPlain,
    // Newest wins has its own columns.
    columns: newest === null ? drawn.columns : [],
    extras: fittingExtras,
    tolerates: drawn.tolerates || fittingExtras.some((name) => extraOf(name).isDeferred === true),
    hasFormerKeys: drawn.hasFormerKeys && isSingle && insertMode === "upsert",
    tables: tables === "linked" && !isSingle ? "two" : tables,
    whitelist: namesNoKeys && keyMode === "record_value" ? null : drawn.whitelist,
  };
}

function keyModeOf(
  { keyMode, newest }: DrawnCase,
  insertMode: DrawnCase["insertMode"],
): DrawnCase["keyMode"] {
  if (newest !== null && newest.erasure !== "none") return "record_key";
  const isKeyless = keyMode === "none" || keyMode === "kafka";
  if (newest !== null && isKeyless) return "record_key";
  return keyMode === "none" && insertMode !== "insert" ? "record_key" : keyMode;
}

/** Whether a run has a task of its own, whose options name the table: else a router does. */
export function hasOwnTask({ isExactlyOnce, isPlain }: DrawnCase): boolean {
  return isExactlyOnce || isPlain;
}

/** An extra by its name. */
export function extraOf(name: string): Extra {
  const extra = extras[name];
  if (extra === undefined) throw new Error(`Cannot use extra ${name}: there is none of that name`);
  return extra;
}
