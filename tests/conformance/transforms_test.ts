/** Every transformation and predicate against what the real classes of Kafka 4.3.1 and Debezium 3.2 returned. */

import assert from "node:assert/strict";
import { runVector } from "../../cli/trial/vectors.ts";
import {
  isJsonObject,
  type JsonNode,
  type JsonObject,
  readJson,
} from "../../connect/converters/json/connect_json.ts";
import { safeTextOf } from "./safe_text.ts";
import { builtInPlugins } from "../support/plugin_registry.ts";
import { asObject } from "./converter_vector.ts";
import { canonicalEnvelope, outcomeDifference } from "./outcome_compare.ts";
import { transformsDifferences } from "./transforms_differences.ts";

/** At most this part of a file's vectors may be listed as different. */
const listedPercentMax = 1;

for (const file of ["transforms.jsonl", "extract_new_record_state.jsonl"]) {
  Deno.test(`transformations do what the real classes do, line by line of ${file}`, async () => {
    const text = await Deno.readTextFile(new URL(`./vectors/${file}`, import.meta.url));
    const lines = text.trimEnd().split("\n");
    const differing = new Map<string, string>();
    const byClass = new Map<string, { same: number; all: number }>();
    const ids: string[] = [];
    for (const line of lines) {
      const vector = asObject(readJson(line));
      const id = String(vector.get("id"));
      ids.push(id);
      const difference = differenceOf(vector, line);
      if (difference !== undefined) differing.set(id, difference);
      const count = byClass.get(classOf(id)) ?? { same: 0, all: 0 };
      byClass.set(classOf(id), { same: count.same + (difference === undefined ? 1 : 0), all: count.all + 1 });
    }
    report(file, lines.length, differing, byClass);
    assert.equal(new Set(ids).size, ids.length, "ids are unique, so no vector hides another");
    assert.deepEqual(
      [...differing].filter(([id]) => !transformsDifferences.has(id)),
      [],
      "vectors differ that transforms_differences.ts does not list",
    );
    const listed = ids.filter((id) => transformsDifferences.has(id));
    assert.deepEqual(
      listed.filter((id) => !differing.has(id)),
      [],
      "vectors are listed that no longer differ",
    );
    assert.ok(listed.length * 100 <= lines.length * listedPercentMax, "more vectors are listed than allowed");
  });
}

function report(
  file: string,
  lines: number,
  differing: ReadonlyMap<string, string>,
  byClass: ReadonlyMap<string, { readonly same: number; readonly all: number }>,
): void {
  const same = lines - differing.size;
  console.log(`${file}: ${same} of ${lines} exactly (${(100 * same / lines).toFixed(2)} %)`);
  for (const [name, count] of byClass) {
    console.log(`  ${name}: ${count.same} of ${count.all} (${(100 * count.same / count.all).toFixed(1)} %)`);
  }
  for (const [id, difference] of differing) {
    console.log(`  differs: ${id}: ${transformsDifferences.get(id) ?? difference}`);
  }
}

function classOf(id: string): string {
  return id.split("/")[0] ?? id;
}

function differenceOf(vector: JsonObject, line: string): string | undefined {
  const expected = asObject(vector.get("expect"));
  const actual = asObject(asObject(readJson(runVector(line, builtInPlugins))).get("outcome"));
  if (expected.has("record")) return recordDifference(expected, actual);
  const quoted = expected.has("error") ? safeTextOf(vector) : undefined;
  if (quoted !== undefined) return quoted;
  const difference = outcomeDifference(expected, actual);
  if (difference !== undefined) return difference;
  if (expected.has("renderError")) return memberDifference("where", expected, actual);
  if (!expected.has("configError")) return undefined;
  const parts = expected.get("jvmMessage") === true ? ["phase"] : ["phase", "validate"];
  return parts.map((part) => memberDifference(part, expected, actual)).find((found) => found !== undefined);
}

function memberDifference(name: string, expected: JsonObject, actual: JsonObject): string | undefined {
  const [want, got] = [expected, actual].map((outcome) =>
    canonicalEnvelope(new Map([[name, outcome.get(name) ?? null]]))
  );
  return want === got ? undefined : `expected ${want}, got ${got}`;
}

function recordDifference(expected: JsonObject, actual: JsonObject): string | undefined {
  const got = actual.get("record");
  if (!isJsonObject(got)) return `expected a record, got ${canonicalEnvelope(actual)}`;
  const [want, found] = [asObject(expected.get("record")), got].map(canonicalRecord);
  return want === found ? undefined : `expected ${want}, got ${found}`;
}

function canonicalRecord(record: JsonObject): string {
  const plain = ["topic", "partition", "offset", "timestamp", "timestampType"] as const;
  const coordinates = plain.map((name) => `${name}=${String(record.get(name) ?? null)}`);
  const headers = record.get("headers");
  const data = [record.get("key"), record.get("value"), ...(Array.isArray(headers) ? headers : [])];
  return [...coordinates, ...data.map((node: JsonNode | undefined) => canonicalEnvelope(asObject(node)))]
    .join(" ");
}
