/** The control API against the recorded answers of Kafka Connect 4.3.1, step by step. */

import assert from "node:assert/strict";
import { join } from "node:path";
import postgres from "postgres";
import { restDifferences } from "../../conformance/rest_differences.ts";
import { readRecording } from "../../conformance/rest_recording.ts";
import { replay } from "../../conformance/rest_replay.ts";
import { createTopics, kafkaClient } from "../../../sandbox/kafka/kafka_client.ts";
import { startRawConnect } from "../../support/rest/connect_worker.ts";
import { freshDatabase, sharedWorld } from "../../support/world.ts";

const world = await sharedWorld();

Deno.test("the control API answers as Kafka Connect's does, but for what is listed", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.mkdir(join(folder, "data"));
  await using database = await freshDatabase();
  await prepareWorld(database.url);
  try {
    await using worker = await startRawConnect({
      variables: {
        CONNECT_BOOTSTRAP_SERVERS: world.bootstrap,
        CONNECT_CONFIG_STORAGE_DIR: join(folder, "connectors"),
        CONNECT_KEY_CONVERTER: "org.apache.kafka.connect.json.JsonConverter",
        CONNECT_KEY_CONVERTER_SCHEMAS_ENABLE: "false",
        CONNECT_VALUE_CONVERTER: "org.apache.kafka.connect.json.JsonConverter",
        CONNECT_VALUE_CONVERTER_SCHEMAS_ENABLE: "false",
        CONNECT_OFFSET_FLUSH_INTERVAL_MS: "500",
      },
    });
    const steps = await readRecording([
      [/\$\{ORACLE_DIR\}/g, folder],
      [/127\.0\.0\.1:18083/g, `127.0.0.1:${worker.port}`],
      ...databaseOf(database.url),
    ]);
    const { same, listed, timely, problems } = await replay(worker, steps, restDifferences);
    console.log(`${same} of ${steps.length} as recorded, ${listed} as listed, ${timely} hang on time`);
    const log = worker.program.log().slice(-1500);
    assert.deepEqual(
      [...problems],
      [],
      `steps differ from the recording and from its list; the log ends ${log}`,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Creates the recorded worker's topics and table, with as many records. */
async function prepareWorld(databaseUrl: string): Promise<void> {
  await createTopics(
    world.bootstrap,
    ["or-file-t", "or-file-t2", "or-jdbc-t", "or-bad-t", "or-jdbcbad-t"],
    3,
  );
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} });
  await sql`create table "or-jdbc-t" (id bigint primary key, name text)`;
  await sql.end();
  const producer = kafkaClient(world.bootstrap).producer();
  await producer.connect();
  const write = (topic: string, partition: number, values: readonly string[]) =>
    producer.send({ topic, messages: values.map((value) => ({ partition, value })) });
  const numbers = (count: number) => Array.from({ length: count }, (_, id) => id);
  await write("or-file-t", 0, numbers(6).map((id) => `{"id":${id}}`));
  await write("or-file-t", 1, numbers(4).map((id) => `{"id":${id}}`));
  for (const partition of [0, 1, 2]) await write("or-jdbc-t", partition, numbers(2).map(withSchema));
  await write("or-bad-t", 0, ["this is no JSON"]);
  await write("or-jdbcbad-t", 0, ['"neither row nor object"']);
  await write("or-file-t2", 0, ['{"id":"not-a-number"}']);
  await producer.disconnect();
}

function withSchema(id: number): string {
  const schema = {
    type: "struct",
    fields: [{ type: "int64", field: "id" }, { type: "string", field: "name" }],
  };
  return JSON.stringify({ schema, payload: { id, name: "a" } });
}

function databaseOf(url: string): readonly (readonly [RegExp, string])[] {
  const { host, pathname, username, password } = new URL(url);
  return [
    [/127\.0\.0\.1:15432\/connect_oracle/g, `${host}${pathname}`],
    [/(connection\.user\\?":\\?")postgres/g, `$1${username}`],
    [/secret-pw/g, password],
  ];
}
