/** The audit ledger and the retention of contacts, by telesales' sink on a real database. */

import assert from "node:assert/strict";
import type { Props } from "../../../connect/api/sink_task.ts";
import { KeyedHash } from "../../../connect/api/keyed_hash.ts";
import type { Time } from "../../../connect/api/ports.ts";
import { PartitionMap, type SinkRecord } from "../../../connect/api/record.ts";
import { postgresSink } from "../../../sinks/postgres/postgres_sink.ts";
import { fakeKafka, FakeSinkContext, sinkRecord } from "../../support/fakes/fake_sink_context.ts";
import { runTask } from "../../support/programs/program.ts";
import { type Bank2, freshBank2, storeRulesOf } from "../../support/delivery/telesales.ts";
import { sharedWorld } from "../../support/world.ts";
import { wholeOf } from "../../support/shipped_config.ts";

await sharedWorld();

const secret = "a-secret-of-telesales-with-more-than-32-bytes";
const topic = "customers.registrations";
const place = { topic, partition: 0 };
const dayMs = 86_400_000;
const config = await wholeOf("telesales");

/** A clock that a test sets; waits end at once. */
class TestClock implements Time {
  offsetMs = 0;
  now = () => Date.now() + this.offsetMs;
  monotonic = () => performance.now() + this.offsetMs;
  sleep = (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      signal?.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve();
      });
    });
}

interface Running {
  readonly context: FakeSinkContext;
  readonly clock: TestClock;
  put(...records: readonly SinkRecord[]): Promise<void>;
  /** Ends a flush interval. */
  flush(next: number): Promise<void>;
}

async function withTask(
  bank2: Bank2,
  changes: Props,
  run: (running: Running) => Promise<void>,
): Promise<void> {
  const props = {
    ...config,
    "connection.url": `${bank2.writerUrl}?sslmode=disable`,
    "key.secret": secret,
    "key.secret.previous": "",
    "audit.ledger.interval.ms": "0",
    ...changes,
  };
  const clock = new TestClock();
  const kafka = fakeKafka([place]);
  const context = new FakeSinkContext({ props, connectorName: "telesales", kafka, time: clock });
  const task = postgresSink.createTask();
  task.initialize(context);
  try {
    await task.start(props);
    await task.open([place]);
    await run({
      context,
      clock,
      put: (...records) => task.put(records),
      flush: async (next) => void await task.preCommit(new PartitionMap([[place, BigInt(next)] as const])),
    });
  } finally {
    await task.stop();
  }
}

interface Event {
  readonly id: string;
  readonly daysAgo: number;
  readonly isErasure?: boolean;
}

function record(offset: number, { id, daysAgo, isErasure = false }: Event): SinkRecord {
  const at = new Date(Date.now() - daysAgo * dayMs);
  const value = {
    name: `Canary ${id}`,
    phone: "+5511912345678",
    region: "SP",
    updated_at: at,
    registered_at: at,
  };
  return sinkRecord(offset, {
    ...{ topic, timestamp: at.getTime(), key: new KeyedHash(secret, "key.secret").of(`v1:${id}`) },
    value: isErasure ? null : value,
  });
}

interface LedgerRow {
  readonly event: string;
  readonly task: number | null;
  readonly config_hash: string | null;
  readonly columns: readonly string[] | null;
  readonly ranges: Readonly<Record<string, unknown>> | null;
  readonly counts: Readonly<Record<string, number>>;
  readonly by_role: string;
}

function ledgerOf({ admin }: Bank2) {
  return admin<LedgerRow[]>`
    select event, task, config_hash, columns, ranges, counts, by_role from sluice_ledger order by written_at`;
}

const names = async ({ admin }: Bank2) =>
  (await admin<{ name: string }[]>`select name from telesales.contacts order by name`).map(({ name }) =>
    name
  );

Deno.test("the ledger has one row an interval: ranges, counts, columns, configuration, and no value", async () => {
  await using bank2 = await freshBank2();
  await withTask(bank2, {}, async ({ put, flush }) => {
    await put(record(0, { id: "1", daysAgo: 3 }), record(1, { id: "2", daysAgo: 2 }));
    await put(record(3, { id: "3", daysAgo: 2 }), record(4, { id: "1", daysAgo: 5 }));
    assert.equal((await ledgerOf(bank2)).length, 0, "nothing before the interval is over");
    await flush(5);
    await flush(5);
    await put(record(5, { id: "2", daysAgo: 1, isErasure: true }));
  });
  const rows = await ledgerOf(bank2);
  assert.deepEqual(
    rows.map(({ event, task, config_hash, ranges, counts }) => ({
      ...{ event, task, config_hash, counts },
      ranges,
    })),
    [
      {
        ...{ event: "copied", task: 0, config_hash: "c0ffee", ranges: { [topic]: { "0": [["0", "5"]] } } },
        counts: { records: 4, written: 3, suppressed: 1 },
      },
      {
        ...{ event: "copied", task: 0, config_hash: "c0ffee", ranges: { [topic]: { "0": [["5", "6"]] } } },
        counts: { records: 1, erased: 1 },
      },
    ],
  );
  assert.deepEqual(rows[0]?.columns, config["egress.columns"]?.split(","));
  assert.equal(rows[0]?.by_role, new URL(bank2.writerUrl).username);
  assert.doesNotMatch(JSON.stringify(rows), /Canary|55119/);
});

