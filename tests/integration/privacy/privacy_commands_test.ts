/** Commands on data subjects while telesales runs: erase, object, replay, audit. All with the real program. */

import assert from "node:assert/strict";
import { kafkaClient } from "../../../sandbox/kafka/kafka_client.ts";
import { pollUntil, waitMsMax } from "../../../sandbox/wait.ts";
import {
  type ProgramResult,
  type RunningProgram,
  runTask,
  startTask,
} from "../../support/programs/program.ts";
import { type Bank2, connectorsFolder, freshBank2, storeRulesOf } from "../../support/delivery/telesales.ts";
import { freshDatabase, freshName, freshTopics, sharedWorld } from "../../support/world.ts";
import { wholeOf } from "../../support/shipped_config.ts";

const world = await sharedWorld();
const secret = "a-secret-of-telesales-with-more-than-32-bytes";

interface Office extends AsyncDisposable {
  readonly bank2: Bank2;
  readonly topics: { readonly registrations: string; readonly purchases: string; readonly campaigns: string };
  start(): RunningProgram;
  run(command: "subject" | "audit" | "offsets" | "purge", ...args: readonly string[]): Promise<ProgramResult>;
  /** `subject` after a rotation of the secret. */
  rotated(...args: readonly string[]): Promise<ProgramResult>;
  /** `subject` with another secret than the worker's. */
  mistyped(...args: readonly string[]): Promise<ProgramResult>;
  ask(command: "subject", input: string, ...args: readonly string[]): Promise<ProgramResult>;
  produce(topic: string, ...events: readonly Event[]): Promise<void>;
}

interface Event {
  readonly id: number | string;
  readonly value: Readonly<Record<string, unknown>> | null;
  readonly timestamp?: number;
}

/** The shipped telesales, with topics and a group of its own. */
async function openOffice(): Promise<Office> {
  const [registrations = "", purchases = "", campaigns = ""] = await freshTopics(
    ["registrations", "purchases", "campaigns"],
    1,
  );
  const bank2 = await freshBank2();
  const folder = await Deno.makeTempDir();
  const file = `${folder}/telesales.json`;
  const { config } = JSON.parse(
    await Deno.readTextFile(new URL("telesales/connector.json", connectorsFolder)),
  );
  const renamed = JSON.parse(
    JSON.stringify(config).replaceAll("customers.registrations", registrations)
      .replaceAll("customers.purchases", purchases).replaceAll("customers.campaigns", campaigns),
  );
  const own = {
    "errors.deadletterqueue.topic.name": `${registrations}.dlq`,
    "offset.flush.interval.ms": "500",
    "consumer.override.session.timeout.ms": "6000",
  };
  await Deno.writeTextFile(
    file,
    JSON.stringify({ name: freshName("telesales"), config: { ...renamed, ...own } }),
  );
  const keys = { CONNECT_BOOTSTRAP_SERVERS: world.bootstrap, TELESALES_KEY_SECRET: secret };
  const workers = { ...keys, BANK2_URL: bank2.writerUrl };
  const officers = { ...keys, BANK2_ADMIN_URL: bank2.adminUrl };
  const producer = kafkaClient(world.bootstrap).producer();
  await producer.connect();
  return {
    bank2,
    topics: { registrations, purchases, campaigns },
    start: () => startTask("start", { args: ["--config", file], variables: workers }),
    run: (command, ...args) =>
      runTask(command, {
        args: [...args, "--config", file],
        variables: command === "offsets" ? workers : officers,
      }),
    rotated: async (...args) => {
      const secrets = { "key.secret": `${secret}-of-this-year`, "key.secret.previous": secret };
      await storeRulesOf(bank2.admin, { ...await wholeOf("telesales"), ...secrets });
      return await runTask("subject", {
        args: [...args, "--config", file],
        variables: {
          ...officers,
          TELESALES_KEY_SECRET: secrets["key.secret"],
          TELESALES_KEY_SECRET_PREVIOUS: secret,
        },
      });
    },
    mistyped: (...args) =>
      runTask("subject", {
        args: [...args, "--config", file],
        variables: { ...officers, TELESALES_KEY_SECRET: `${secret}!` },
      }),
    ask: (command, input, ...args) =>
      runTask(command, { args: [...args, "--config", file], variables: officers, input }),
    produce: async (topic, ...events) => {
      const messages = events.map(({ id, value, timestamp }) => ({
        ...{ key: String(id), value: value === null ? null : JSON.stringify(value) },
        ...timestamp === undefined ? {} : { timestamp: String(timestamp) },
      }));
      await producer.send({ topic, messages });
    },
    [Symbol.asyncDispose]: async () => {
      await producer.disconnect();
      await Deno.remove(folder, { recursive: true });
      await bank2[Symbol.asyncDispose]();
    },
  };
}

