/**
 * Makes the files that `upgrade_test.ts` starts from, by the program of another checkout.
 *
 *     deno run -A --config sandbox/dev.json tests/integration/upgrade/make_world.ts CHECKOUT POSTGRES_BIN
 *
 * CHECKOUT is the version to upgrade from; POSTGRES_BIN has `initdb`, `postgres`, `pg_dump` and `pg_dumpall`.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import postgres from "postgres";
import { startKafka } from "../../../sandbox/kafka/kafka.ts";
import { createTopics } from "../../../sandbox/kafka/kafka_client.ts";
import { runOwned } from "../../../sandbox/owned_process.ts";
import { startPostgres } from "../../../sandbox/postgres/postgres.ts";
import { pollUntil, waitMsMax } from "../../../sandbox/wait.ts";
import { type ConnectProgram, endOf, startConnect } from "../../support/rest/connect_program.ts";
import { KafkaFixture } from "../../support/kafka/kafka_fixture.ts";
import { runTask } from "../../support/programs/program.ts";
import {
  caughtUp,
  connectors,
  events,
  groupOffsets,
  type Installed,
  type InstalledRecord,
  keptForEver,
  metricsOf,
  pluginsOf,
  produce,
  secrets,
  type Servers,
  topics,
  variablesOf,
} from "./installed.ts";

const folder = fileURLToPath(new URL("./", import.meta.url));
const minute = (count: number) => Date.UTC(2026, 10, 2, 12, count);
const long = (length: number) => ({ note: "x".repeat(length) });
/** Telesales' settings that differ from the shipped ones. */
const settings = {
  "offset.flush.interval.ms": "500",
  "record.bytes.max": "300",
  "contact.retention.days": "36500",
  "audit.ledger.retention.days": "36500",
};
const letters = connectors.map((name) => `${name}.dlq`);

/** An operator's work with the old program, in order. */
class World {
  readonly #variables: Readonly<Record<string, string>>;
  readonly #storage = join(folder, "kept");

  constructor(
    readonly servers: Servers,
    readonly sql: postgres.Sql,
    readonly checkout: string,
    /** A folder for the configurations that are given to the program. */
    readonly configs: string,
  ) {
    this.#variables = variablesOf(servers, this.#storage);
  }

  /** Runs two workers, with a change of the secret between them. */
  async live(): Promise<Pick<Installed, "metrics" | "plugins">> {
    const first = { TELESALES_KEY_SECRET: secrets.previous, TELESALES_KEY_SECRET_PREVIOUS: "" };
    await this.#configure("telesales", settings);
    await this.#configure("purchase-totals", {});
    for (const name of connectors) await this.#run("migrate", ["--config", this.#fileOf(name)], first);
    {
      await using worker = await this.#start(first);
      await this.#create(worker);
      await produce(this.servers.bootstrap, firstEvents);
      await caughtUp(this.sql, this.servers);
      await this.#totals(1);
      await stop(worker);
    }
    const config = this.#fileOf("telesales");
    await this.#run("migrate", ["--config", config]);
    await using worker = await this.#start({});
    await produce(this.servers.bootstrap, secondEvents);
    await caughtUp(this.sql, this.servers);
    await this.#totals(2);
    await this.#raiseLimit(worker);
    await this.#run("subject", ["show", "--id", "1", "--config", config]);
    await this.#run("subject", ["erase", "--id", "5", "--config", config]);
    await this.#run("subject", ["object", "--id", "6", "--config", config]);
    await this.#run("dlq", ["replay", "--rule", "value_too_large", "--config", config]);
    assert.equal((await worker.ask("PUT", "/connectors/purchase-totals/pause")).status, 202);
    await worker.askUntil("/connectors/purchase-totals/status", ({ text }) => !text.includes('"RUNNING"'));
    await produce(this.servers.bootstrap, thirdEvents);
    await caughtUp(this.sql, this.servers);
    const seen = {
      metrics: metricsOf((await worker.ask("GET", "/metrics")).text),
      plugins: await pluginsOf(worker),
    };
    await stop(worker);
    await Deno.remove(join(this.#storage, "sluice.lock"));
    return seen;
  }

  async #configure(
    name: typeof connectors[number],
    settings: Readonly<Record<string, string>>,
  ): Promise<void> {
    const file = join(this.checkout, "connectors", name, "connector.json");
    const { config } = JSON.parse(await Deno.readTextFile(file));
    await Deno.writeTextFile(
      this.#fileOf(name),
      JSON.stringify({ name, config: { ...config, ...settings } }),
    );
  }

  #fileOf(name: typeof connectors[number]): string {
    return join(this.configs, `${name}.json`);
  }

