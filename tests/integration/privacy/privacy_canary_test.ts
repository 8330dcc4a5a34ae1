/** Puts markers into all data that must not leave the shop, then searches all output for them. */

import assert from "node:assert/strict";
import { kafkaClient } from "../../../sandbox/kafka/kafka_client.ts";
import { readTopics } from "../../../sandbox/kafka/read_topics.ts";
import { pollUntil, waitMsMax } from "../../../sandbox/wait.ts";
import { badEvent, badKinds, type CanaryEvent, goodEvent } from "../../support/delivery/canaries.ts";
import { type CanaryWorld, startCanaryWorld } from "../../support/delivery/canary_world.ts";
import type { ProgramResult, RunningProgram } from "../../support/programs/program.ts";

const eventsCount = 10_000;
/** Every tenth record is refused, in each way in turn. */
const badEvery = 10;

const settings = {
  "errors.tolerance.max.ratio": "1",
  "errors.log.enable": "true",
  "errors.log.include.messages": "true",
  "record.bytes.max": "8192",
  // After a batch with a record that the database refuses, the next twenty go as objects.
  "consumer.override.max.poll.records": "50",
  "consumer.override.session.timeout.ms": "4000",
  "consumer.override.heartbeat.interval.ms": "500",
  "lock.timeout.ms": "500",
  "retry.backoff.ms": "100",
  "retry.backoff.max.ms": "500",
};

/** Reads whole values; with the shipped transformation the converter reads only the needed fields. */
const leaky = { "transforms": "burst,contact", "transforms.burst.type": "sluice.leaky.Burst" };

function events(): readonly CanaryEvent[] {
  return Array.from(
    { length: eventsCount },
    (_, index) => index % badEvery === 0 ? badEvent(index / badEvery) : goodEvent(index),
  );
}

const asked = [
  "",
  "connectors?expand=status&expand=info",
  "connector-plugins",
  "admin/loggers",
  "metrics",
  "health",
  "ui",
  "ui/facts",
];
const askedOfConnector = ["", "/config", "/status", "/tasks", "/tasks/0/status", "/topics", "/offsets"];

function portOf(program: RunningProgram): string | undefined {
  return /"The control API listens".*?"port":(\d+)/.exec(program.log())?.[1];
}

async function askAll(world: CanaryWorld, program: RunningProgram, connector: string): Promise<void> {
  const port = portOf(program);
  const paths = [
    ...asked,
    ...askedOfConnector.map((path) => `connectors/${connector}${path}`),
    `ui/connectors/${connector}/passage`,
  ];
  for (const path of paths) {
    const answer = await fetch(`http://127.0.0.1:${port}/${path}`);
    world.say(`GET ${path}`, `${answer.status} ${await answer.text()}`);
  }
}

async function watchProcess(world: CanaryWorld, { pid }: RunningProgram): Promise<void> {
  world.say("process title", await Deno.readTextFile(`/proc/${pid}/cmdline`));
  world.say("process name", await Deno.readTextFile(`/proc/${pid}/comm`));
  const { admin } = world.telesales.bank2;
  const sessions =
    await admin`select to_jsonb(a)::text as text from pg_stat_activity a where application_name like 'sluice%'`;
  for (const { text } of sessions) world.say("pg_stat_activity", text);
}

/** Waits for the exit code. A program that doesn't end is killed, whose code no test expects. */
async function ended(program: RunningProgram): Promise<ProgramResult> {
  const timer = setTimeout(() => program.signal("SIGKILL"), waitMsMax);
  try {
    return await program.ended;
  } finally {
    clearTimeout(timer);
  }
}

async function logged(program: RunningProgram, pattern: RegExp): Promise<void> {
  await pollUntil(
    `the log to say ${pattern}`,
    waitMsMax,
    () => Promise.resolve(pattern.test(program.log()) || undefined),
  );
}

/** Outages, one after the other, while records arrive. */
const outages: readonly ((world: CanaryWorld) => Promise<void>)[] = [
  async ({ telesales: { bank2: { admin } } }) => {
    await admin`select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'sluice%'`;
  },
  async ({ telesales: { bank2: { admin } } }) => {
    await admin.begin(async (tx) => {
      await tx`lock table telesales.person in access exclusive mode`;
      await tx`select pg_sleep(1.2)`;
    });
  },
  async ({ telesales: { bank2: { admin } } }) => {
    await admin`alter database bank2 set default_transaction_read_only = on`;
    await admin`select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'sluice%'`;
    await admin`select pg_sleep(0.7)`;
    await admin.begin("read write", (tx) => tx`alter database bank2 set default_transaction_read_only = off`);
    await admin`select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'sluice%'`;
  },
  async ({ kafka }) => await kafka.restart(),
];