const phone = "+5511987654321";
const registered = (id: number | string, name: string) => ({
  id,
  value: {
    event: "registration",
    customer_id: id,
    name,
    phone,
    region: "SP",
    email: `canary-${id}@example.com`,
  },
});
const bought = (id: number, name: string) => ({
  id,
  value: { event: "purchase", customer: { id, name, phone } },
});

async function names({ bank2 }: Office): Promise<readonly string[]> {
  const rows = await bank2.admin<{ name: string }[]>`select name from telesales.contacts order by name`;
  return rows.map(({ name }) => name);
}

async function waitFor(office: Office, wanted: readonly string[]): Promise<void> {
  const reached = async () => JSON.stringify(await names(office)) === JSON.stringify(wanted) || undefined;
  await pollUntil(`contacts ${wanted}`, waitMsMax, reached);
}

/** Waits until all produced records are processed. */
async function settled({ bank2, topics }: Office): Promise<void> {
  const admin = kafkaClient(world.bootstrap).admin();
  await admin.connect();
  try {
    for (const topic of Object.values(topics)) {
      const [{ high = "0" } = {}] = await admin.fetchTopicOffsets(topic);
      await pollUntil(`${topic} at ${high}`, waitMsMax, async () => {
        const [row] = await bank2.admin<{ next: string | null }[]>`
          select next_offset as next from sluice_offsets where topic = ${topic}`;
        return (row?.next ?? "0") === high || undefined;
      });
    }
  } finally {
    await admin.disconnect();
  }
}

async function stopped(program: RunningProgram): Promise<void> {
  program.signal("SIGTERM");
  const { code, stderr } = await program.ended;
  assert.equal(code, 0, stderr);
}

Deno.test("erased and objecting by command: gone at once, after a reset, and until they may come back", async () => {
  await using office = await openOffice();
  const { registrations, purchases } = office.topics;
  await office.produce(registrations, registered(1, "Ana"), registered(2, "Bia"), registered(3, "Caio"));
  await office.produce(purchases, bought(1, "Ana Lima"), bought(2, "Bia Melo"));
  await using first = office.start();
  await waitFor(office, ["Ana Lima", "Bia Melo", "Caio"]);

  const held = await office.run("subject", "show", "--id", "1");
  assert.equal(held.code, 0, held.stderr);
  assert.match(held.stdout, /^name +Ana Lima\nphone +\+5511987654321\n/);
  assert.doesNotMatch(held.stdout, /canary|email/, "only what Bank 2 holds");
  const erased = await office.run("subject", "erase", "--id", "1");
  assert.match(
    erased.stdout,
    /: erased until a newer registration\nKafka's records are unchanged: .*registrations\n$/,
  );
  const objecting = await office.ask("subject", "2\n", "object", "--id", "-");
  assert.match(objecting.stdout, /: emptied until subject allow, whatever events come\n$/, objecting.stderr);
  assert.deepEqual(await names(office), ["Caio"]);

  await office.produce(purchases, bought(1, "Ana again"), bought(2, "Bia again"));
  await office.produce(registrations, registered(2, "Bia registered again"));
  await settled(office);
  assert.deepEqual(await names(office), ["Caio"]);
  await stopped(first);

  const reset = await office.run("offsets", "reset");
  assert.equal(reset.code, 0, reset.stderr);
  await using second = office.start();
  await settled(office);
  assert.deepEqual(await names(office), ["Caio"], "all of it came again");
  await office.produce(registrations, registered(1, "Ana is back"));
  await waitFor(office, ["Ana is back", "Caio"]);
  const allowed = await office.run("subject", "allow", "--id", "2");
  assert.match(allowed.stdout, /: objection lifted; the next event can store the person again\n$/);
  await office.produce(purchases, bought(2, "Bia is back"));
  await waitFor(office, ["Ana is back", "Bia is back", "Caio"]);
  assert.match((await office.run("subject", "show", "--id", "9")).stdout, /holds nothing of this person/);
  const unknown = await office.run("subject", "erase", "--id", "9");
  assert.match(
    unknown.stdout,
    /: not found; a mark rejects this id until a newer registration\n/,
  );
  const mistyped = await office.mistyped("erase", "--id", "1");
  assert.match(mistyped.stderr, /belongs to no secret of key\.secret or key\.secret\.previous/);
  assert.equal(mistyped.code, 2);
  assert.deepEqual(await names(office), ["Ana is back", "Bia is back", "Caio"]);
  await stopped(second);
  assert.doesNotMatch(first.log() + second.log(), /Ana|Bia|Caio|987654321|canary/, "no value in the log");
  await checkAudit(office);
});

