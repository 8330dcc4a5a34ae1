/** Patterns of configurations on which a backtracking matcher would hang. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { systemTime } from "../../../cli/process/system_time.ts";
import { type ConnectProgram, startConnect } from "../../support/rest/connect_program.ts";
import { KafkaFixture } from "../../support/kafka/kafka_fixture.ts";
import { freshName, sharedWorld } from "../../support/world.ts";

const { bootstrap } = await sharedWorld();

const endless = "(a+)+b";
const sink = {
  "connector.class": "FileStreamSink",
  "value.converter": "org.apache.kafka.connect.storage.StringConverter",
  "errors.tolerance": "all",
};
const failed = ({ text }: { readonly text: string }) => text.includes('"state":"FAILED"');
const endMsMax = 30_000;

/** A topic whose name matches such a pattern slowly, with one record. */
async function longName(): Promise<string> {
  const kafka = new KafkaFixture(bootstrap);
  const topic = await kafka.topic(1, `${freshName("sec")}-${"a".repeat(60)}`);
  await kafka.fill(topic, 1, 1);
  await kafka.close();
  return topic;
}

async function whyFailed(worker: ConnectProgram, name: string): Promise<string> {
  const { text } = await worker.askUntil(`/connectors/${name}/status`, failed);
  assert.equal((await worker.ask("GET", "/connectors")).status, 200, "the worker answers");
  return text;
}

Deno.test("a pattern that never ends fails its connector, and the worker answers, stops and starts again", async () => {
  const topic = await longName();
  const folder = await Deno.makeTempDir();
  const variables = {
    CONNECT_BOOTSTRAP_SERVERS: bootstrap,
    CONNECT_CONFIG_STORAGE_DIR: join(folder, "connectors"),
  };
  const name = freshName("regex");
  try {
    const regex = topic.replace(/a+$/, endless);
    for (const round of ["made", "kept"]) {
      await using worker = await startConnect({ variables });
      if (round === "made") {
        const config = { ...sink, "topics.regex": regex };
        assert.equal((await worker.ask("POST", "/connectors", { name, config })).status, 201);
      }
      assert.match(await whyFailed(worker, name), /Cannot match topics\.regex: .*takes more than \d+ steps/);
      worker.program.signal("SIGTERM");
      const ended = await Promise.race([worker.program.ended, systemTime.sleep(endMsMax)]);
      assert.equal(ended?.code, 0, round);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("in a transformation or a predicate it fails the task, whatever errors.tolerance says", async () => {
  const topic = await longName();
  await using worker = await startConnect({ variables: { CONNECT_BOOTSTRAP_SERVERS: bootstrap } });
  const pattern = `.*${endless}`;
  const ways = {
    router: {
      "transforms": "r",
      "transforms.r.type": "org.apache.kafka.connect.transforms.RegexRouter",
      "transforms.r.regex": pattern,
      "transforms.r.replacement": "x",
    },
    predicate: {
      "transforms": "f",
      "transforms.f.type": "org.apache.kafka.connect.transforms.Filter",
      "transforms.f.predicate": "p",
      "predicates": "p",
      "predicates.p.type": "org.apache.kafka.connect.transforms.predicates.TopicNameMatches",
      "predicates.p.pattern": pattern,
    },
  };
  for (const [way, options] of Object.entries(ways)) {
    const name = freshName(way);
    const config = { ...sink, "topics": topic, ...options };
    assert.equal((await worker.ask("POST", "/connectors", { name, config })).status, 201);
    assert.match(await whyFailed(worker, name), /takes more than \d+ steps/, way);
  }
});

Deno.test("validate tells it where the name is known already", async () => {
  await using worker = await startConnect({ variables: { CONNECT_BOOTSTRAP_SERVERS: bootstrap } });
  const config = {
    ...sink,
    "topics.regex": endless,
    "errors.deadletterqueue.topic.name": "a".repeat(60),
  };
  const made = await worker.ask("POST", "/connectors", { name: freshName("dlq"), config });
  assert.equal(made.status, 400);
  assert.match(made.text, /Cannot match topics\.regex: /);
});