Deno.test("of 10,000 events with markers in all that must stay behind, none is found anywhere but in Kafka's source topics", async () => {
  await using world = await startCanaryWorld(settings);
  const { telesales } = world;
  const all = events();
  const debug = ["--log-level", "debug", "--rest"];
  await using first = telesales.start(...debug);
  const steps = Math.ceil(all.length / (outages.length + 1));
  await logged(first, /The control API listens/);
  for (const [index, outage] of outages.entries()) {
    await world.produce(all.slice(index * steps, (index + 1) * steps));
    await Promise.all([outage(world), askAll(world, first, telesales.name)]);
  }
  await away(world, first, all.slice(0, badKinds * badEvery));
  await logged(first, /Records rejected: \d+ by \w+, the last at /);
  first.signal("SIGKILL"); // in the middle of its work
  await first.ended;
  await telesales.configure(leaky);
  await using worker = telesales.start(...debug);
  await world.produce(all.slice(outages.length * steps));
  await logged(worker, /The control API listens/);
  const thrown = {
    key: "1",
    value: JSON.stringify({ fault: "throw", ...JSON.parse(String(all[1]?.message.value)) }),
  };
  await telesales.produce(telesales.topics.campaigns, [thrown]);
  await telesales.caughtUp();
  await askAll(world, worker, telesales.name);
  await watchProcess(world, worker);
  worker.signal("SIGTERM");
  const end = await ended(worker);
  world.say("first worker", first.output() + first.log());
  world.say("worker", end.stdout + end.stderr);
  assert.equal(end.code, 0, end.stderr.slice(-2_000));
  await lettersAsExpected(world, all);
  await commands(world);
  await subject(world, all[1] ?? goodEvent(0));
  await failures(world);
  await endings(world);
  await crashes(world);

  const found = await world.search();
  const { contacts, sourceFiles, characters } = found.searched;
  console.log(
    `${all.length} events; searched ${characters} characters of texts and all files: ${
      JSON.stringify(found)
    }`,
  );
  assert.deepEqual({ ...found, searched: null }, {
    ...{ texts: [], kafkaFiles: [], postgresFiles: [], tables: [], searched: null },
  });
  assert.equal(contacts, all.filter(({ rule }) => rule === undefined).length, "good ones have arrived");
  assert.ok(sourceFiles >= 6, "the search finds the markers where they are");
});

/** While the database is away, with good and bad records pending: all screens show why, and no value of a record. */
async function away(
  world: CanaryWorld,
  program: RunningProgram,
  again: readonly CanaryEvent[],
): Promise<void> {
  const { telesales, telesales: { bank2: { admin } } } = world;
  const drop = () =>
    admin`select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'sluice%'`;
  await admin`alter database bank2 set default_transaction_read_only = on`;
  try {
    await drop();
    await world.produce(again);
    for (const path of ["health", "ui/facts", `connectors/${telesales.name}/status`]) {
      await pollUntil(`/${path} to say what is away`, waitMsMax, async () => {
        const answer = await fetch(`http://127.0.0.1:${portOf(program)}/${path}`);
        const text = await answer.text();
        world.say(`GET ${path}`, text);
        return /Database at .* is away since|"what":"sink"/.test(text) || undefined;
      });
    }
    await askAll(world, program, telesales.name);
  } finally {
    await admin.begin("read write", (tx) => tx`alter database bank2 set default_transaction_read_only = off`);
    await drop();
  }
}

/** Each refused record has a dead letter with its rule, and every rule was used. */
async function lettersAsExpected(world: CanaryWorld, all: readonly CanaryEvent[]): Promise<void> {
  const found = new Map<string, number>();
  const count = (counts: Map<string, number>, rule: string) => counts.set(rule, (counts.get(rule) ?? 0) + 1);
  await readTopics(world.kafka.bootstrap, [world.telesales.topics.deadLetters], ({ value }) => {
    const text = new TextDecoder().decode(value ?? new Uint8Array());
    world.say("dead letters", text);
    count(found, JSON.parse(text).rule);
  });
  const expected = new Map<string, number>([["RuntimeException", 1]]);
  for (const { rule } of all) if (rule !== undefined) count(expected, rule);
  const sorted = (counts: ReadonlyMap<string, number>) => [...counts].toSorted();
  assert.deepEqual(sorted(found).map(([rule]) => rule), sorted(expected).map(([rule]) => rule));
  for (const [rule, number] of expected) {
    assert.ok((found.get(rule) ?? 0) >= number, `${rule}: the queue is at least once`);
  }
  assert.ok(all.filter(({ rule }) => rule !== undefined).length >= badKinds);
}

/** Commands of operators. */
async function commands(world: CanaryWorld): Promise<void> {
  const { telesales } = world;
  for (
    const [task, ...words] of [["dlq", "list"], ["dlq", "replay"], ["offsets", "show"], ["validate"], [
      "audit",
    ], ["purge"]] as const
  ) {
    const { code, stdout, stderr } = await telesales.run(task, ...words, "--log-level", "debug");
    world.say([task, ...words].join(" "), stdout + stderr);
    assert.equal(
      code,
      words.join() === "replay" ? 1 : 0,
      `${task} ${words}: ${stdout}${stderr}`.slice(-2_000),
    );
  }
}

