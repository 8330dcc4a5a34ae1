import assert from "node:assert/strict";
import { OutageLog } from "../../../../connect/kafka/outage_log.ts";
import { FakeLogger } from "../../../support/fake_logger.ts";

Deno.test("OutageLog tells a long outage once, and its end, and nothing of a short one", () => {
  const logger = new FakeLogger();
  const outage = new OutageLog(logger, "a broker");
  for (let failure = 0; failure < 4; failure++) outage.failed(new Error("refused"));
  outage.succeeded();
  assert.equal(logger.lines.length, 0);
  for (let failure = 0; failure < 50; failure++) outage.failed(new Error("refused"), { node: 1 });
  outage.succeeded();
  outage.succeeded();
  assert.deepEqual(logger.lines.map(({ level, message, fields }) => [level, message, fields]), [
    ["warn", "can't reach a broker and goes on trying", { node: 1, reason: "refused" }],
    ["info", "reaches a broker again", {}],
  ]);
});