async function checkAudit(office: Office): Promise<void> {
  const audit = await office.run("audit", "--json");
  assert.equal(audit.code, 0, audit.stderr);
  const rows = audit.stdout.trim().split("\n").map((line) => JSON.parse(line));
  const events = rows.map(({ event }) => event).filter((event) => event !== "copied");
  assert.deepEqual(events, ["shown", "erased", "objected", "allowed", "shown", "erased"]);
  const copied = rows.filter(({ event }) => event === "copied");
  const records = copied.reduce((sum, { counts }) => sum + counts.records, 0);
  assert.equal(records, 5 + 3 + 8 + 1 + 1, "every record each time that it was dealt with");
  assert.equal(new Set(copied.map(({ configHash }) => configHash)).size, 1);
  assert.match(copied[0].configHash, /^[0-9a-f]{32}$/);
  assert.ok(rows.every(({ subject }) => subject === null || /^[0-9a-f]{64}$/.test(subject)));
  assert.doesNotMatch(audit.stdout, /Ana|Bia|Caio|987654321|canary/);
  const text = await office.run("audit", "--limit", "3");
  assert.match(text.stdout, /: the newest 3 rows; --limit and --since show others\nWRITTEN-AT +EVENT +TASK/);
}

Deno.test("a number is found, erased and kept out under all its stored spellings, and nobody else is", async () => {
  await using office = await openOffice();
  const { registrations } = office.topics;
  const spelled = { "12": "Ana", " 12": "Bia", "012": "Caio", "12.0": "Davi", '"12"': "Eva", "12 ": "Fabio" };
  const others = { "120": "Zeca", "112": "Yara", "C-12": "Xavier", "-12": "Walter" };
  const stored = Object.entries({ ...spelled, ...others });
  await office.produce(registrations, ...stored.map(([id, name]) => registered(id, name)));
  await using program = office.start();
  await waitFor(office, stored.map(([, name]) => name).sort());

  const shown = await office.run("subject", "show", "--id", "12");
  assert.equal(shown.code, 0, shown.stderr);
  assert.match(shown.stdout, /^name +Ana\nphone/, "the id that was given comes first");
  for (const [id, name] of Object.entries(spelled).filter(([id]) => id !== "12")) {
    assert.ok(shown.stdout.includes(`, spelled ${JSON.stringify(id)}:\nname `), id);
    assert.match(shown.stdout, new RegExp(`^name +${name}$`, "m"));
  }
  assert.doesNotMatch(shown.stdout, /Zeca|Yara|Xavier|Walter/);
  const one = await office.run("subject", "show", "--exact", "--id", "012");
  assert.match(one.stdout, /^name +Caio\n/);
  assert.doesNotMatch(one.stdout, /spelled|Ana|Bia/);

  const exact = await office.ask("subject", " 12\n", "object", "--exact", "--id", "-");
  assert.match(exact.stdout, /^[^,]+: emptied until subject allow, whatever events come\n$/, exact.stderr);
  assert.deepEqual(
    await names(office),
    ["Ana", "Caio", "Davi", "Eva", "Fabio", "Walter", "Xavier", "Yara", "Zeca"],
  );

  const erased = await office.rotated("erase", "--id", "12");
  assert.equal(erased.code, 0, erased.stderr);
  const lines = erased.stdout.trim().split("\n");
  assert.match(lines[0] ?? "", /^[^,]+: erased until a newer registration$/);
  const told = lines.slice(1, -1).map((line) => /, spelled (".*"): erased until/.exec(line)?.[1]).sort();
  assert.deepEqual(
    told,
    Object.keys(spelled).filter((id) => id !== "12").map((id) => JSON.stringify(id)).sort(),
  );
  assert.deepEqual(await names(office), ["Walter", "Xavier", "Yara", "Zeca"]);
  assert.doesNotMatch(erased.stdout, /Ana|Bia|Caio|Davi|Eva|Fabio|Walter|Xavier|Yara|Zeca|987654321/);

  const again = await office.rotated("erase", "--id", "0000120");
  assert.match(again.stdout, /^[^,]+: not found; a mark/, "the given spelling has no row");
  assert.match(again.stdout, /, spelled "120": erased until a newer registration\n/);
  const allowed = await office.rotated("allow", "--id", "12");
  assert.match(allowed.stdout, /, spelled " 12": objection lifted/);
  assert.match(allowed.stdout, /^[^,]+: no objection was recorded, nothing changed$/m);
  assert.deepEqual(await names(office), ["Walter", "Xavier", "Yara"]);
  await stopped(program);
});