  async #create(worker: ConnectProgram): Promise<void> {
    for (const name of connectors) {
      const body = JSON.parse(await Deno.readTextFile(this.#fileOf(name)));
      const { status, text } = await worker.ask("POST", "/connectors", body);
      assert.equal(status, 201, text);
    }
  }

  /** Raises the limit that refused the long records. */
  async #raiseLimit(worker: ConnectProgram): Promise<void> {
    await this.#configure("telesales", { ...settings, "record.bytes.max": "600" });
    const { config } = JSON.parse(await Deno.readTextFile(this.#fileOf("telesales")));
    assert.equal((await worker.ask("PUT", "/connectors/telesales/config", config)).status, 200);
  }

  async #totals(count: number): Promise<void> {
    await pollUntil("the totals", waitMsMax, async () => {
      const rows = await this.sql`select from purchase_totals.order_total`;
      return rows.length === count || undefined;
    });
  }

  async #start(variables: Readonly<Record<string, string>>): Promise<ConnectProgram> {
    return await startConnect(await this.#program("connect", variables));
  }

  async #run(
    task: "migrate" | "subject" | "dlq",
    args: readonly string[],
    variables: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const { code, stdout, stderr } = await runTask(task, { ...await this.#program(task, variables), args });
    console.log(`${task} ${args[0]}: ${stdout.trim()}`);
    assert.equal(code, 0, stderr);
  }

  /** Runs the checkout's program, as its task starts it. */
  async #program(task: string, variables: Readonly<Record<string, string>>) {
    const { tasks } = JSON.parse(await Deno.readTextFile(join(this.checkout, "deno.json")));
    const [, ...words]: string[] = tasks[task].command.split(" ");
    return {
      launcher: [Deno.execPath(), ...words.filter((word) => word === "run" || word.startsWith("-"))],
      binary: join(this.checkout, "cli/main.ts"),
      folder: this.checkout,
      variables: { ...this.#variables, ...variables },
    };
  }
}

const [ana, bia, caio, davi, eva, fabio, gil, hugo] = [
  { id: 1, name: "Ana", region: "SP" },
  { id: 2, name: "Bia", region: "RJ" },
  { id: 3, name: "Caio" },
  { id: 4, name: "Davi", region: "MG" },
  { id: 5, name: "Eva", region: "BA" },
  { id: 6, name: "Fabio" },
  { id: 7, name: "Gil", region: "PR" },
  { id: 8, name: "Hugo" },
] as const;

/** With the first secret. Refused: an impossible phone, a value that is too long, and invalid JSON. */
const firstEvents = [
  ...[ana, caio, davi, eva, fabio, gil, hugo].map((person) => events.registered(minute(person.id), person)),
  events.registered(minute(9), { id: 9, name: "Iara", phone: "1" }),
  events.registered(minute(10), { id: 10, name: "Joana" }, long(300)),
  events.bought(minute(20), { ...ana, name: "Ana Lima", region: "" }, 101),
  events.signedUp(minute(21), bia),
  { topic: topics[2], message: { key: "11", value: "{", timestamp: String(minute(22)), partition: 1 } },
  events.erased(minute(30), 3),
];

/** With the second secret: Davi leaves and comes again, and Hugo's row gets another key. */
const secondEvents = [
  events.erased(minute(40), 4),
  events.registered(minute(41), { ...davi, phone: "31 98765-4444" }),
  events.bought(minute(42), { ...hugo, region: "CE" }, 102),
];

/** The totals don't read the purchase, and Lia's registration is still too long. */
const thirdEvents = [
  events.registered(minute(50), { id: 12, name: "Lia", region: "RS" }, long(600)),
  events.signedUp(minute(51), { id: 13, name: "Mario", region: "SC" }),
  events.bought(minute(52), { ...ana, name: "Ana Lima" }, 103),
];

async function stop({ program }: ConnectProgram): Promise<void> {
  program.signal("SIGTERM");
  const { code, stderr } = await endOf(program);
  assert.equal(code, 0, stderr);
}

/** Reads all topics, in the order in which they must be written again. */
async function recordsOf(kafka: KafkaFixture, names: readonly string[]): Promise<readonly InstalledRecord[]> {
  const found = await kafka.admin.describeTopics(names);
  const places = [...found].flatMap(([topic, partitions]) =>
    partitions.map((partition) => ({ topic, partition }))
  );
  const count = [...await kafka.admin.logBounds(places)].reduce((sum, [, { end }]) => sum + Number(end), 0);
  const member = await kafka.member("make-world", [...names]);
  await member.until("all records", () => member.records.length === count);
  await member.close();
  const text = (bytes: Uint8Array | null) =>
    bytes === null ? null : new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  return member.records.map((
    { topic, partition, offset, timestamp, key, value, headers },
  ): InstalledRecord => ({
    ...{ topic, partition, offset: Number(offset), timestamp, key: text(key), value: text(value) },
    headers: headers.map(({ key, value }) => [key, text(value)] as const),
  })).sort((a, b) =>
    a.topic !== b.topic ? (a.topic < b.topic ? -1 : 1) : a.partition - b.partition || a.offset - b.offset
  );
}

/** Dumps roles, rights and the database as statements. */
async function dumpOf(bin: string, url: string): Promise<string> {
  const run = async (program: string, ...args: readonly string[]) => {
    const { code, stdout, stderr } = await runOwned(join(bin, program), { args });
    assert.equal(code, 0, stderr);
    return stdout.split("\n");
  };
  const roles = (await run("pg_dumpall", "--roles-only", "--dbname", url))
    .filter((line) => /^(CREATE ROLE|ALTER ROLE|GRANT) (?!postgres\b)/.test(line));
  const content = await run("pg_dump", "--inserts", "--no-comments", "--create", "--dbname", url);
  const rights = content.filter((line) => /^(GRANT|REVOKE) .* ON DATABASE /.test(line));
  const rest = content.slice(content.findIndex((line) => line.startsWith("\\connect")))
    .filter((line) => !/^(--|\\|$)/.test(line));
  return `${[...roles, ...rights, ...rest].join("\n")}\n`;
}

const [checkout, bin] = Deno.args;
if (checkout === undefined || bin === undefined) {
  throw new Error("Cannot make a world: CHECKOUT POSTGRES_BIN are expected");
}
await using kafka = await startKafka({ properties: keptForEver });
await using database = await startPostgres({ bin });
const url = await database.createDatabase("bank2");
const sql = postgres(url, { max: 2, onnotice: () => {} });
await createTopics(kafka.bootstrap, topics, 2);
await Deno.remove(join(folder, "kept"), { recursive: true }).catch(() => {}); // missing the first time
const servers = { bootstrap: kafka.bootstrap, databasePort: database.port };
const configs = await Deno.makeTempDir();
const seen = await new World(servers, sql, resolve(checkout), configs).live();
await Deno.remove(configs, { recursive: true });
const fixture = new KafkaFixture(kafka.bootstrap);
const records = await recordsOf(fixture, [...topics, ...letters]);
const { stdout: commit } = await runOwned("git", { args: ["-C", checkout, "rev-parse", "--short", "HEAD"] });
const groups = await Promise.all(
  connectors.map(async (name) => [name, await groupOffsets(kafka.bootstrap, name)]),
);
const found = await fixture.admin.describeTopics([...topics, ...letters]);
const installed: Installed = {
  commit: commit.trim(),
  clusterId: await fixture.admin.clusterId(),
  topics: Object.fromEntries([...found].map(([topic, partitions]) => [topic, partitions.length])),
  groups: Object.fromEntries(groups),
  ...seen,
};
await fixture.close();
await sql.end();
await Deno.writeTextFile(join(folder, "database.sql"), await dumpOf(bin, url));
await Deno.writeTextFile(
  join(folder, "records.jsonl"),
  records.map((record) => `${JSON.stringify(record)}\n`).join(""),
);
await Deno.writeTextFile(join(folder, "installed.json"), `${JSON.stringify(installed, null, 2)}\n`);
