/** The list of differences is about steps that there are, and the documentation has them all. */

import assert from "node:assert/strict";
import { sinkConnectorConfig } from "../../connect/config/sink_connector_config.ts";
import { ownGroups, ownOptions, restDifferences } from "./rest_differences.ts";
import { readRecording } from "./rest_recording.ts";

const listed = restDifferences.flatMap(({ steps }) => steps);

Deno.test("a listed step is one of the recording, is listed once, and doesn't hang on time", async () => {
  const steps = new Map((await readRecording([])).map((step) => [step.step, step]));
  assert.equal(steps.size, 464);
  assert.deepEqual(listed.filter((step) => steps.get(step)?.timing !== false), []);
  assert.equal(new Set(listed).size, listed.length);
});

Deno.test("docs/differences.md names every step that differs", async () => {
  const text = await Deno.readTextFile(new URL("../../docs/differences.md", import.meta.url));
  const named = new Set(text.match(/[a-z0-9_]+/g));
  assert.deepEqual(listed.filter((step) => !named.has(step)), []);
});

Deno.test("the options that are left out of the comparison are options, and none of the recording's", async () => {
  const steps = await readRecording([]);
  const recorded = JSON.stringify(steps.find(({ step }) => step === "validate_ok")?.response.body);
  for (const option of ownOptions) {
    assert.ok(Object.hasOwn(sinkConnectorConfig.keys, option), option);
    assert.ok(!recorded.includes(`"${option}"`), option);
  }
  const groups = Object.values(sinkConnectorConfig.keys).map(({ group }) => group);
  assert.deepEqual(ownGroups.filter((group) => !groups.some((known) => known === group)), []);
});
