/**
 * An older Sluice's installation keeps working: `upgrade/` has its database, topics and connectors as commit 573913d
 * left them (`upgrade/make_world.ts`), and the current program continues from there.
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import postgres from "postgres";
import { KeyedHash } from "../../../connect/api/keyed_hash.ts";
import { PartitionMap } from "../../../connect/api/record.ts";
import { compareWith, readContactRows } from "../../../sandbox/compare_telesales.ts";
import { startKafka } from "../../../sandbox/kafka/kafka.ts";
import { createTopics } from "../../../sandbox/kafka/kafka_client.ts";
import { readTopics } from "../../../sandbox/kafka/read_topics.ts";
import { startPostgres } from "../../../sandbox/postgres/postgres.ts";
import { TelesalesModel } from "../../../sandbox/telesales_model.ts";
import { pollUntil, waitMsMax } from "../../../sandbox/wait.ts";
import { type ConnectProgram, endOf, startConnect } from "../../support/rest/connect_program.ts";
import { KafkaFixture } from "../../support/kafka/kafka_fixture.ts";
import { type ProgramTask, runTask } from "../../support/programs/program.ts";
import {
  caughtUp,
  connectors,
  type Customer,
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
const installed: Installed = JSON.parse(await Deno.readTextFile(join(folder, "installed.json")));

/** Restores topics and groups, record by record. */
async function fillKafka(bootstrap: string): Promise<string> {
  const fixture = new KafkaFixture(bootstrap);
  const text = (value: string | null) => value === null ? null : new TextEncoder().encode(value);
  try {
    await Promise.all(
      Object.entries(installed.topics).map(([topic, partitions]) =>
        createTopics(bootstrap, [topic], partitions)
      ),
    );
    const lines = (await Deno.readTextFile(join(folder, "records.jsonl"))).trim().split("\n");
    const records = lines.map((line): InstalledRecord => JSON.parse(line));
    await fixture.write(records.map(({ topic, partition, timestamp, key, value, headers }) => ({
      ...{ topic, partition, timestamp, key: text(key), value: text(value) },
      headers: headers.map(([key, value]) => ({ key, value: text(value) })),
    })));
    await Promise.all(connectors.map((name) => commitAs(fixture, name)));
    return await fixture.admin.clusterId();
  } finally {
    await fixture.close();
  }
}

async function commitAs(fixture: KafkaFixture, connector: string): Promise<void> {
  const places = installed.groups[connector] ?? [];
  const member = await fixture.member(`connect-${connector}`, [...new Set(places.map(({ topic }) => topic))]);
  await member.until("its partitions", () => member.consumer.assignment().length === places.length);
  const offsets = new PartitionMap(
    places.map((at) => [at, { offset: BigInt(at.offset), metadata: at.metadata ?? "" }] as const),
  );
  await member.consumer.commit(offsets, waitMsMax);
  await member.close();
}

/** Runs the dump's statements with the new Kafka's cluster id. */
async function fillDatabase(url: string, clusterId: string): Promise<void> {
  const dump = (await Deno.readTextFile(join(folder, "database.sql"))).replaceAll(
    installed.clusterId,
    clusterId,
  );
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  await sql.unsafe(dump).simple();
  await sql.end();
}

/** The restored installation, and the current program. */
class Upgrade implements AsyncDisposable {
  readonly #stack: AsyncDisposableStack;

  private constructor(
    stack: AsyncDisposableStack,
    readonly servers: Servers,
    readonly sql: postgres.Sql,
    readonly url: string,
    readonly storage: string,
  ) {
    this.#stack = stack;
  }

  static async begin(): Promise<Upgrade> {
    await using stack = new AsyncDisposableStack();
    const [kafka, database] = await Promise.all([startKafka({ properties: keptForEver }), startPostgres()]);
    stack.use(kafka);
    stack.use(database);
    const storage = await Deno.makeTempDir();
    stack.defer(() => Deno.remove(storage, { recursive: true }));
    for (const name of connectors) {
      await Deno.copyFile(join(folder, `kept/${name}.json`), join(storage, `${name}.json`));
    }
    const [clusterId, url] = await Promise.all([
      fillKafka(kafka.bootstrap),
      database.createDatabase("bank2"),
    ]);
    await fillDatabase(url, clusterId);
    const sql = postgres(url, { max: 2, onnotice: () => {} });
    stack.defer(() => sql.end({ timeout: 1 }));
    const servers = { bootstrap: kafka.bootstrap, databasePort: database.port };
    return new Upgrade(stack.move(), servers, sql, url, storage);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }

