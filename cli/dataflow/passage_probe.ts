/**
 * Determines the data flow of each field by experiment: changes the field in an example record and compares
 * the rows. No declarations are needed that could be wrong.
 *
 * @module
 */

import type { Fate, FieldPassage } from "./passage.ts";
import { changed, type Json, type Leaf, leavesOf, variantsOf } from "./json_leaves.ts";

/** The fields of an example record. */
export interface ProbeRecord {
  readonly topic: string;
  readonly timestamp: number;
  readonly key: string | null;
  readonly value: Json;
}

/** The row's columns as texts, or the reason why there is no row. */
type ProbeOutcome = ReadonlyMap<string, string> | { readonly refused: string };

/** Returns what a record becomes. */
export type Probe = (record: ProbeRecord) => ProbeOutcome;

/** Maximum number of fields tried per record. */
const leavesMax = 200;

/** Name of the field that stands for the key. */
const keyField = "(key)";

/** What one record shows about one field. */
interface Finding {
  readonly columns: readonly string[];
  readonly isKept: boolean;
  readonly isChecked: boolean;
}

/**
 * Returns the fields of some records of one topic, in order of appearance.
 *
 * @example
 * ```ts
 * import { fieldsOf } from "./passage_probe.ts";
 * const keepsName = ({ value }: { value: unknown }) =>
 *   new Map([["name", String(Object(value).name)]]);
 * const record = { topic: "people", timestamp: 0, key: null, value: { name: "Ana", card: "4111" } };
 * const [name, card] = fieldsOf([record], keepsName);
 * if (name?.fate !== "kept" || card?.fate !== "dropped") throw new Error("only the name arrives");
 * ```
 */
export function fieldsOf(records: readonly ProbeRecord[], probe: Probe): readonly FieldPassage[] {
  const findings = new Map<string, Finding[]>();
  for (const record of records) {
    const baseline = probe(record);
    if ("refused" in baseline) continue;
    for (const leaf of placesOf(record)) {
      const finding = findingOf(record, leaf, { baseline, probe });
      findings.set(leaf.field, [...findings.get(leaf.field) ?? [], finding]);
    }
  }
  return Array.from(findings, ([field, found]) => ({ field, ...fateOf(found) }));
}

function placesOf({ key, value }: ProbeRecord): readonly Leaf[] {
  const leaves = leavesOf(value).slice(0, leavesMax);
  return key === null ? leaves : [{ field: keyField, path: null, value: key }, ...leaves];
}

interface Trial {
  readonly baseline: ReadonlyMap<string, string>;
  readonly probe: Probe;
}

function findingOf(record: ProbeRecord, leaf: Leaf, trial: Trial): Finding {
  const alone = tried(record, [leaf], trial);
  if (alone.columns.length > 0 || !alone.isRefused) return found(leaf, alone, trial);
  // Fields that must agree, such as a key and the id in the value, are changed together.
  const same = placesOf(record).filter(({ value }) => value !== null && String(value) === String(leaf.value));
  return found(leaf, same.length > 1 ? { ...tried(record, same, trial), isRefused: true } : alone, trial);
}

function found(leaf: Leaf, { columns, isRefused, arrivesAsIs }: Tried, { baseline }: Trial): Finding {
  const own = String(leaf.value);
  const isKept = leaf.value === null
    ? arrivesAsIs
    : columns.some((column) => isSame(own, baseline.get(column) ?? ""));
  return { columns, isKept, isChecked: isRefused };
}

interface Tried {
  readonly columns: readonly string[];
  readonly isRefused: boolean;
  /** Whether a replaced value was found in a column. */
  readonly arrivesAsIs: boolean;
}

function tried(record: ProbeRecord, leaves: readonly Leaf[], { baseline, probe }: Trial): Tried {
  const columns = new Set<string>();
  let [isRefused, arrivesAsIs] = [false, false];
  for (const variant of variantsOf(leaves[0]?.value ?? null)) {
    const outcome = probe(withValues(record, leaves, variant));
    if ("refused" in outcome) isRefused = true;
    else {
      const names = new Set([...baseline.keys(), ...outcome.keys()]);
      const other = [...names].filter((name) => outcome.get(name) !== baseline.get(name));
      for (const name of other) columns.add(name);
      arrivesAsIs ||= other.some((name) => outcome.get(name) === String(variant));
    }
  }
  return { columns: [...columns], isRefused, arrivesAsIs };
}

/** Each place keeps its type: a number in the value, its text in the key. */
function withValues(record: ProbeRecord, leaves: readonly Leaf[], variant: Json | undefined): ProbeRecord {
  return leaves.reduce<ProbeRecord>((now, { path, value }) => {
    const own = leaves.length > 1 && typeof value === "number" && variant !== undefined
      ? Number(variant)
      : leaves.length > 1 && typeof value === "string" && variant !== undefined
      ? String(variant)
      : variant;
    if (path === null) return { ...now, key: own === undefined ? null : String(own) };
    return { ...now, value: changed(now.value, path, own) };
  }, record);
}

/** The same text, or the same time in another format. */
function isSame(given: string, arrived: string): boolean {
  return arrived === given || (/^\d{4}-/.test(given) && Date.parse(given) === Date.parse(arrived));
}

/** A field is "kept" only if every record shows it. */
function fateOf(findings: readonly Finding[]): { readonly fate: Fate; readonly columns: readonly string[] } {
  const written = findings.filter(({ columns }) => columns.length > 0);
  const columns = [...new Set(written.flatMap((finding) => finding.columns))];
  if (written.length > 0) {
    return { fate: written.every(({ isKept }) => isKept) ? "kept" : "transformed", columns };
  }
  return { fate: findings.some(({ isChecked }) => isChecked) ? "checked" : "dropped", columns };
}
