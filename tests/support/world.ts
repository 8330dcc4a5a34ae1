/**
 * One Kafka and one PostgreSQL that all integration tests of a run share.
 *
 * A test creates its own topics and databases, and never stops or restarts these servers. A test that must do so starts
 * its own by `startKafka`, `startPostgres` or `startWorld`.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { createDatabase, dropDatabase } from "../../sandbox/postgres/databases.ts";
import { createTopics } from "../../sandbox/kafka/kafka_client.ts";

interface SharedWorld {
  /** `127.0.0.1:PORT` of the broker. */
  readonly bootstrap: string;
  /** URL of the superuser at database `postgres`. */
  readonly postgresUrl: string;
}

/** A database that is dropped with the test. */
export interface TestDatabase extends AsyncDisposable {
  readonly name: string;
  readonly url: string;
}

const variable = "SLUICE_TEST_WORLD";

/**
 * Returns the servers of this test run. The first file that asks starts them, and they end with the run.
 *
 * Call it outside of tests (`const world = await sharedWorld();` at the top of the file), since a test may not leave a
 * process behind.
 */
export async function sharedWorld(): Promise<SharedWorld> {
  // Test files don't share modules, only the process and its environment.
  const known = parse(Deno.env.get(variable));
  if (known !== undefined) return known;
  const world = await startShared();
  Deno.env.set(variable, JSON.stringify({ ...world, testPid: Deno.pid }));
  return world;
}

/** Accepts only servers of this process: others aren't ours to use. */
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

/** Returns a unique name for topics, groups, tables and databases. */
export function freshName(prefix: string): string {
  return `${prefix}_${Deno.pid}_${Date.now().toString(36)}_${names++}`;
}

/** Creates topics `PREFIX.NAME` with a fresh prefix. Returns their full names in the same order. */
export async function freshTopics(names: readonly string[], partitions: number): Promise<readonly string[]> {
  const { bootstrap } = await sharedWorld();
  const prefix = freshName("test");
  const topics = names.map((name) => `${prefix}.${name}`);
  await createTopics(bootstrap, topics, partitions);
  return topics;
}

/** Creates an empty database. */
export async function freshDatabase(): Promise<TestDatabase> {
  const { postgresUrl } = await sharedWorld();
  const name = freshName("test");
  const url = await createDatabase(postgresUrl, name);
  return { name, url, [Symbol.asyncDispose]: () => dropDatabase(postgresUrl, name) };
}