/** `subject show` prints what Bank 2 has of a person, and nothing that only the shop knows. */
async function subject({ telesales }: CanaryWorld, { message }: CanaryEvent): Promise<void> {
  const { code, stdout, stderr } = await telesales.run("subject", "show", "--id", String(message.key));
  assert.equal(code, 0, stderr);
  assert.match(stdout, /qzx7c/);
  assert.doesNotMatch(stdout + stderr, /qzx7[vkr]/);
}

/** Tasks that fail for good, one per kind of failure. */
async function failures(world: CanaryWorld): Promise<void> {
  const { telesales } = world;
  await telesales.configure({
    ...leaky,
    "errors.tolerance": "none",
    "task.restart.max": "1",
    "task.restart.backoff.ms": "1500",
    "errors.deadletterqueue.topic.name": "",
  });
  const bad = Array.from({ length: badKinds }, (_, index) => badEvent(index));
  for (const rule of ["json_unreadable", "sqlstate_23514", "sqlstate_P0001"]) {
    const event = bad.find((one) => one.rule === rule);
    assert.ok(event !== undefined);
    await world.produce([event]);
    await using worker = telesales.start("--log-level", "debug", "--rest");
    await askForTrace(world, worker);
    const { code, stdout, stderr } = await ended(worker);
    world.say(`failure of ${rule}`, stdout + stderr);
    assert.equal(code, 1, stderr.slice(-2_000));
    assert.ok(stderr.includes(rule), `the reason is told: ${stderr.slice(-2_000)}`);
    await skipBad(world);
  }
}

/** More bad records than the connector tolerates, and a dropped table. */
async function endings(world: CanaryWorld): Promise<void> {
  const { telesales } = world;
  const fails = async (what: string, reason: RegExp) => {
    await using worker = telesales.start("--log-level", "debug");
    const { code, stdout, stderr } = await ended(worker);
    world.say(what, stdout + stderr);
    assert.equal(code, 1, stderr.slice(-2_000));
    assert.match(stderr, reason);
  };
  await telesales.configure({ ...leaky, "errors.tolerance.max.ratio": "0.1", "task.restart.max": "0" });
  // The circuit breaker counts a thousand records per task, and two tasks may share these.
  await world.produce(Array.from({ length: 4_000 }, (_, index) => badEvent(eventsCount + index)));
  await fails("tolerance breaker", /errors\.tolerance\.max\.ratio allows 0\.1/);
  const { admin } = telesales.bank2;
  await admin`alter table telesales.person rename to people`;
  await fails("a table that is gone", /Cannot write to table telesales\.person/);
  await admin`alter table telesales.people rename to person`;
  await skipBad(world);
}

/** Reads the status of a task that has failed and waits for its restart. */
async function askForTrace(world: CanaryWorld, worker: RunningProgram): Promise<void> {
  const status = `connectors/${world.telesales.name}/status`;
  await logged(worker, /The control API listens/);
  await pollUntil(`a trace of ${worker.log()}`, waitMsMax, async () => {
    const texts = await Promise.all(["health", "ui/facts", "metrics", status].map(async (path) => {
      const answer = await fetch(`http://127.0.0.1:${portOf(worker)}/${path}`);
      const text = await answer.text();
      world.say(`GET ${path}`, text);
      return text;
    }));
    return texts[3]?.includes('"trace"') || undefined;
  });
}

/** Sets the offset past the failed record; Kafka's offset follows the database's. */
async function skipBad({ telesales, kafka }: CanaryWorld): Promise<void> {
  const admin = kafkaClient(kafka.bootstrap).admin();
  await admin.connect();
  try {
    const topic = telesales.topics.registrations;
    for (const { partition, high } of await admin.fetchTopicOffsets(topic)) {
      await telesales.bank2.admin`
        update sluice_offsets set next_offset = ${high}, last_timestamp = null
         where topic = ${topic} and partition = ${partition}`;
    }
  } finally {
    await admin.disconnect();
  }
}

/** Uncaught errors. */
async function crashes(world: CanaryWorld): Promise<void> {
  const { telesales } = world;
  for (const fault of ["crash", "reject"]) {
    const { message } = goodEvent(eventsCount);
    const value = JSON.stringify({ ...JSON.parse(String(message.value)), fault });
    await telesales.produce(telesales.topics.campaigns, [{ ...message, value }]);
    await using worker = telesales.start("--log-level", "debug");
    const { code, stdout, stderr } = await ended(worker);
    world.say(`crash by ${fault}`, stdout + stderr);
    assert.equal(code, 1, stderr.slice(-2_000));
    assert.match(
      stderr,
      /Sluice has crashed: java\.lang\.RuntimeException: Unexpected TypeError\n\tat .*leaky/,
    );
  }
}
