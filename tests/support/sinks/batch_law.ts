/**
 * The batch law: for any batches, statements, retries and bisections, the table ends as if the records had been written
 * one at a time, in order.
 *
 * A random case runs three times on a real PostgreSQL: one record per put, all records in one put, and in random puts.
 * Tables and reported records must be equal. With errors.tolerance=none each partition is written up to its first bad
 * record.
 *
 * @module
 */

import fc from "fast-check";
import { Decimal } from "../../../connect/api/decimal.ts";
import { cases, type DrawnCase, extraOf, fitting } from "./batch_law_case.ts";
import { smallest } from "./batch_law_shrink.ts";
import { isPlainFields, type LawRecord, recordsOf } from "./batch_law_records.ts";
import { type Course, type LawCase, type LawRuns, LawWorld, type Outcome } from "./batch_law_run.ts";
import { propsOf, tablesOf } from "./batch_law_table.ts";

interface LawOptions {
  readonly runs: number;
  readonly seed: number;
}

/** A broken law, with the case. */
export class LawBroken extends Error {
  override readonly name = "LawBroken";
}

/**
 * Checks the sink against the law.
 *
 * @param url of an empty database, as its superuser
 * @throws LawBroken with the smallest failing case near the first one
 */
export async function holdToTheLaw(url: string, { runs, seed }: LawOptions): Promise<LawWorld["puts"]> {
  await using world = await LawWorld.open(url);
  const property = fc.asyncProperty(cases, async (drawn) => {
    const problem = await problemOf(world, caseOf(drawn));
    if (problem !== null) throw new LawBroken(problem);
  });
  const found = await fc.check(property, { numRuns: runs, seed, endOnFailure: true });
  if (!found.failed) return world.puts;
  const [drawn] = found.counterexample ?? [];
  if (drawn === undefined || !(found.errorInstance instanceof LawBroken)) {
    throw found.errorInstance ?? new Error(`Cannot find a case to try in ${found.numRuns + found.numSkips}`);
  }
  const isBroken = async (smaller: DrawnCase) => await problemOf(world, caseOf(smaller)) !== null;
  const one = caseOf(await smallest(drawn, isBroken));
  throw new LawBroken([
    `The law of batches is broken, case ${found.numRuns} of seed ${seed}:`,
    shown(one),
    `Again: deno task chaos batches --seed ${seed} --runs ${found.numRuns}`,
    await problemOf(world, one) ?? `This case broke it once and not again:\n${found.errorInstance.message}`,
  ].join("\n\n"));
}

/** Builds the case from its drawn form. */
export function caseOf(raw: DrawnCase): LawCase {
  const drawn = fitting(raw);
  const tables = tablesOf(drawn);
  return { drawn, tables, records: recordsOf(drawn, tables) };
}

/** Returns the problem, or null. */
async function problemOf(world: LawWorld, one: LawCase): Promise<string | null> {
  const { records, drawn } = one;
  await using runs = world.runsOf(one);
  const single = await runs.run(oneByOne(records));
  if (single.surprises.length > 0) return `One by one:\n${outcomeText(single)}`;
  const stops = drawn.tolerates ? null : single.stops;
  const isDeferred = drawn.extras.some((name) => extraOf(name).isDeferred === true);
  for (const puts of [[records], putsOf(records, drawn.puts)]) {
    let byObjects: Outcome | null = null;
    for (const way of drawn.isPlain ? [{}, { isByColumns: true }] as const : [{}]) {
      const outcome = await runs.run({ puts, stumbles: true, stops, ...way });
      const expected = isDeferred ? await deferredOutcome(runs, records, { single, outcome }) : single;
      const isCounted = byObjects === null || !drawn.tolerates || drawn.stumble !== null ||
        isEqual(outcome.counts, byObjects.counts);
      if (isAsSingle(outcome, expected, drawn) && isCounted) {
        byObjects = outcome;
        continue;
      }
      const how = puts.length === 1
        ? "In one put"
        : `In puts of ${puts.map(({ length }) => length).join(", ")}`;
      return [
        ...[`One by one:\n${outcomeText(expected)}`],
        ...byObjects === null || isCounted ? [] : [`${how}:\n${outcomeText(byObjects)}`],
        `${how}${"isByColumns" in way ? " by columns" : ""}:\n${outcomeText(outcome)}`,
      ].join("\n\n");
    }
  }
  return null;
}