Deno.test("without an interval of one's own a row comes once a minute, and when the task stops", async () => {
  await using bank2 = await freshBank2();
  const byDefault = { "audit.ledger.interval.ms": "60000" };
  const rows = async () => (await ledgerOf(bank2)).map(({ counts }) => counts["records"]);
  await withTask(bank2, byDefault, async ({ put, flush, clock }) => {
    await put(record(0, { id: "1", daysAgo: 3 }));
    await flush(1);
    await put(record(1, { id: "2", daysAgo: 3 }), record(2, { id: "3", daysAgo: 3 }));
    await flush(3);
    assert.deepEqual(await rows(), [1]);
    clock.offsetMs = 60_000;
    await flush(3);
    assert.deepEqual(await rows(), [1, 2]);
    await put(record(3, { id: "4", daysAgo: 3 }));
    await flush(4);
  });
  assert.deepEqual(await rows(), [1, 2, 1]);
  assert.deepEqual((await ledgerOf(bank2)).map(({ columns }) => columns === null), [false, true, true]);
});

Deno.test("where the ledger can't be written the rows are, and the ledger gets it later", async () => {
  await using bank2 = await freshBank2();
  await withTask(bank2, {}, async ({ put, flush, context }) => {
    await bank2.admin`revoke insert on sluice_ledger from telesales_writer`;
    await put(record(0, { id: "1", daysAgo: 1 }));
    await flush(1);
    assert.deepEqual(await names(bank2), ["Canary 1"]);
    assert.equal(context.counts.get("ledger-failures:not_written"), 1);
    assert.ok(
      context.logs.some((line) => /^warn Cannot write the ledger.*42501/.test(line)),
      context.logs.join(),
    );
    await put(record(1, { id: "2", daysAgo: 1 }));
    await bank2.admin`grant insert on sluice_ledger to telesales_writer`;
    await flush(2);
  });
  const [row, ...others] = await ledgerOf(bank2);
  assert.deepEqual(others, []);
  assert.deepEqual([row?.counts, row?.ranges], [
    { records: 2, written: 2 },
    { [topic]: { "0": [["0", "2"]] } },
  ]);
});

Deno.test("a ledger that isn't there or not for this role keeps the task from starting, with the command", async () => {
  await using bank2 = await freshBank2();
  await bank2.admin`revoke insert on sluice_ledger from telesales_writer`;
  const found = await postgresSink.validateConnection?.({
    ...config,
    "connection.url": `${bank2.writerUrl}?sslmode=disable`,
    "key.secret": secret,
    "key.secret.previous": "",
  }, new AbortController().signal);
  assert.match(
    found?.get("audit.ledger.enabled")?.[0] ?? "",
    /this role may not add to it/,
    "validate says it first",
  );
  const start = (changes: Props) => withTask(bank2, changes, () => Promise.resolve());
  await assert.rejects(
    start({}),
    /Cannot keep the ledger sluice_ledger: this role may not add to it; run .*migrate/,
  );
  await bank2.admin`drop table sluice_ledger`;
  await assert.rejects(
    start({}),
    /it isn't there; run deno task migrate, or set audit\.ledger\.enabled=false/,
  );
  await start({ "audit.ledger.enabled": "false" });
});

Deno.test("rows that have to go and can't keep the task from starting", async () => {
  await using bank2 = await freshBank2();
  const start = (changes: Props) =>
    withTask(bank2, { "contact.retention.days": "30", ...changes }, () => Promise.resolve());
  await assert.rejects(start({}), /migrate has stored no days for it; run deno task migrate/);
  await storeRulesOf(bank2.admin, { ...config, "contact.retention.days": "90" });
  await assert.rejects(start({}), /the days that migrate has stored for it are more; run deno task migrate/);
  await storeRulesOf(bank2.admin, { ...config, "contact.retention.days": "30" });
  await start({});
  await assert.rejects(
    start({ "contact.retention.function": "telesales.forget" }),
    /Cannot empty rows after contact\.retention\.days by telesales\.forget.*it isn't there; run deno task migrate/,
  );
  await bank2.admin`revoke execute on function telesales.purge_people from telesales_writer`;
  await assert.rejects(start({}), /this role may not call it; run deno task migrate/);
});

