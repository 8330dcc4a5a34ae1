import assert from "node:assert/strict";
import { RestWorld } from "../../../support/rest_world.ts";

/** An object that the runtime can't make a text of. */
const untellable = JSON.parse('{"toString":1}');

async function statusOf(method: string, path: string, body: unknown): Promise<number> {
  const world = new RestWorld();
  await world.ask("POST", "/connectors", { name: "people", config: world.config, initial_state: "STOPPED" });
  const answer = await world.ask(method, path, body);
  await world.end();
  assert.match(await answer.text(), /^\{"error_code":400,/);
  return answer.status;
}

Deno.test("a level that is an object is refused, whatever is in it", async () => {
  assert.equal(await statusOf("PUT", "/admin/loggers/root", { level: untellable }), 400);
});

Deno.test("a partition that is an object is refused, whatever is in it", async () => {
  const partition = { kafka_topic: "events", kafka_partition: untellable };
  const body = { offsets: [{ partition, offset: { kafka_offset: 1 } }] };
  assert.equal(await statusOf("PATCH", "/connectors/people/offsets", body), 400);
});
