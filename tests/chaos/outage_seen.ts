/** Measures how soon each screen reports that Kafka or the database is away and back, idle and under load. */

import { join } from "node:path";
import postgres from "postgres";
import { systemTime } from "../../cli/process/system_time.ts";
import { createTopics, kafkaClient } from "../../sandbox/kafka/kafka_client.ts";
import { type KafkaServer, startKafka } from "../../sandbox/kafka/kafka.ts";
import { type PostgresServer, startPostgres } from "../../sandbox/postgres/postgres.ts";
import { addressOf, requestsTo } from "../support/rest/connect_program.ts";
import { type PgProxy, startPgProxy } from "../support/sinks/pg_proxy.ts";
import { type RunningProgram, startTask } from "../support/programs/program.ts";
import { freshName } from "../support/world.ts";

/** Where an outage is reported. */
export const screens = ["health", "page", "status", "metrics", "log"] as const;
type Screen = typeof screens[number];

export interface OutageCase {
  readonly program: "start" | "connect";
  readonly what: "Kafka" | "Database";
  readonly how: "refuses" | "hangs";
  readonly isLoaded: boolean;
}

/** Seconds from the outage, and from its end, until each screen reports it. */
interface OutageSeen {
  readonly away: Readonly<Record<Screen, number>>;
  readonly back: Readonly<Record<Screen, number>>;
}

/** Limit within which all screens must report it. */
const secondsMax = 15;
const waitMsMax = 90_000;
const databaseName = "seen";
const topic = "seen.events";
const eventsPerSecond = 100;

/** Servers that a case may stop. */
export class OutageWorld implements AsyncDisposable {
  readonly kafka: KafkaServer;
  readonly database: PostgresServer;
  readonly proxy: PgProxy;
  readonly #stack: AsyncDisposableStack;

  private constructor(kafka: KafkaServer, database: PostgresServer, stack: AsyncDisposableStack) {
    this.kafka = kafka;
    this.database = database;
    this.proxy = stack.use(startPgProxy(database.port));
    this.#stack = stack;
  }

  static async open(): Promise<OutageWorld> {
    await using stack = new AsyncDisposableStack();
    const kafka = stack.use(await startKafka());
    const database = stack.use(await startPostgres());
    await createTopics(kafka.bootstrap, [topic], 2);
    const sql = postgres(await database.createDatabase(databaseName), { max: 1, onnotice: () => {} });
    await sql`create table events (id bigint primary key)`.finally(() => sql.end());
    return new OutageWorld(kafka, database, stack.move());
  }

  /** Returns the connector's configuration, depending on how the case hangs. */
  config({ what, how }: OutageCase): Readonly<Record<string, string>> {
    const url = new URL(this.database.urlOf(databaseName));
    if (what === "Database" && how === "hangs") url.port = String(this.proxy.port);
    return {
      "connector.class": "PostgresSink",
      topics: topic,
      "connection.url": url.href,
      "table.name.format": "events",
      "insert.mode": "upsert",
      "pk.mode": "record_value",
      "pk.fields": "id",
    };
  }

  async takeAway({ what, how }: OutageCase): Promise<void> {
    if (what === "Kafka") {
      if (how === "refuses") await this.kafka.kill();
      else Deno.kill(this.kafka.pid, "SIGSTOP");
    } else if (how === "refuses") await this.database.kill();
    else this.proxy.hold();
  }

