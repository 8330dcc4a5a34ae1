/** Fuzzes requests over a socket: no crash, no server error, no unbounded memory. @module */

import { join } from "node:path";
import { createTopics } from "../../sandbox/kafka/kafka_client.ts";
import { startKafka } from "../../sandbox/kafka/kafka.ts";
import { makeOwnedFolder } from "../../sandbox/owned_folder.ts";
import { startConnect } from "../support/rest/connect_program.ts";
import { fuzzSecret } from "../support/rest/rest_fuzz.ts";
import { fuzzOverSocket, sendGarbage } from "../support/rest/rest_fuzz_socket.ts";

/** Maximum growth of memory in the second half of the requests, in MiB. */
const growthMiBMax = 32;
const mebibyte = 1024 * 1024;
/** Number of times that non-HTTP bytes are sent. */
const garbageTimes = 500;

interface RestFuzzOptions {
  readonly requests: number;
  readonly seed: number;
}

/** Runs it on its own Kafka; returns whether all is as promised. */
export async function restFuzz({ requests, seed }: RestFuzzOptions): Promise<boolean> {
  await using owner = await makeOwnedFolder();
  const kafka = await startKafka({ owner });
  await createTopics(kafka.bootstrap, ["events"], 1);
  const folder = await Deno.makeTempDir();
  const variables = {
    CONNECT_BOOTSTRAP_SERVERS: kafka.bootstrap,
    CONNECT_CONFIG_STORAGE_DIR: join(folder, "store"),
  };
  await using worker = await startConnect({ variables });
  const { port } = new URL(worker.url);
  const { problems, statuses, residentBytes } = await fuzzOverSocket({
    port: Number(port),
    pid: worker.program.pid,
    ...{ requests, seed },
    names: ["a", "b c", "ü", "%2e", "e", "f"],
    config: {
      "connector.class": "FileStreamSink",
      topics: "events",
      file: join(folder, "out.txt"),
      "consumer.override.sasl.jaas.config": fuzzSecret,
    },
    every: { requests: 1_000, tell: console.log },
  });
  await sendGarbage(Number(port), seed, garbageTimes);
  const found = [...problems];
  if (worker.program.log().includes(fuzzSecret)) found.push("a password is in the log");
  const { status, text } = await worker.ask("GET", "/connectors");
  if (status !== 200) found.push(`afterwards the list of connectors is answered ${status} ${text}`);
  const [half, end] = residentBytes.map((bytes) => bytes / mebibyte);
  const growth = (end ?? 0) - (half ?? 0);
  if (growth > growthMiBMax) found.push(`the second half added ${growth.toFixed(1)} MiB`);
  for (const problem of found.slice(0, 20)) console.error(problem);
  const answers = [...statuses].sort(([a], [b]) => a - b).map(([code, count]) => `${code}: ${count}`).join(
    ", ",
  );
  console.log(`${requests} requests of seed ${seed}, ${garbageTimes} times no HTTP: ${answers}`);
  console.log(
    `${found.length} problems, ${half?.toFixed(1)} MiB at half time, ${end?.toFixed(1)} MiB at the end`,
  );
  await Deno.remove(folder, { recursive: true });
  return found.length === 0;
}