Deno.test("a race of subject erase against 1,000 events of the same person: gone", async () => {
  await using office = await openOffice();
  const { registrations, purchases, campaigns } = office.topics;
  const before = Date.now() - 60_000;
  const event = (index: number) => {
    const [topic, { id, value }] = [
      [registrations, registered(1, `Ana ${index}`)] as const,
      [purchases, bought(1, `Ana ${index}`)] as const,
      [campaigns, {
        id: 1,
        value: { lead: { customer_id: 1, full_name: `Ana ${index}`, phone_number: phone } },
      }],
    ][index % 3] as readonly [string, Event];
    return { topic, id, value, timestamp: before + index };
  };
  await using program = office.start();
  let erasing: Promise<ProgramResult> | undefined;
  for (let index = 0; index < 1_000; index++) {
    const { topic, ...rest } = event(index);
    await office.produce(topic, rest);
    if (index === 99) {
      await pollUntil("the person", waitMsMax, async () => (await names(office)).length === 1 || undefined);
      erasing = office.run("subject", "erase", "--id", "1");
    }
    if (index === 899) await erasing; // the last hundred come after it
  }
  const result = await erasing;
  assert.equal(result?.code, 0, result?.stderr);
  await settled(office);
  assert.deepEqual(await names(office), []);
  const [row] = await office.bank2.admin`
    select count(*)::int as rows, count(name)::int as names, count(phone)::int as phones from telesales.person`;
  assert.deepEqual({ ...row }, { rows: 1, names: 0, phones: 0 });
  await stopped(program);
});

Deno.test("wrong words of the officer's commands are a sentence and exit code 2", async () => {
  const telesales = ["--connector", "telesales"];
  const variables = {
    BANK2_ADMIN_URL: "postgres://nobody@127.0.0.1:1/nowhere",
    TELESALES_KEY_SECRET: secret,
  };
  for (
    const [command, args, text] of [
      [
        "subject",
        ["shw", "--id", "1"],
        /^Cannot run subject: expected one of show, erase, object, allow, .*; did you mean show\?/,
      ],
      ["subject", ["show", "4711"], /^Cannot run subject: (?!.*4711)/],
      ["subject", ["show"], /^Cannot look for a person: --id ID is expected, or --id - to read it/],
      ["subject", ["show", "--id", "-"], /^Cannot look for a person: standard input holds no id/],
      ["audit", ["--since", "yesterday"], /^Cannot use --since yesterday: expected an ISO 8601 time/],
    ] as const
  ) {
    const { code, stderr } = await runTask(command, {
      args: [...args, ...telesales],
      variables,
      input: "\n",
    });
    assert.match(stderr, text);
    assert.equal(code, 2, stderr);
  }
  const { code, stderr } = await runTask("purge", { args: telesales });
  assert.match(
    stderr,
    /^Cannot use the database of telesales: the environment variable BANK2_ADMIN_URL is not set/,
  );
  assert.equal(code, 2);
});

Deno.test("a database that nobody has migrated is told with the remedy", async () => {
  await using database = await freshDatabase();
  for (const command of ["audit", "purge"] as const) {
    const { code, stderr } = await runTask(command, {
      args: ["--connector", "telesales"],
      variables: { BANK2_ADMIN_URL: database.url },
    });
    assert.match(
      stderr,
      new RegExp(`^Cannot run ${command} in .*; expected what sluice migrate makes$`, "m"),
    );
    assert.equal(code, 1);
  }
});