  startWorker(): Promise<ConnectProgram> {
    return startConnect({ variables: variablesOf(this.servers, this.storage) });
  }

  /** Runs a command for telesales with the stored configuration. */
  async run(task: ProgramTask, ...args: readonly string[]): Promise<string> {
    const { name, config } = JSON.parse(await Deno.readTextFile(join(this.storage, "telesales.json")));
    const file = join(this.storage, "telesales.post");
    await Deno.writeTextFile(file, JSON.stringify({ name, config }));
    const variables = variablesOf(this.servers, this.storage);
    const { code, stdout, stderr } = await runTask(task, { args: [...args, "--config", file], variables });
    assert.equal(code, 0, stderr);
    return stdout;
  }

  caughtUp(): Promise<void> {
    return caughtUp(this.sql, this.servers);
  }

  until(what: string, holds: () => Promise<boolean>): Promise<true> {
    return pollUntil(what, waitMsMax, async () => await holds() || undefined);
  }

  /** Rows of people as text, by key. A row that was rewritten has another physical place. */
  async people(): Promise<Rows> {
    const rows = await this.sql<{ key: string; row: string }[]>`
      select encode(contact_key, 'hex') as key, p.ctid || ' ' || p.xmin || ' ' || p::text as row
        from telesales.person p order by contact_key`;
    return Object.fromEntries(rows.map(({ key, row }) => [key, row]));
  }

  async contacts(): Promise<readonly string[]> {
    return await this.#texts(
      "select concat_ws(' ', name, phone, region) as text from telesales.contacts order by name",
    );
  }

  /** One per partition; each owner raises it. */
  async fences(): Promise<readonly number[]> {
    return (await this.#texts("select fence::text as text from sluice_offsets order by topic, partition"))
      .map(Number);
  }

  /** Reads everything that is stored. */
  async look() {
    return {
      contacts: await this.contacts(),
      people: await this.people(),
      offsets: await this.#texts(
        "select (o.connector, o.topic, o.partition, o.next_offset)::text as text from sluice_offsets o order by 1",
      ),
      migrations: await this.#texts("select m::text as text from sluice_migrations m order by 1"),
      ledger: await this.#texts("select l::text as text from sluice_ledger l order by written_at"),
      totals: await this.#texts("select o::text as text from purchase_totals.order_total o order by 1"),
    };
  }

  async #texts(query: string): Promise<readonly string[]> {
    return (await this.sql.unsafe<{ text: string }[]>(query)).map(({ text }) => text);
  }
}

type Rows = Readonly<Record<string, string>>;

const now = Date.now();
const keysOf = ({ id }: Customer) =>
  Object.values(secrets).map((secret) => new KeyedHash(secret, "key.secret").of(`v1:${id}`).toHex());

const ana = { id: 1, name: "Ana Lima", region: "RJ", phone: "21 98765-0001" };
const caio = { id: 3, name: "Caio" };
const eva = { id: 5, name: "Eva", region: "BA" };
const fabio = { id: 6, name: "Fabio", region: "PE" };
const gil = { id: 7, name: "Gil Melo" };
const nina = { id: 14, name: "Nina" };

/** Caio was erased and hasn't registered since; Fabio objects; Gil's row has a former secret's key. */
const newEvents = [
  events.bought(now, ana, 104),
  events.bought(now, caio, 105),
  events.registered(now, eva),
  events.registered(now, fabio),
  events.signedUp(now, gil),
  events.registered(now, nina),
];

