/**
 * One Kafka and one PostgreSQL that all integration tests of a run share.
 *
 * They are somebody else's there: a test makes topics and databases of its own, and never stops or restarts the
 * servers. One that has to starts its own by `startKafka`, `startPostgres` or `startWorld`.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { createDatabase, dropDatabase } from "../../sandbox/postgres/databases.ts";
import { createTopics } from "../../sandbox/kafka/kafka_client.ts";

/** Where the shared servers are. */
interface SharedWorld {
  /** `127.0.0.1:PORT` of the broker. */
  readonly bootstrap: string;
  /** URL of the superuser at database `postgres`. */
  readonly postgresUrl: string;
}

/** A database that goes with the test. */
export interface TestDatabase extends AsyncDisposable {
  readonly name: string;
  readonly url: string;
}

const variable = "SLUICE_TEST_WORLD";

/**
 * The servers of this test run; the first file that asks starts them, and they end with the run.
 *
 * Call it outside of tests (`const world = await sharedWorld();` at the top of the file), since a test may not leave a
 * process behind.
 */
export async function sharedWorld(): Promise<SharedWorld> {
  // Each test file has modules of its own: what they have in common is the process and its environment.
  const known = parse(Deno.env.get(variable));
  if (known !== undefined) return known;
  const world = await startShared();
  Deno.env.set(variable, JSON.stringify({ ...world, testPid: Deno.pid }));
  return world;
}

/** Only a world of this very process: whatever else the environment names is not ours to touch. */
function parse(text: string | undefined): SharedWorld | undefined {
  if (text === undefined) return undefined;
  const { testPid, ...world } = JSON.parse(text);
  return testPid === Deno.pid ? world : undefined;
}

async function startShared(): Promise<SharedWorld> {
  const path = (relative: string) => fileURLToPath(new URL(`../../${relative}`, import.meta.url));
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--config", path("sandbox/dev.json"), path("sandbox/up.ts")]
      .concat("--until-gone", String(Deno.pid)),
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
    detached: true,
  }).spawn();
  child.unref();
  for await (const line of child.stdout.pipeThrough(new TextDecoderStream())) {
    const { bootstrap, postgresUrl } = JSON.parse(line);
    return { bootstrap, postgresUrl };
  }
  throw new Error("Cannot start Kafka and PostgreSQL for the tests: the reason is above");
}

let names = 0;

/** A name that nothing else has, for topics, groups, tables and databases. */
export function freshName(prefix: string): string {
  return `${prefix}_${Deno.pid}_${Date.now().toString(36)}_${names++}`;
}

/** Makes topics `PREFIX.NAME` with a fresh prefix; returns their full names in the same order. */
export async function freshTopics(names: readonly string[], partitions: number): Promise<readonly string[]> {
  const { bootstrap } = await sharedWorld();
  const prefix = freshName("test");
  const topics = names.map((name) => `${prefix}.${name}`);
  await createTopics(bootstrap, topics, partitions);
  return topics;
}

/** Makes an empty database. */
export async function freshDatabase(): Promise<TestDatabase> {
  const { postgresUrl } = await sharedWorld();
  const name = freshName("test");
  const url = await createDatabase(postgresUrl, name);
  return { name, url, [Symbol.asyncDispose]: () => dropDatabase(postgresUrl, name) };
}
