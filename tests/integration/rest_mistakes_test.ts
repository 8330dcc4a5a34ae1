/** What a person may do wrong at the control API, and what is answered: a status, and a sentence to act on. */

import assert from "node:assert/strict";
import { createTopics } from "../../sandbox/kafka/kafka_client.ts";
import { startRawConnect } from "../support/connect_worker.ts";
import { type RawAnswer, rawRequest } from "../support/raw_http.ts";
import { type RestMistake, restMistakes } from "../support/rest_mistakes.ts";
import { freshName, sharedWorld } from "../support/world.ts";

const world = await sharedWorld();
const inside = /\n\s*at |\.[jt]s\b|TypeError|ZodError|RestError|SqlFailure|undefined|\[object/;

function ask(port: number, { method, path, body }: Pick<RestMistake, "method" | "path" | "body">) {
  const headers = { "Content-Type": "application/json" };
  return rawRequest(port, { method, path, ...body === undefined ? {} : { headers, body } });
}

/** Connect's form, the status, the sentence, and nothing of the program's inside. */
function check({ method, path, status, says }: RestMistake, answer: RawAnswer): void {
  const about = `${method} ${path.slice(0, 80)}: ${answer.status} ${answer.text.slice(0, 400)}`;
  const { error_code: code, message, ...others } = JSON.parse(answer.text);
  assert.deepEqual([answer.status, code, others], [status, status, {}], about);
  assert.ok(message.startsWith(says), `${about}; expected ${says}`);
  assert.doesNotMatch(message, inside, about);
}

Deno.test("each mistake is answered with its status and a sentence, in Connect's form", async (t) => {
  const topic = freshName("mistakes");
  await createTopics(world.bootstrap, [topic], 1);
  await using worker = await startRawConnect({ variables: { CONNECT_BOOTSTRAP_SERVERS: world.bootstrap } });
  const config = { "connector.class": "FileStreamSink", topics: topic };
  await worker.call("POST", "/connectors", { name: "running", config });
  await worker.call("POST", "/connectors", { name: "stopped", config, initial_state: "STOPPED" });
  const all = restMistakes(topic);
  for (const [about, mistakes] of Map.groupBy(all, (mistake) => mistake.about)) {
    await t.step(about, async () => {
      for (const mistake of mistakes) check(mistake, await ask(worker.port, mistake));
    });
  }

  await t.step("what isn't known in a query changes nothing, as in Connect", async () => {
    for (const path of ["/connectors?expand=nonsense", "/connector-plugins?connectorsOnly=maybe"]) {
      const { status, text } = await worker.call("GET", path);
      assert.deepEqual([status, typeof JSON.parse(text)], [200, "object"], path);
    }
    const path = "/connectors/running/restart?includeTasks=maybe&onlyFailed=maybe";
    assert.equal((await worker.call("POST", path)).status, 204);
  });
});
