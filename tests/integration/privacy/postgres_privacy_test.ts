import assert from "node:assert/strict";
import { ConfigException } from "../../../connect/api/exceptions.ts";
import { KeyedHash } from "../../../connect/api/keyed_hash.ts";
import type { SinkRecord } from "../../../connect/api/record.ts";
import type { ConnectValue } from "../../../connect/api/schema.ts";
import type { Props } from "../../../connect/api/sink_task.ts";
import { postgresSink } from "../../../sinks/postgres/postgres_sink.ts";
import { fakeKafka, FakeSinkContext, sinkRecord } from "../../support/fakes/fake_sink_context.ts";
import { type Bank2, freshBank2, storeRulesOf } from "../../support/delivery/telesales.ts";
import { sharedWorld } from "../../support/world.ts";
import { wholeOf } from "../../support/shipped_config.ts";

await sharedWorld();

const secret = "a-secret-of-telesales-with-more-than-32-bytes";
const oldSecret = "another-secret-of-telesales-with-more-than-32-bytes";
const topics = ["customers.registrations", "customers.purchases"] as const;
const places = topics.map((topic) => ({ topic, partition: 0 }));

/** Telesales' options of the sink. */
async function telesales(bank2: Bank2): Promise<Props> {
  return {
    ...await wholeOf("telesales"),
    "connection.url": `${bank2.writerUrl}?sslmode=disable`,
    "key.secret": secret,
    "key.secret.previous": "",
    "errors.tolerance": "all",
  };
}

interface Running {
  readonly bank2: Bank2;
  readonly props: Props;
  readonly context: FakeSinkContext;
  put(...records: readonly SinkRecord[]): Promise<void>;
}

async function withTask(
  bank2: Bank2,
  changes: Props,
  run: (running: Running) => Promise<void>,
): Promise<void> {
  const props = { ...await telesales(bank2), ...changes };
  const context = new FakeSinkContext({ props, connectorName: "telesales", kafka: fakeKafka(places) });
  const task = postgresSink.createTask();
  task.initialize(context);
  try {
    await task.start(props);
    await task.open(places);
    await run({ bank2, props, context, put: (...records) => task.put(records) });
  } finally {
    await task.stop();
  }
}

const keyOf = (id: string, by = secret) => new KeyedHash(by, "key.secret").of(`v1:${id}`);
const next = new Map<string, number>();
const at = (second: number) => new Date(1_700_000_000_000 + second * 1000);

interface Event {
  readonly id: string;
  readonly second: number;
  readonly topic?: (typeof topics)[number];
  readonly region?: string | null;
  readonly isRegistration?: boolean;
  readonly value?: null;
  readonly previous?: readonly Uint8Array[];
  readonly name?: string;
}

/** A record as the transformation passes it to the sink, at the next offset of its topic. */
function record({ id, second, topic = "customers.purchases", previous, ...event }: Event): SinkRecord {
  const offset = next.get(topic) ?? 0;
  next.set(topic, offset + 1);
  const hash = keyOf(id);
  const key: ConnectValue = event.value === null && previous !== undefined
    ? { contact_key: hash, previous_keys: previous }
    : hash;
  const value: ConnectValue = event.value === null ? null : {
    name: event.name ?? `Name ${id}`,
    phone: "+5511912345678",
    region: event.region ?? null,
    updated_at: at(second),
    ...event.isRegistration === true ? { registered_at: at(second) } : {},
    ...previous === undefined ? {} : { previous_keys: previous },
  };
  return sinkRecord(offset, { topic, key, value, timestamp: at(second).getTime() });
}

const registrations = { topic: "customers.registrations" } as const;

async function contacts({ admin }: Bank2) {
  const rows = await admin`select name, region from telesales.contacts order by name`;
  return rows.map(({ name, region }) => `${name} ${region}`);
}

Deno.test("telesales' writer needs no right to read a name or a phone", async () => {
  await using bank2 = await freshBank2();
  await withTask(bank2, {}, async ({ put, context }) => {
    await put(record({ id: "1", second: 10, region: "SP" }), record({ id: "2", second: 10 }));
    await put(
      record({ id: "1", second: 20, name: "Newer" }),
      record({ id: "2", second: 5, region: "RJ", name: "Older" }),
    );
    await put(record({ id: "1", second: 15, name: "Older", region: "MG" }));
    assert.deepEqual(context.reports, []);
    assert.equal(context.counts.get("rows-suppressed:not_newer"), undefined); // each brought a value
    await put(record({ id: "1", second: 1, name: "Oldest", region: "BA" }));
    assert.equal(context.counts.get("rows-suppressed:not_newer"), 1);
  });
  assert.deepEqual(await contacts(bank2), ["Name 2 RJ", "Newer MG"]);
});

