/** Dead letters of the shipped connector: their content, and their replay. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { kafkaClient } from "../../../sandbox/kafka/kafka_client.ts";
import { readTopics } from "../../../sandbox/kafka/read_topics.ts";
import { runTask } from "../../support/programs/program.ts";
import { type TelesalesProgram, telesalesProgram } from "../../support/delivery/telesales_program.ts";
import { freshDatabase, freshName, sharedWorld } from "../../support/world.ts";

const world = await sharedWorld();

/** Refuses longer values until the limit is raised. */
const tightLimit = { "record.bytes.max": "300" };
const long = "x".repeat(400);

function registration(id: number, name: string, more: Readonly<Record<string, unknown>> = {}) {
  const value = {
    event: "registration",
    customer_id: id,
    name,
    phone: `11 9${10_000_000 + id}`,
    region: "SP",
    ...more,
  };
  return { key: String(id), value: JSON.stringify({ ...value, created_at: more["created_at"] ?? at(0) }) };
}

function at(minute: number): string {
  return new Date(Date.UTC(2026, 10, 1, 12, minute)).toISOString();
}

async function names({ bank2 }: TelesalesProgram): Promise<readonly string[]> {
  const rows = await bank2.admin<{ name: string }[]>`select name from telesales.contacts order by name`;
  return rows.map(({ name }) => name);
}

Deno.test("records are replayed past the offsets, and who is newer, erased or still bad stays so", async () => {
  await using telesales = await telesalesProgram({ settings: tightLimit });
  const { registrations, purchases, campaigns, deadLetters } = telesales.topics;
  await telesales.produce(registrations, [
    registration(17, "Ana antiga", { long }), // 0: older than what comes next
    registration(17, "Ana", { created_at: at(5) }),
    registration(18, "Bia", { long }), // 2: to be written by the replay
    registration(19, "Caio", { long }), // 3: erased right after
    { key: "19", value: null, timestamp: String(Date.UTC(2026, 10, 1, 13)) },
    registration(20, "Davi", { phone: "1" }), // 5: bad with any limit
    registration(21, "Eva"),
  ]);
  await telesales.produce(purchases, [
    {
      key: "22",
      value: JSON.stringify({ customer: { id: 22, name: "Fabio", phone: "11 98888-0022" }, long }),
    },
  ]);
  await telesales.produce(campaigns, [
    {
      key: "23",
      value: JSON.stringify({ lead: { customer_id: 23, full_name: "Gil", phone_number: "1" }, long }),
    },
    { key: "24", value: JSON.stringify({ lead: { customer_id: 24, full_name: "Hugo", phone_number: "1" } }) },
  ]);
  await using worker = telesales.start();
  await telesales.caughtUp();
  worker.signal("SIGTERM");
  assert.equal((await worker.ended).code, 0);
  assert.deepEqual(await names(telesales), ["Ana", "Eva"]);

  const listed = await telesales.run("dlq", "list");
  assert.equal(listed.code, 0, listed.stderr);
  const lines = listed.stdout.trimEnd().split("\n");
  assert.match(lines[0] ?? "", /^RECORD +WRITTEN +STAGE +RULE +FIELD +STATE$/);
  assert.deepEqual(
    lines.slice(1, -1).map((line) => line.split(/ +/)).map(([place, , , ...rest]) => [place, ...rest]),
    [
      [`${campaigns}-0@0`, "value_too_large", "-", "open"],
      [`${campaigns}-0@1`, "phone_impossible", "phone", "open"],
      [`${purchases}-0@0`, "value_too_large", "-", "open"],
      ...[0, 2, 3].map((offset) => [`${registrations}-0@${offset}`, "value_too_large", "-", "open"]),
      [`${registrations}-0@5`, "phone_impossible", "phone", "open"],
    ],
  );
  assert.equal(lines.at(-1), `${deadLetters}: 7 records with dead letters, 7 open`);

  await forget(campaigns, 1);
  await telesales.configure({ "record.bytes.max": "100000" });
  const replayed = await telesales.run("dlq", "replay");
  assert.equal(
    replayed.stdout,
    [
      `${deadLetters}: 4 replayed, 0 filtered, 2 still bad, 1 gone, 0 done before`,
      "  suppressed rows: 1 erased_or_objecting, 1 not_newer",
      `  still bad, phone_impossible: ${campaigns}-0@1 ${registrations}-0@5`,
      `  gone, not_in_kafka_any_more: ${campaigns}-0@0`,
      "",
    ].join("\n"),
    replayed.stderr,
  );
  assert.equal(replayed.code, 1, "what is gone or still bad is told by the exit code");
  assert.deepEqual(await names(telesales), ["Ana", "Bia", "Eva", "Fabio"]);

  const ledger = await telesales.bank2.admin<{ by: string; written: number }[]>`
    select by_role as by, sum((counts ->> 'records')::int)::int as written from sluice_ledger
     where event = 'copied' and by_role = session_user group by by_role`;
  assert.deepEqual(ledger.map(({ written }) => written), [4], "the ledger has what the officer did");

  const again = await telesales.run("dlq", "replay", "--rule", "value_too_large");
  assert.match(again.stdout, /: 0 replayed, 0 filtered, 0 still bad, 1 gone, 4 done before\n/, again.stderr);
  assert.match((await telesales.run("dlq", "list")).stdout, /7 records with dead letters, 3 open\n$/);
});