const contactsBefore = [
  "Ana Lima +5511987650001 SP",
  "Bia +5511987650002 RJ",
  "Davi +5531987654444 MG",
  "Gil +5511987650007 PR",
  "Hugo +5511987650008 CE",
  "Joana +5511987650010",
  "Mario +5511987650013 SC",
];
const contactsAfter = [
  "Ana Lima +5521987650001 RJ",
  "Bia +5511987650002 RJ",
  "Davi +5531987654444 MG",
  "Eva +5511987650005 BA",
  "Gil Melo +5511987650007 PR",
  "Hugo +5511987650008 CE",
  "Joana +5511987650010",
  "Mario +5511987650013 SC",
  "Nina +5511987650014",
];
const contactsReplayed = contactsAfter.toSpliced(7, 0, "Lia +5511987650012 RS");

Deno.test("an older version's tables, offsets, ledger, dead letters, connectors and erasures go on in this one", async (t) => {
  await using upgrade = await Upgrade.begin();
  const { bootstrap } = upgrade.servers;
  const [before, fences] = [await upgrade.look(), await upgrade.fences()];
  assert.deepEqual(before.contacts, contactsBefore, "the world of before is there");
  const step = async (name: string, run: () => Promise<void>) => assert.ok(await t.step(name, run), name);

  await step("migrate leaves what was applied as it is, and every row of people and offsets", async () => {
    const said = await upgrade.run("migrate");
    assert.match(said, /^telesales: (up to date \(3 before\)|applied 004_)/);
    const { migrations, ...rows } = await upgrade.look();
    const { migrations: applied, ...rowsBefore } = before;
    assert.deepEqual(applied.filter((file) => !migrations.includes(file)), []);
    assert.deepEqual(rows, rowsBefore);
  });
  await using worker = await upgrade.startWorker();

  await step("connectors kept on disk run as they did, and no option of theirs is unknown", async () => {
    await worker.askUntil("/connectors/telesales/status", ({ text }) => text.split('"RUNNING"').length === 4);
    const paused = await worker.ask("GET", "/connectors/purchase-totals/status");
    assert.match(paused.text, /^\{"name":"purchase-totals","connector":\{"state":"PAUSED",.*"tasks":\[\]/);
    for (const name of connectors) {
      const { config } = JSON.parse(await Deno.readTextFile(join(folder, `kept/${name}.json`)));
      assert.deepEqual((await worker.ask("GET", `/connectors/${name}/config`)).body, { ...config, name });
      const validated = await worker.ask("PUT", "/connector-plugins/PostgresSink/config/validate", {
        ...config,
        name,
      });
      assert.match(validated.text, /"error_count":0,/, validated.text);
    }
    assert.doesNotMatch(worker.program.log(), /has no effect/);
  });

  await step("it goes on at the offsets of before: nothing is read or written twice", async () => {
    await upgrade.until(
      "each partition's claim",
      async () => (await upgrade.fences()).every((fence, index) => fence > (fences[index] ?? 0)),
    );
    assert.deepEqual(await upgrade.look(), before);
    for (const name of connectors) {
      assert.deepEqual(await groupOffsets(bootstrap, name), installed.groups[name]);
    }
    await produce(bootstrap, newEvents);
    await upgrade.caughtUp();
    assert.equal(await readTotal(worker, "telesales"), newEvents.length);
    assert.deepEqual(await upgrade.contacts(), contactsAfter);
    const touched = new Set([ana, caio, eva, fabio, gil, nina].flatMap(keysOf));
    const untouched = (rows: Rows) => Object.entries(rows).filter(([key]) => !touched.has(key));
    assert.deepEqual(untouched(await upgrade.people()), untouched(before.people));
  });

  await step("dead letters of before can still be replayed, and those that were aren't again", async () => {
    const { config } = JSON.parse(await Deno.readTextFile(join(upgrade.storage, "telesales.json")));
    const raised = { ...config, "record.bytes.max": "2000" };
    assert.equal((await worker.ask("PUT", "/connectors/telesales/config", raised)).status, 200);
    const list = (await upgrade.run("dlq", "list")).trimEnd().split("\n").slice(1, -1).map((line) =>
      line.split(/ +/)
    );
    assert.deepEqual(list.map(([place, , , rule, , state]) => `${place} ${rule} ${state}`), [
      "customers.campaigns-1@0 json_unreadable open",
      "customers.registrations-0@3 value_too_large replayed",
      "customers.registrations-0@6 value_too_large open",
      "customers.registrations-1@4 phone_impossible open",
    ]);
    const replayed = await upgrade.run("dlq", "replay", "--rule", "value_too_large");
    assert.match(replayed, /: 1 replayed, 0 filtered, 0 still bad, 0 gone, 1 done before\n/);
    assert.deepEqual(await upgrade.contacts(), contactsReplayed);
  });

  await step("when all of it comes again, the erased and the objecting stay out", async () => {
    assert.equal((await worker.ask("PUT", "/connectors/telesales/stop")).status, 204);
    await worker.askUntil("/connectors/telesales/status", ({ text }) => text.includes('"tasks":[]'));
    await upgrade.run("offsets", "reset");
    assert.deepEqual(await groupOffsets(bootstrap, "telesales"), []);
    assert.equal((await worker.ask("PUT", "/connectors/telesales/resume")).status, 202);
    await upgrade.caughtUp();
    assert.deepEqual(await upgrade.contacts(), contactsReplayed);
    await upgrade.run("subject", "allow", "--id", String(fabio.id));
    await produce(bootstrap, [events.registered(Date.now(), fabio)]);
    await upgrade.caughtUp();
    const model = new TelesalesModel({ secret: secrets.current });
    await readTopics(bootstrap, topics, (record) => model.add(record));
    const compared = compareWith(model, await readContactRows(upgrade.url));
    assert.ok(compared.isEqual, JSON.stringify(compared));
  });

  await step("a connector that was paused goes on at its group's offsets", async () => {
    assert.equal((await worker.ask("PUT", "/connectors/purchase-totals/resume")).status, 202);
    const orders = async () =>
      (await upgrade.sql`select order_id from purchase_totals.order_total order by 1`)
        .map(({ order_id }) => Number(order_id));
    await upgrade.until("the totals", async () => (await orders()).length === 5);
    assert.deepEqual(await orders(), [101, 102, 103, 104, 105]);
    assert.equal(await readTotal(worker, "purchase-totals"), 3);
  });

  await step("names of metrics, classes and options are still there", async () => {
    const metrics = metricsOf((await worker.ask("GET", "/metrics")).text);
    assert.deepEqual(missing(installed.metrics, metrics), []);
    const plugins = await pluginsOf(worker);
    assert.deepEqual(missing(Object.keys(installed.plugins), Object.keys(plugins)), []);
    for (const [name, options] of Object.entries(installed.plugins)) {
      assert.deepEqual(missing(options, plugins[name] ?? []), [], name);
    }
  });

  await step("the ledger of before is followed by what was done since", async () => {
    worker.program.signal("SIGTERM");
    assert.equal((await endOf(worker.program)).code, 0);
    const { ledger } = await upgrade.look();
    assert.deepEqual(ledger.slice(0, before.ledger.length), before.ledger);
    const lines = (await upgrade.run("audit", "--json")).trim().split("\n").map((line) => JSON.parse(line));
    assert.equal(lines.length, ledger.length);
    const told = lines.map(({ event }) => event).filter((event) => event !== "copied");
    assert.deepEqual(told, ["shown", "erased", "objected", "allowed"]);
    assert.ok(lines.every(({ isMalformed }) => isMalformed !== true));
  });
});

/** Names of before that are missing now. */
function missing(before: readonly string[], after: readonly string[]): readonly string[] {
  const there = new Set(after);
  return before.filter((name) => !there.has(name));
}

Deno.test("a name that is gone is told", () => {
  assert.deepEqual(missing(["key.secret", "pk.mode"], ["pk.mode", "topics"]), ["key.secret"]);
});

/** Number of records that a connector's tasks have read since their start. */
async function readTotal(worker: ConnectProgram, connector: string): Promise<number> {
  const { text } = await worker.ask("GET", "/metrics");
  const name = "kafka_connect_sink_task_metrics_sink_record_read_total";
  const values = [...text.matchAll(new RegExp(`^${name}\\{connector="${connector}"[^}]*\\} (\\d+)$`, "gm"))];
  assert.ok(values.length > 0, text);
  return values.reduce((sum, [, value]) => sum + Number(value), 0);
}
