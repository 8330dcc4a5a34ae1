/** Every converter against what Apache Kafka Connect 4.3.1's own classes returned. */

import assert from "node:assert/strict";
import { type JsonObject, readJson } from "../../connect/converters/json/connect_json.ts";
import { asObject, runConverterVector } from "./converter_vector.ts";
import { convertersDifferences } from "./converters_differences.ts";
import { outcomeDifference } from "./outcome_compare.ts";

/** At most this part of the vectors may be listed as different. */
const listedPercentMax = 3;

for (const file of ["converters.jsonl", "converters_from.jsonl"]) {
  Deno.test(`converters do what Connect's classes do, line by line of ${file}`, async () => {
    const vectors = await readVectors(file);
    const differing = new Map(vectors.flatMap((vector) => {
      const difference = differenceOf(vector);
      return difference === undefined ? [] : [[String(vector.get("id")), difference] as const];
    }));
    const same = vectors.length - differing.size;
    console.log(
      `${file}: ${same} of ${vectors.length} exactly (${(100 * same / vectors.length).toFixed(2)} %)`,
    );
    for (const [id, difference] of differing) {
      console.log(`  ${id}: ${convertersDifferences.get(id) ?? difference}`);
    }
    const unlisted = [...differing].filter(([id]) => !convertersDifferences.has(id));
    assert.deepEqual(unlisted, [], "vectors differ that converters_differences.ts does not list");
    const listed = vectors.map((vector) => String(vector.get("id"))).filter((id) =>
      convertersDifferences.has(id)
    );
    assert.deepEqual(
      listed.filter((id) => !differing.has(id)),
      [],
      "vectors are listed that no longer differ",
    );
    assert.ok(
      listed.length * 100 <= vectors.length * listedPercentMax,
      "more vectors are listed than allowed",
    );
  });
}

Deno.test("every listed difference names a vector that is there", async () => {
  const vectors = [...await readVectors("converters.jsonl"), ...await readVectors("converters_from.jsonl")];
  const ids = new Set(vectors.map((vector) => vector.get("id")));
  assert.equal(ids.size, vectors.length, "ids are unique, so no vector hides another");
  assert.deepEqual([...convertersDifferences.keys()].filter((id) => !ids.has(id)), []);
});

async function readVectors(file: string): Promise<readonly JsonObject[]> {
  const text = await Deno.readTextFile(new URL(`./vectors/${file}`, import.meta.url));
  return text.trimEnd().split("\n").map((line) => asObject(readJson(line)));
}

function differenceOf(vector: JsonObject): string | undefined {
  const expected = asObject(vector.get("expect"));
  const actual = runConverterVector(vector);
  if (!expected.has("bytesBase64")) return outcomeDifference(expected, actual);
  const [want, got] = [expected.get("bytesBase64"), actual.get("bytesBase64")];
  return want === got ? undefined : `expected bytes ${want}, got ${got ?? JSON.stringify([...actual])}`;
}
