import assert from "node:assert/strict";
import { RestWorld } from "../../../support/rest/rest_world.ts";

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

Deno.test("a name that no path can carry is refused: what was made has to be deletable", async () => {
  const world = new RestWorld();
  for (const name of [".", "..", "a\\b", "a\u0007b", "日".repeat(1_000)]) {
    const answer = await world.ask("POST", "/connectors", { name, config: world.config });
    assert.equal(answer.status, 400, JSON.stringify(name));
  }
  for (const name of ["...", "a/b", "a%b", "a;b", "日本", " x "]) {
    const answer = await world.ask("POST", "/connectors", { name, config: world.config });
    assert.equal(answer.status, 201, JSON.stringify(name));
    const path = `/connectors/${encodeURIComponent(name.trim())}`;
    assert.equal((await world.ask("DELETE", path)).status, 204, JSON.stringify(name));
  }
  await world.end();
});