Deno.test("the ledger's months are made ahead, and the old ones dropped with what is in them", async () => {
  await using bank2 = await freshBank2();
  const { admin } = bank2;
  const months = async () =>
    (await admin<{ name: string }[]>`
      select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
       where i.inhparent = 'sluice_ledger'::regclass order by 1`).map(({ name }) => name);
  const made = await months();
  assert.equal(made.length, 14, "this month, twelve ahead, and the default");
  assert.equal(made.at(-1), "sluice_ledger_default");
  await admin.unsafe(`
    create table sluice_ledger_2020_01 partition of sluice_ledger for values from ('2020-01-01Z') to ('2020-02-01Z');
    insert into sluice_ledger (written_at, event, connector, counts)
    values ('2020-01-05', 'copied', 'x', '{}'), ('2019-01-05', 'copied', 'x', '{}'),
           (now() - interval '40 days', 'copied', 'young', '{}')`).simple();
  await withTask(bank2, { "audit.ledger.retention.days": "1000" }, ({ put }) => put());
  assert.deepEqual(await months(), made);
  const left = await admin`select connector, event from sluice_ledger order by written_at`;
  assert.deepEqual(left.map(({ connector, event }) => `${connector} ${event}`), [
    "young copied",
    "telesales purged",
  ]);
  await admin`delete from sluice_ledger`;
});

Deno.test("contacts older than the retention are emptied, and no older event brings them back", async () => {
  await using bank2 = await freshBank2();
  const objecting = new KeyedHash(secret, "key.secret").of("v1:5");
  const kept = { "contact.retention.days": "30" };
  // The worker's clock will be ten days ahead, the database's won't.
  await storeRulesOf(bank2.admin, { ...config, "contact.retention.days": "20" });
  const first = [
    record(0, { id: "1", daysAgo: 29 }),
    record(1, { id: "2", daysAgo: 5 }),
    record(2, { id: "3", daysAgo: 400 }),
    record(3, { id: "4", daysAgo: 28, isErasure: true }),
    record(4, { id: "4", daysAgo: 27 }), // registered again
  ];
  await withTask(bank2, kept, async ({ put, clock, context, flush }) => {
    await put(...first);
    assert.deepEqual(await names(bank2), ["Canary 1", "Canary 2", "Canary 4"]);
    assert.equal(context.counts.get("rows-suppressed:older_than_retention"), 1);
    await bank2.admin`insert into telesales.person (contact_key, objected_at, secret_fingerprint)
      values (${objecting}, now() - interval '90 days', ${new KeyedHash(secret, "key.secret").fingerprint})`;
    clock.offsetMs = 10 * dayMs;
    await put();
    assert.deepEqual(await names(bank2), ["Canary 2"]);
    assert.equal(context.counts.get("rows-emptied:retention"), 2);
    await flush(5);
  });
  const rows = await bank2.admin`
    select name is null as gone, erased_at is not null as erased, registered_at is not null as registered,
           objected_at is not null as objecting, source_topic is null as "placeless"
      from telesales.person order by name nulls last, erased_at nulls last`;
  assert.deepEqual(rows.map((row) => Object.entries(row).filter(([, is]) => is).map(([what]) => what)), [
    ["registered"], // the row that stays
    ["gone", "erased", "registered", "placeless"],
    ["gone", "objecting", "placeless"],
  ]);
  assert.deepEqual(
    (await ledgerOf(bank2)).filter(({ event }) => event === "purged").map(({ counts }) => counts),
    [
      { emptied: 2, removed: 1, ledgerPartitionsDropped: 0 },
    ],
  );
  // All records come again, ten days later.
  await bank2.admin`update sluice_offsets set next_offset = 0`;
  await withTask(bank2, kept, async ({ put, clock }) => {
    clock.offsetMs = 10 * dayMs;
    await put(...first);
  });
  assert.deepEqual(await names(bank2), ["Canary 2"]);
});

Deno.test("purge by command empties the same, and says how much", async () => {
  await using bank2 = await freshBank2();
  await withTask(bank2, {}, ({ put }) =>
    put(
      record(0, { id: "1", daysAgo: 400 }),
      record(1, { id: "2", daysAgo: 5 }),
    ));
  const folder = await Deno.makeTempDir();
  const file = `${folder}/telesales.json`;
  const purge = async (changes: Props) => {
    await Deno.writeTextFile(file, JSON.stringify({ name: "telesales", config: { ...config, ...changes } }));
    return await runTask("purge", {
      args: ["--config", file],
      variables: { BANK2_ADMIN_URL: bank2.adminUrl },
    });
  };
  try {
    const unset = await purge({});
    assert.match(
      unset.stdout,
      /^telesales: contact\.retention\.days is not set, contacts are kept for ever\n/,
    );
    assert.deepEqual(await names(bank2), ["Canary 1", "Canary 2"]);
    const unknown = await purge({ "contact.retention.days": "365" });
    assert.deepEqual([unknown.code, unknown.stdout], [2, ""]);
    assert.match(unknown.stderr, /migrate has stored no days for it; run deno task migrate/);
    await storeRulesOf(bank2.admin, { ...config, "contact.retention.days": "365" });
    const done = await purge({ "contact.retention.days": "365" });
    assert.equal(done.code, 0, done.stderr);
    assert.match(
      done.stdout,
      /^telesales: 1 contacts older than 365 days emptied, 1 of their rows removed\n/,
    );
    assert.deepEqual(await names(bank2), ["Canary 2"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