Deno.test("an erased person stays erased on every topic and replay, until a newer registration", async () => {
  await using bank2 = await freshBank2();
  await withTask(bank2, {}, async ({ put, context }) => {
    const first = record({ id: "1", second: 10, region: "SP", isRegistration: true, ...registrations });
    await put(first);
    await put(record({ id: "1", second: 20, value: null, ...registrations }));
    assert.deepEqual(await contacts(bank2), []);
    await put(
      record({ id: "1", second: 15, region: "RJ" }),
      record({ id: "1", second: 30, region: "RJ" }),
      record({ id: "1", second: 19, isRegistration: true, ...registrations }),
    );
    assert.deepEqual(await contacts(bank2), []);
    assert.ok((context.counts.get("rows-suppressed:erased_or_objecting") ?? 0) >= 2);
    await put(record({ id: "1", second: 40, isRegistration: true, ...registrations }));
    await put(record({ id: "1", second: 50, region: "BA" }));
    assert.deepEqual(await contacts(bank2), ["Name 1 BA"]);
    // A tombstone of another topic does nothing; one of an unknown person leaves a mark.
    await put(
      record({ id: "1", second: 60, value: null }),
      record({ id: "9", second: 60, value: null, ...registrations }),
    );
    assert.equal(context.counts.get("records-ignored:tombstone"), 1);
    assert.equal(context.counts.get("rows-erased:tombstone"), 2);
    assert.deepEqual(context.reports, []);
  });
  assert.deepEqual(await contacts(bank2), ["Name 1 BA"]);
  const [row] = await bank2.admin`select name, phone, updated_at, secret_fingerprint from telesales.person
    where contact_key = ${keyOf("9")}`;
  assert.deepEqual([row?.["name"], row?.["phone"], row?.["updated_at"]], [null, null, null]);
  assert.equal(row?.["secret_fingerprint"], new KeyedHash(secret, "key.secret").fingerprint);
});

Deno.test("an objecting person stays out whatever comes", async () => {
  await using bank2 = await freshBank2();
  await withTask(bank2, {}, async ({ put, context }) => {
    await put(record({ id: "1", second: 10, region: "SP" }));
    await bank2
      .admin`update telesales.person set objected_at = now(), name = null, phone = null, region = null,
      region_at = null, updated_at = null`;
    await put(
      record({ id: "1", second: 20, region: "RJ" }),
      record({ id: "1", second: 30, isRegistration: true, ...registrations }),
    );
    assert.ok((context.counts.get("rows-suppressed:erased_or_objecting") ?? 0) >= 1);
  });
  const [row] = await bank2.admin`select name, region, updated_at from telesales.person`;
  assert.deepEqual({ ...row }, { name: null, region: null, updated_at: null });
});

Deno.test("rows of a secret that isn't configured keep the task from starting", async () => {
  await using bank2 = await freshBank2();
  await withTask(bank2, { "key.secret": oldSecret }, ({ put }) => put(record({ id: "1", second: 10 })));
  await assert.rejects(withTask(bank2, {}, () => Promise.resolve()), (error: Error) => {
    assert.ok(error instanceof ConfigException);
    assert.match(error.message, /key\.secret\.previous/);
    assert.ok(!error.message.includes(secret) && !error.message.includes(oldSecret));
    return true;
  });
  const rotated = { "key.secret.previous": oldSecret };
  await assert.rejects(
    withTask(bank2, rotated, () => Promise.resolve()),
    /Cannot re-key rows by telesales\.rekey_people of key\.rekey\.function: .*run deno task migrate/,
  );
  await storeRulesOf(bank2.admin, { ...await telesales(bank2), ...rotated });
  await withTask(bank2, rotated, () => Promise.resolve());
});

Deno.test("a row met under a former key gets its new one in the same transaction, tombstones find it too", async () => {
  await using bank2 = await freshBank2();
  const insert = (id: string) =>
    bank2.admin`insert into telesales.person (contact_key, name, phone, updated_at, secret_fingerprint)
      values (${keyOf(id, oldSecret)}, ${"Old " + id}, '+5511912345678', ${at(1)},
              ${new KeyedHash(oldSecret, "key.secret").fingerprint})`;
  for (const id of ["1", "2", "3"]) await insert(id);
  await storeRulesOf(bank2.admin, { ...await telesales(bank2), "key.secret.previous": oldSecret });
  await withTask(bank2, { "key.secret.previous": oldSecret }, async ({ put, context }) => {
    const previous = (id: string) => ({ previous: [keyOf(id, oldSecret)] });
    await put(
      record({ id: "1", second: 10, region: "SP", ...previous("1") }),
      record({ id: "2", second: 10, value: null, ...registrations, ...previous("2") }),
    );
    assert.equal(context.counts.get("rows-rekeyed:previous_secret"), 2);
    assert.deepEqual(context.reports, []);
  });
  const rows = await bank2
    .admin`select contact_key, name, secret_fingerprint from telesales.person order by name`;
  const fingerprint = new KeyedHash(secret, "key.secret").fingerprint;
  assert.deepEqual(rows.map((row) => [row["name"], row["secret_fingerprint"] === fingerprint]), [
    ["Name 1", true],
    ["Old 3", false],
    [null, true],
  ]);
  assert.ok(rows.some((row) => row["contact_key"].toHex() === keyOf("2").toHex()));
});

Deno.test("the egress contract holds at start", async () => {
  await using bank2 = await freshBank2();
  const start = (changes: Props) => withTask(bank2, changes, () => Promise.resolve());
  await start({});
  await assert.rejects(
    start({ "fields.whitelist": "name,phone,region,updated_at,registered_at,email" }),
    /email/,
  );
  await assert.rejects(start({ "fields.whitelist": "" }), /egress\.columns.*fields\.whitelist/);
  await assert.rejects(start({ "egress.columns": "contact_key,name,phone,region" }), /updated_at/);
});
