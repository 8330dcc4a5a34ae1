import assert from "node:assert/strict";
import { DataException } from "../../../../connect/api/exceptions.ts";
import { ErasureWatch } from "../../../../connect/errors/erasure_watch.ts";
import { MissedErasures, placesMax } from "../../../../connect/errors/missed_erasures.ts";
import { FakeLogger } from "../../../support/fakes/fake_logger.ts";
import { canary, consumed, failed } from "./failed.ts";

const topics = new Set(["registrations"]);
const place = (offset: bigint) => ({ topic: "registrations", partition: 0, offset, rule: "id_invalid" });

function watching(missed = new MissedErasures()) {
  const logger = new FakeLogger();
  return { missed, logger, watch: new ErasureWatch({ connector: "telesales", topics, missed, logger }) };
}

const tombstone = (offset: bigint, topic = "registrations") => consumed({ topic, offset, value: null });
const error = new DataException("Expected a customer id (id_invalid)", { rule: "id_invalid" });

Deno.test("a rejected tombstone of an erasure topic is an error in the log and open, by its coordinates alone", async () => {
  const { missed, logger, watch } = watching();
  const key = new TextEncoder().encode(canary);
  await watch.report(failed({ record: consumed({ ...tombstone(7n), key }), error }));
  assert.deepEqual(missed.of("telesales"), { places: [place(7n)], others: 0, last: 1 });
  assert.deepEqual(missed.of("others").places, []);
  const [line] = logger.lines;
  assert.equal(line?.level, "error");
  assert.deepEqual([line?.fields["topic"], line?.fields["partition"], line?.fields["offset"]], [
    ...["registrations", 0, 7n],
  ]);
  assert.ok(!logger.text().includes(canary));
});

for (const stage of ["KEY_CONVERTER", "HEADER_CONVERTER", "TRANSFORMATION", "TASK_PUT"] as const) {
  Deno.test(`a tombstone that is rejected at ${stage} is an erasure that isn't done`, async () => {
    const { missed, watch } = watching();
    await watch.report(failed({ record: tombstone(7n), stage, error }));
    assert.equal(missed.of("telesales").places.length, 1);
  });
}

Deno.test("other topics and records with a value are no erasures", async () => {
  const { missed, logger, watch } = watching();
  await watch.report(failed({ record: tombstone(7n, "purchases"), error }));
  await watch.report(failed({ record: consumed({ topic: "registrations" }), error }));
  const kept = consumed({ topic: "registrations", value: null });
  await watch.report(failed({ record: kept, error, isTombstone: false }));
  assert.deepEqual(missed.of("telesales").places, []);
  assert.deepEqual(logger.lines, []);
});

Deno.test("a tombstone that a transformation made counts, and so does a value that reads as none", async () => {
  const { missed, watch } = watching();
  await watch.report(failed({ record: consumed({ topic: "registrations" }), error, isTombstone: true }));
  const empty = new DataException("Value is there but empty", { rule: "empty_value" });
  await watch.report(
    failed({
      record: consumed({ topic: "registrations", offset: 1n }),
      error: empty,
      stage: "VALUE_CONVERTER",
    }),
  );
  assert.equal(missed.of("telesales").places.length, 2);
});

Deno.test("the record that is delivered later, and not rejected again, is done", async () => {
  const { missed, watch } = watching();
  for (const offset of [7n, 8n]) await watch.report(failed({ record: tombstone(offset), error }));
  const begun = watch.begin();
  await watch.report(failed({ record: tombstone(8n), stage: "TASK_PUT", error }));
  watch.delivered(() => [tombstone(7n), tombstone(8n), tombstone(9n)], begun);
  assert.deepEqual(missed.of("telesales").places, [place(8n)]);
});

Deno.test("a hundred coordinates are kept, what comes then is counted", () => {
  const missed = new MissedErasures();
  for (let offset = 0n; offset < 1_000n; offset++) missed.add("telesales", place(offset));
  const { places, others, last } = missed.of("telesales");
  assert.equal(places.length, placesMax);
  assert.equal(others, 1_000 - placesMax);
  missed.add("telesales", place(0n));
  assert.equal(missed.of("telesales").others, 1_000 - placesMax, "the same again is one");
  assert.equal(missed.handled("telesales", last), 999, "the first one came again since");
  assert.deepEqual(missed.of("telesales").places, [place(0n)]);
  assert.equal(missed.of("telesales").others, 0);
});

Deno.test("what comes while an operator marks erasures as done stays open", () => {
  const missed = new MissedErasures();
  missed.add("telesales", place(1n));
  const { last } = missed.of("telesales");
  missed.add("telesales", place(2n));
  assert.equal(missed.handled("telesales", last), 1);
  assert.deepEqual(missed.of("telesales").places, [place(2n)]);
  assert.equal(missed.handled("nobody", last), 0);
  missed.forget("telesales");
  assert.deepEqual(missed.of("telesales").places, []);
});