Deno.test("a replay that could do harm is refused, and one without a database says what is missing", async () => {
  await using bank2 = await freshDatabase();
  const folder = await Deno.makeTempDir();
  const file = join(folder, "plain.json");
  const config = {
    ...{ "connector.class": "PostgresSink", topics: "orders", "connection.url": "${env:PLAIN_URL}" },
    ...{
      "pk.mode": "record_value",
      "pk.fields": "id",
      "errors.deadletterqueue.topic.name": freshName("dlq"),
    },
  };
  const replay = async (
    settings: Readonly<Record<string, string>>,
    { flags = [], url = bank2.url }: { readonly flags?: readonly string[]; readonly url?: string | null } =
      {},
  ) => {
    await Deno.writeTextFile(file, JSON.stringify({ name: "plain", config: { ...config, ...settings } }));
    const variables = {
      CONNECT_BOOTSTRAP_SERVERS: world.bootstrap,
      ...url === null ? {} : { PLAIN_ADMIN_URL: url },
    };
    const { code, stderr } = await runTask("dlq", {
      args: ["replay", "--config", file, ...flags],
      variables,
    });
    return `${code} ${stderr}`;
  };
  try {
    assert.match(await replay({}), /^2 .*insert\.mode is insert, expected upsert/);
    const file = { "connector.class": "FileStreamSink", file: join(folder, "out.txt") };
    assert.match(await replay(file), /^2 .*FileStreamSinkConnector has no upsert/);
    const upsert = { "insert.mode": "upsert" };
    assert.match(await replay(upsert), /^2 .*without newest\.wins\.field .*--overwrite accepts that/);
    assert.match(
      await replay(upsert, { flags: ["--overwrite"] }),
      /^1 Cannot read dead letters: there is no topic/,
    );
    assert.match(await replay(upsert, { url: null }), /^2 .*variable PLAIN_ADMIN_URL is not set/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the default dead letter tells where and why, and its key's hash is the contact's key", async () => {
  await using telesales = await telesalesProgram();
  const { registrations, deadLetters } = telesales.topics;
  await telesales.produce(registrations, [
    registration(31, "Iara"),
    registration(31, "Iara", { phone: "1" }),
  ]);
  await using _worker = telesales.start();
  await telesales.caughtUp();
  const letters: Record<string, unknown>[] = [];
  await readTopics(world.bootstrap, [deadLetters], ({ value }) => {
    letters.push(JSON.parse(new TextDecoder().decode(value ?? new Uint8Array())));
  });
  const [contact] = await telesales.bank2.admin<{ key: string }[]>`
    select encode(contact_key, 'hex') as key from telesales.person`;
  const [letter] = letters;
  assert.equal(letters.length, 1);
  assert.deepEqual(Object.keys(letter ?? {}), [
    ...[
      "connector",
      "topic",
      "partition",
      "offset",
      "timestamp",
      "stage",
      "reason",
      "rule",
      "field",
      "key_hash",
    ],
    ...["config_hash", "time"],
  ]);
  assert.equal(letter?.["key_hash"], contact?.key);
  assert.equal(letter?.["rule"], "phone_impossible");
});

/** Deletes records, as retention does. */
async function forget(topic: string, offset: number): Promise<void> {
  const admin = kafkaClient(world.bootstrap).admin();
  await admin.connect();
  await admin.fetchTopicOffsets(topic); // without its metadata the client refuses
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(offset) }] });
  await admin.disconnect();
}

Deno.test("a tombstone in another spelling is an erasure not done, and subject erase does it", async () => {
  await using telesales = await telesalesProgram({
    settings: { "customer.id.form": "integer" },
  });
  const { registrations } = telesales.topics;
  await telesales.produce(registrations, [
    registration(17, "Ana"),
    { key: "017", value: null },
    { key: "17", value: JSON.stringify({ customer_id: " 17", name: "Ana", phone: "11 98888-0017" }) },
    registration(18, "Bia"),
  ]);
  await using worker = telesales.start();
  await telesales.caughtUp();
  worker.signal("SIGTERM");
  assert.equal((await worker.ended).code, 0);
  assert.deepEqual(await names(telesales), ["Ana", "Bia"], "no other person was made, and none erased");
  const told = worker.log().split("\n").filter((line) => line.includes("An erasure was not done"));
  assert.equal(told.length, 1);
  assert.match(told[0] ?? "", /id_invalid/);

  const listed = await telesales.run("dlq", "list");
  const rows = listed.stdout.split("\n").filter((line) => line.includes("id_invalid"));
  assert.match(rows[0] ?? "", new RegExp(`^${registrations}-\\d+@\\d+ .* erasure not done$`), listed.stderr);
  assert.equal(rows.filter((row) => row.endsWith("erasure not done")).length, 1);
  const erased = await telesales.run("subject", "erase", "--id", "017");
  assert.match(erased.stdout, /, spelled "17": erased until a newer registration\n/, erased.stderr);
  assert.deepEqual(await names(telesales), ["Bia"]);
  assert.doesNotMatch(worker.log() + listed.stdout + erased.stdout, /Ana|Bia|988880017|"017"/);
});
