import assert from "node:assert/strict";
import { Random } from "../../../support/random.ts";
import {
  answerProblem,
  type FuzzedRequest,
  fuzzedRequest,
  fuzzSecret,
} from "../../../support/rest/rest_fuzz.ts";
import { RestWorld } from "../../../support/rest/rest_world.ts";

const seed = 20_261_123;
const requests = 10_000;
/** Log lines are looked at and forgotten this often. */
const lookEvery = 500;

/** The request as the server passes it on; undefined if the runtime refuses its form. */
function requestOf({ method, target, headers, body }: FuzzedRequest): Request | undefined {
  const length = body === undefined ? {} : { "content-length": String(body.length) };
  try {
    return new Request(`http://127.0.0.1:8083${target}`, {
      method,
      headers: { ...headers, ...length },
      ...(body === undefined ? {} : { body }),
    });
  } catch {
    return undefined;
  }
}

Deno.test(`${requests} fuzzed requests bring no error of the server, show no password and leave nothing behind`, async () => {
  const world = new RestWorld();
  const random = new Random(seed);
  const fuzzed = {
    config: { ...world.config, "fake.secret": fuzzSecret },
    names: ["a", "b", "c d", "ü", "%2e", "e"],
  };
  const statuses = new Map<number, number>();
  for (let index = 0; index < requests; index++) {
    const request = fuzzedRequest(random, fuzzed);
    const sent = requestOf(request);
    if (sent === undefined) continue;
    const answer = await world.clock.run(world.handle(sent));
    const problem = answerProblem(request, { status: answer.status, text: await answer.text() });
    assert.equal(problem, undefined, `request ${index} of seed ${seed}`);
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    if (index % lookEvery === lookEvery - 1) lookAtLog(world);
  }
  for (const status of [200, 201, 202, 204, 400, 404, 405, 406, 409, 413, 415]) {
    assert.ok(
      (statuses.get(status) ?? 0) > 0,
      `no answer had status ${status}: the requests test too little`,
    );
  }
  for (const name of world.herder.names()) await world.clock.run(world.herder.deleteConnector(name));
  assert.deepEqual(world.metrics.samples(), [], "deleted connectors leave no numbers behind");
  assert.equal(world.kafka.consumers.filter((consumer) => !consumer.isClosed).length, 0);
  assert.ok(Object.keys(world.levels.list()).length <= 1_000, "loggers are bounded");
  await world.end();
});

function lookAtLog({ logger }: RestWorld): void {
  assert.ok(!logger.text().includes(fuzzSecret), "no password is in the log");
  assert.deepEqual(logger.lines.filter(({ message }) => message === "Request failed"), []);
  logger.lines.length = 0;
}