  async giveBack({ what, how }: OutageCase): Promise<void> {
    if (what === "Kafka") {
      if (how === "refuses") await this.kafka.restart();
      else Deno.kill(this.kafka.pid, "SIGCONT");
    } else if (how === "refuses") await this.database.restart();
    else this.proxy.resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

/** Runs the program through one outage. */
export async function outageSeen(world: OutageWorld, one: OutageCase, binary?: string): Promise<OutageSeen> {
  const folder = await Deno.makeTempDir();
  const name = freshName("seen"); // a killed program's group takes long to settle
  try {
    await using program = await startProgram(world, one, { name, folder, binary });
    const { ask, askUntil } = requestsTo(await addressOf(program, "The control API listens"));
    if (one.program === "connect") {
      await askUntil("/health", ({ status }) => status === 200);
      await ask("POST", "/connectors", { name, config: world.config(one) });
    }
    await askUntil("/metrics", ({ text }) => /partition_count\{[^}]*\} 2$/m.test(text));
    await using load = new Load(world.kafka.bootstrap, one.isLoaded);
    await load.begin();
    await systemTime.sleep(3_000);
    const looks: Looks = { ask: async (path) => (await ask("GET", path)).text, log: () => program.log() };
    await world.takeAway(one);
    const away = await untilAll(looks, saysAway(one, name), one.what === "Kafka" ? load : undefined);
    await world.giveBack(one);
    const back = await untilAll(looks, saysBack(one, name));
    return { away, back };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function startProgram(
  world: OutageWorld,
  one: OutageCase,
  { name, folder, binary }: {
    readonly name: string;
    readonly folder: string;
    readonly binary: string | undefined;
  },
): Promise<RunningProgram> {
  const variables = {
    CONNECT_BOOTSTRAP_SERVERS: world.kafka.bootstrap,
    CONNECT_LISTENERS: "http://127.0.0.1:0",
    CONNECT_OFFSET_FLUSH_INTERVAL_MS: "1000",
  };
  const file = join(folder, "seen.json");
  await Deno.writeTextFile(file, JSON.stringify({ name, config: world.config(one) }));
  const args = one.program === "start" ? ["--config", file, "--rest"] : [];
  return startTask(one.program, { variables, binary, args });
}

interface Looks {
  ask(path: string): Promise<string>;
  log(): string;
}

type Says = Readonly<Record<Screen, (looks: Looks) => Promise<boolean> | boolean>>;

function saysAway({ what }: OutageCase, name: string): Says {
  const label = what === "Kafka" ? "kafka" : "sink";
  return {
    health: async ({ ask }) => new RegExp(`"degraded","message":"${what} at `).test(await ask("/health")),
    page: async ({ ask }) =>
      JSON.parse(await ask("/ui/facts")).troubles.some(({ where }: { readonly where: string }) =>
        where.startsWith(what)
      ),
    status: async ({ ask }) =>
      new RegExp(`"reason":"${what} at .* is away since`).test(await ask(`/connectors/${name}/status`)),
    metrics: async ({ ask }) =>
      new RegExp(`^sluice_away_seconds\\{.*what="${label}".*\\} [1-9]`, "m").test(await ask("/metrics")),
    log: ({ log }) => new RegExp(`${what} at .* is away since`).test(log()),
  };
}

function saysBack(one: OutageCase, name: string): Says {
  const away = saysAway(one, name);
  return {
    health: async ({ ask }) => /"status":"healthy"/.test(await ask("/health")),
    page: async (looks) => !await away.page(looks),
    status: async (looks) => !await away.status(looks),
    metrics: async (looks) => !await away.metrics(looks),
    log: ({ log }) => new RegExp(`${one.what} at .* is back after`).test(log()),
  };
}

/** Returns the seconds until each screen reports it; throws if one doesn't. */
async function untilAll(looks: Looks, says: Says, load?: Load): Promise<Readonly<Record<Screen, number>>> {
  const began = systemTime.monotonic();
  const found = new Map<Screen, number>();
  load?.pause();
  while (found.size < screens.length) {
    for (const screen of screens) {
      if (!found.has(screen) && await says[screen](looks)) {
        found.set(screen, (systemTime.monotonic() - began) / 1_000);
      }
    }
    if (systemTime.monotonic() - began > waitMsMax) {
      const silent = screens.filter((screen) => !found.has(screen)).join(", ");
      throw new Error(
        `Cannot go on: ${silent} reported nothing; health: ${await looks.ask("/health")}\n${looks.log()}`,
      );
    }
    await systemTime.sleep(100);
  }
  return Object.fromEntries(found) as Record<Screen, number>;
}

/** Produces records continuously. */
class Load implements AsyncDisposable {
  readonly #producer;
  readonly #isOn: boolean;
  readonly #ending = new AbortController();
  #isPaused = false;
  #ended: Promise<void> | undefined;
  #sent = 0;

  constructor(bootstrap: string, isOn: boolean) {
    this.#producer = kafkaClient(bootstrap).producer();
    this.#isOn = isOn;
  }

  async begin(): Promise<void> {
    if (!this.#isOn) return;
    await this.#producer.connect();
    this.#ended = this.#run();
  }

  /** Pauses while Kafka is away. */
  pause(): void {
    this.#isPaused = true;
  }

  async #run(): Promise<void> {
    while (!this.#ending.signal.aborted) {
      const count = eventsPerSecond / 10;
      const messages = Array.from({ length: count }, () => ({ value: `{"id":${++this.#sent}}` }));
      if (!this.#isPaused) await this.#producer.send({ topic, messages }).catch(() => {}); // the broker has just stopped
      await systemTime.sleep(100, this.#ending.signal);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#ended;
    if (this.#isOn) await this.#producer.disconnect();
  }
}

/** Runs all cases, one line each; returns whether all screens reported everything in time. */
export async function outageSeenScenario(binary?: string): Promise<boolean> {
  await using world = await OutageWorld.open();
  let isRight = true;
  console.log(["program", "what", "how", "load", "", ...screens].map((word) => word.padEnd(9)).join(""));
  for (const program of binary === undefined ? ["start", "connect"] as const : ["start"] as const) {
    for (const what of ["Kafka", "Database"] as const) {
      for (const how of ["refuses", "hangs"] as const) {
        for (const isLoaded of [false, true]) {
          const seen = await outageSeen(world, { program, what, how, isLoaded }, binary);
          const words = [program, what, how, isLoaded ? "load" : "idle"];
          console.log(line([...words, "away"], seen.away));
          console.log(line([...words, "back"], seen.back));
          isRight &&= screens.every((screen) => seen.away[screen] <= secondsMax);
        }
      }
    }
  }
  return isRight;
}

function line(words: readonly string[], seconds: Readonly<Record<Screen, number>>): string {
  return [...words, ...screens.map((screen) => `${seconds[screen].toFixed(1)} s`)]
    .map((word) => word.padEnd(9)).join("");
}