function oneByOne(records: readonly LawRecord[]): Course {
  return { puts: records.map((record) => [record]), stumbles: false, stops: null };
}

/**
 * With deferred constraints the put counts as a whole. If the records succeed alone they succeed together; otherwise
 * the table must be that of the accepted records, written one by one without the constraint.
 */
async function deferredOutcome(
  runs: LawRuns,
  records: readonly LawRecord[],
  { single, outcome }: { readonly single: Outcome; readonly outcome: Outcome },
): Promise<Outcome> {
  if (single.refused.length === 0) return single;
  const places = new Set(outcome.refused.map((refused) => refused.split(" ")[0]));
  const taken = records.filter(({ topic, partition, offset }) =>
    !places.has(`${topic}-${partition}@${offset}`)
  );
  const free = await runs.run({ ...oneByOne(taken), isWithoutDeferred: true });
  return { ...free, refused: [...free.refused, ...outcome.refused].toSorted() };
}

function putsOf(
  records: readonly LawRecord[],
  lengths: readonly number[],
): readonly (readonly LawRecord[])[] {
  const puts: (readonly LawRecord[])[] = [];
  for (let from = 0; from < records.length;) {
    const length = lengths[puts.length % lengths.length] ?? 1;
    puts.push(records.slice(from, from + length));
    from += length;
  }
  return puts;
}

/**
 * With errors.tolerance=none a put may look at more records than it writes, in any order. None that it refuses comes
 * before its partition's first bad record, and that one is refused as it is alone.
 */
function isAsSingle(outcome: Outcome, single: Outcome, { tolerates }: DrawnCase): boolean {
  if (outcome.surprises.length > 0 || !isEqual(outcome.rows, single.rows)) return false;
  if (tolerates) return isEqual(outcome.refused, single.refused);
  return outcome.refused.every((refused) =>
    single.refused.includes(refused) || isBehind(refused, single.stops)
  );
}

function isBehind(refused: string, stops: Outcome["stops"]): boolean {
  const [, partition = "", offset] = /^(.*)@(\d+) /.exec(refused) ?? [];
  const stop = stops.get(partition);
  return stop !== undefined && Number(offset) > stop;
}

function isEqual(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, index) => text === b[index]);
}

function outcomeText({ rows, refused, surprises, counts }: Outcome): string {
  return [
    ...rows.length === 0 ? ["  no row"] : rows.map((row) => `  ${row}`),
    ...refused.map((text) => `  refused: ${text}`),
    ...surprises.map((text) => `  surprise: ${text}`),
    ...counts.map((text) => `  counted: ${text}`),
  ].join("\n");
}

/** Returns a case as readable text. */
export function shown({ drawn, tables, records }: LawCase): string {
  const props = Object.entries(propsOf(drawn, tables)).map(([name, value]) => `  ${name}=${value}`);
  return [
    "Tables:",
    tables.sql.replaceAll("{s}.", "").trim(),
    "\nOptions:",
    ...props,
    `\nRecords, ${drawn.hasSchemas ? "with" : "without"} schemas:`,
    ...records.map(recordText),
  ].join("\n");
}

function recordText({ topic, partition, offset, key, value, timestamp }: LawRecord): string {
  const at = new Date(timestamp).toISOString();
  return `  ${topic}-${partition}@${offset} ${at} key ${valueText(key)} value ${valueText(value)}`;
}

/** Shows integers with an n, so that types can be told apart. */
function valueText(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "bigint") return `${value}n`;
  if (value instanceof Decimal) return `Decimal(${value})`;
  if (Array.isArray(value)) return `[${value.map(valueText).join(", ")}]`;
  if (typeof value === "object" && isPlainFields(value as LawRecord["value"])) {
    return `{${Object.entries(value).map(([name, field]) => `${name}: ${valueText(field)}`).join(", ")}}`;
  }
  return JSON.stringify(value);
}
