/** What the worker's login to Bank 2 can do by SQL: it can't lift an objection, empty rows, or forge entries. */

import assert from "node:assert/strict";
import postgres from "postgres";
import { readLedger } from "../../../sinks/postgres/privacy/ledger_reader.ts";
import { readSinkSettings } from "../../../sinks/sql/options/option_rules.ts";
import {
  type Bank2,
  freshBank2,
  migrateConnector,
  sqlState,
  storeRulesOf,
} from "../../support/delivery/telesales.ts";
import { sharedWorld } from "../../support/world.ts";
import { wholeOf } from "../../support/shipped_config.ts";

await sharedWorld();

const config = await wholeOf("telesales");
const [secret, former] = [
  "a-secret-of-telesales-with-more-than-32-bytes",
  "the-former-secret-of-more-than-32-bytes",
];
const rotating = { ...config, "key.secret": secret, "key.secret.previous": former };
const settings = readSinkSettings({ ...rotating, "connection.url": "postgres://worker@localhost" });
const [current = "", previous = ""] = settings.fingerprints?.accepted ?? [];
const word = settings.fingerprints?.rekey?.word ?? "";

const refused = "42501";
const key = (digit: string) => `decode(repeat('${digit}${digit}', 32), 'hex')`;

/** Runs SQL with the worker's login. */
async function asWorker(bank2: Bank2, run: (sql: postgres.Sql) => Promise<void>): Promise<void> {
  const sql = postgres(bank2.writerUrl, { max: 1, onnotice: () => {} });
  try {
    await run(sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

async function person(bank2: Bank2, digit: string, columns: Readonly<Record<string, string>>): Promise<void> {
  const names = ["contact_key", "secret_fingerprint", ...Object.keys(columns)];
  const values = [key(digit), columns["secret_fingerprint"] ?? `'${current}'`, ...Object.values(columns)];
  const unique = names.filter((name, index) => names.indexOf(name) === index);
  await bank2.admin.unsafe(
    `insert into telesales.person (${unique.join(", ")}) values (${
      unique.map((name) => values[names.lastIndexOf(name)]).join(", ")
    })`,
  );
}

const people = async ({ admin }: Bank2) =>
  (await admin<Record<string, unknown>[]>`
    select left(encode(contact_key, 'hex'), 1) as key, name, objected_at is not null as objects,
           erased_at is not null as erased, secret_fingerprint = ${current} as "isCurrent"
      from telesales.person order by contact_key`).map((row) => ({ ...row }));

Deno.test("a login can't move a row to another key, and so lift an objection", async () => {
  await using bank2 = await freshBank2();
  await person(bank2, "c", { objected_at: "now()" });
  const before = await people(bank2);
  await asWorker(bank2, async (sql) => {
    for (
      const statement of [
        `update telesales.person set contact_key = ${key("0")} where contact_key = ${key("c")}`,
        `update telesales.person set objected_at = null`,
        `delete from telesales.person`,
        `insert into telesales.person (contact_key, secret_fingerprint) values (${key("c")}, 'f')
           on conflict (contact_key) do update set contact_key = ${key("0")}`,
        `merge into telesales.person p using (select 1) as one on p.contact_key = ${key("c")}
           when matched then update set contact_key = ${key("0")}`,
        "select * from sluice_rules",
        `insert into sluice_rules (connector, function, rules) values ('telesales', 'telesales.rekey_people', '{}')`,
        `update sluice_rules set rules = '{}'`,
        "delete from sluice_rules",
      ]
    ) {
      assert.equal(await sqlState(sql, statement), refused, statement);
    }
    const rekey = `select telesales.rekey_people(array[${key("c")}], array[${key("0")}], `;
    for (const guess of ["null", "''", `'${current}'`, `'${word}'`]) {
      assert.equal(await sqlState(sql, `${rekey}${guess})`), "55000", "no secret is registered");
    }
    await storeRulesOf(bank2.admin, rotating);
    for (const guess of ["null", "''", `'${current}'`, `'${previous}'`]) {
      assert.equal(await sqlState(sql, `${rekey}${guess})`), "55000", "a login has no secret");
    }
    assert.equal(await sqlState(sql, `${rekey}'${word}')`), null);
  });
  assert.deepEqual(await people(bank2), before, "a row of the current secret keeps its key even so");
  assert.equal((await bank2.admin`select from telesales.contacts`).length, 0);
});

Deno.test("a login can't move the offsets of another connector", async () => {
  await using bank2 = await freshBank2();
  await migrateConnector(bank2.admin, "billing");
  const add = (connector: string, topic = "t") =>
    `insert into sluice_offsets values ('${connector}', 'c', '${topic}', 0, 5, null, 1, now())`;
  const connectors = ["billing", "telesales", "without-a-role"];
  for (const connector of connectors) await bank2.admin.unsafe(add(connector));
  await asWorker(bank2, async (sql) => {
    const moved = await sql<
      { connector: string }[]
    >`update sluice_offsets set next_offset = 9 returning connector`;
    assert.deepEqual(moved.map(({ connector }) => connector).toSorted(), ["telesales", "without-a-role"]);
    const taken = "on conflict (connector, kafka_cluster_id, topic, partition) do update set next_offset = 9";
    for (
      const statement of [
        add("billing", "u"),
        `${add("billing")} ${taken}`,
        "update sluice_offsets set connector = 'billing' where connector = 'telesales'",
      ]
    ) {
      assert.equal(await sqlState(sql, statement), refused, statement);
    }
    assert.equal(await sqlState(sql, `${add("telesales")} ${taken}`), null);
  });
  const offsets = await bank2.admin<{ connector: string; next: string }[]>`
    select connector, next_offset::text as next from sluice_offsets order by connector`;
  assert.deepEqual(offsets.map(({ next }) => next), ["5", "9", "9"]);
});

Deno.test("re-keying goes from a previous secret to the current one, and takes the marks along", async () => {
  await using bank2 = await freshBank2();
  const old = { secret_fingerprint: `'${previous}'` };
  const contact = { name: "'N'", phone: "'+5511900000000'", updated_at: "now()", registered_at: "now()" };
  await person(bank2, "1", { ...old, objected_at: "now()" });
  await person(bank2, "2", { ...old, erased_at: "now()" });
  await person(bank2, "3", { ...old, ...contact });
  await person(bank2, "4", { secret_fingerprint: "'another'", ...contact });
  // Rows with both keys, as after a worker that ran with the former secret alone.
  await person(bank2, "5", { ...old, objected_at: "now()" });
  await person(bank2, "d", contact);
  await person(bank2, "6", { ...old, erased_at: "now()" });
  await person(bank2, "e", { ...contact, registered_at: "now() + interval '1 second'" });
  await person(bank2, "7", { ...old, ...contact });
  await person(bank2, "f", contact);
  await storeRulesOf(bank2.admin, rotating);
  await asWorker(bank2, async (sql) => {
    const pairs = [["1", "a"], ["2", "b"], ["3", "c"], ["4", "0"], ["5", "d"], ["6", "e"], ["7", "f"], [
      "8",
      "9",
    ]];
    const keys = (index: number) => `array[${pairs.map((pair) => key(pair[index] ?? "")).join(", ")}]`;
    const found = await sql.unsafe(`select * from telesales.rekey_people(${keys(0)}, ${keys(1)}, '${word}')`);
    assert.equal(found.length, 5);
    const again = await sql.unsafe(`select * from telesales.rekey_people(${keys(0)}, ${keys(1)}, '${word}')`);
    assert.equal(again.length, 0);
  });
  const row = (
    digit: string,
    name: string | null,
    mark: "objects" | "erased" | "none",
    isCurrent = true,
  ) => ({
    ...{ key: digit, name, isCurrent },
    ...{ objects: mark === "objects", erased: mark === "erased" },
  });
  assert.deepEqual(await people(bank2), [
    row("4", "N", "none", false),
    row("7", "N", "none", false),
    row("a", null, "objects"),
    row("b", null, "erased"),
    row("c", "N", "none"),
    row("d", null, "objects"),
    row("e", "N", "erased"),
    row("f", "N", "none"),
  ]);
});

Deno.test("a login can't empty people who aren't older than what migrate has stored", async () => {
  await using bank2 = await freshBank2();
  const at = (days: number) => `now() - interval '${days} days'`;
  await person(bank2, "a", { name: "'A'", phone: "'+5511900000000'", updated_at: at(40) });
  await person(bank2, "b", { name: "'B'", phone: "'+5511900000000'", updated_at: at(20) });
  const purge = (when: string) => `select telesales.purge_people(${when}, 100)`;
  await asWorker(bank2, async (sql) => {
    for (const when of ["now()", at(2), at(100), "null", "'-infinity'"]) {
      assert.equal(await sqlState(sql, purge(when)), "55000", `${when}: nothing is stored`);
    }
    await storeRulesOf(bank2.admin, { ...config, "key.secret": secret, "contact.retention.days": "30" });
    for (const when of ["now()", at(2), at(28), "null", "'infinity'"]) {
      assert.equal(await sqlState(sql, purge(when)), "22023", when);
    }
    assert.equal((await people(bank2)).length, 2);
    assert.equal(await sqlState(sql, purge(at(29.5))), null);
    assert.deepEqual((await people(bank2)).map(({ key }) => key), ["b"]);
    assert.equal(await sqlState(sql, purge(at(1000))), null);
  });
  await storeRulesOf(bank2.admin, { ...config, "key.secret": secret });
  await asWorker(bank2, async (sql) => {
    assert.equal(
      await sqlState(sql, purge(at(1000))),
      "55000",
      "without days in the options nothing is emptied",
    );
  });
});

Deno.test("a login can't say who wrote a row of the ledger and when, nor what an officer does", async () => {
  await using bank2 = await freshBank2();
  await asWorker(bank2, async (sql) => {
    const add = (columns: string, values: string) =>
      `insert into sluice_ledger (${columns}) values (${values})`;
    const good = ["event, connector, counts", "'copied', 'telesales', '{}'"] as const;
    for (
      const [column, value] of [
        ["written_at", "'2026-01-01'"],
        ["written_at", "default"],
        ["by_role", "E'officer_maria\\033[2J'"],
        ["subject", "decode(repeat('dd', 32), 'hex')"],
        ["subject", "null"],
      ]
    ) {
      assert.equal(
        await sqlState(sql, add(`${good[0]}, ${column}`, `${good[1]}, ${value}`)),
        refused,
        column,
      );
    }
    for (const event of ["shown", "erased", "objected", "allowed"]) {
      assert.equal(await sqlState(sql, add(good[0], `'${event}', 'telesales', '{}'`)), refused, event);
    }
    for (
      const child of [
        "sluice_ledger_default",
        "sluice_ledger_" + new Date().toISOString().slice(0, 7).replace("-", "_"),
      ]
    ) {
      assert.equal(await sqlState(sql, add(...good).replace("sluice_ledger", child)), refused, child);
    }
    for (
      const statement of [
        "set session authorization postgres",
        "set role postgres",
        "alter table sluice_ledger disable row level security",
      ]
    ) {
      assert.notEqual(await sqlState(sql, statement), null, statement);
    }
    for (const event of ["copied", "purged"]) {
      assert.equal(await sqlState(sql, add(good[0], `'${event}', 'telesales', '{}'`)), null, event);
    }
  });
  const rows = await bank2.admin`select event, by_role, written_at > now() - interval '1 minute' as fresh
    from sluice_ledger order by written_at`;
  const by = new URL(bank2.writerUrl).username;
  assert.deepEqual(rows.map(({ event, by_role, fresh }) => [event, by_role, fresh]), [
    ["copied", by, true],
    ["purged", by, true],
  ]);
});

Deno.test("a login can't keep officers from reading the ledger by rows of another form", async () => {
  await using bank2 = await freshBank2();
  const [text, long] = ["repeat('x', 2000000)", "jsonb_build_object(repeat('x', 2000000), 1)"];
  const forms = [
    ...["'{\"a\": 5}'", '\'{"a": {"0": [7]}}\'', '\'{"a": {"0": [["x", "y"]]}}\'', "'null'", "'[]'", long]
      .map((ranges) => ["'{}'", ranges]),
    ...["'null'", "'\"abc\"'", "'{\"toString\": {}}'", "'{\"a b\": 1}'", "'{\"a\": 1e400}'", long]
      .map((counts) => [counts, "'{}'"]),
  ];
  await asWorker(bank2, async (sql) => {
    for (const [counts, ranges] of forms) {
      await sql.unsafe(
        `insert into sluice_ledger (event, connector, config_hash, counts, ranges)
         values ('copied', 'telesales', ${text}, ${counts}, ${ranges})`,
      );
    }
    await sql.unsafe(
      `insert into sluice_ledger (event, connector, counts, ranges)
       values ('copied', 'telesales', '{"records": 3}', '{"people": {"0": [["0", "3"]]}}')`,
    );
  });
  const query = { connector: "telesales", since: null, until: null, rowsMax: 100 };
  const rows = await readLedger(bank2.admin, query);
  assert.deepEqual(rows.map(({ isMalformed }) => isMalformed ?? false), [...forms.map(() => true), false]);
  assert.deepEqual(rows.at(-1)?.ranges, [{ topic: "people", partition: 0, from: "0", next: "3" }]);
  assert.ok(JSON.stringify(rows).length < 20_000, "nothing long is read");
});

Deno.test("a login can't drop months of the ledger before their time", async () => {
  await using bank2 = await freshBank2();
  const { admin } = bank2;
  await admin.unsafe(`
    create table sluice_ledger_2025_01 partition of sluice_ledger for values from ('2025-01-01Z') to ('2025-02-01Z');
    insert into sluice_ledger (written_at, event, connector, counts)
    values ('2025-01-05', 'erased', 'telesales', '{}'), (now() - interval '90 days', 'erased', 'x', '{}')`)
    .simple();
  await storeRulesOf(admin, { ...config, "key.secret": secret, "audit.ledger.retention.days": "3650" });
  await asWorker(bank2, async (sql) => {
    assert.equal(await sqlState(sql, "select sluice_ledger_upkeep(30)"), null);
  });
  assert.equal((await admin`select from sluice_ledger`).length, 2);
});

Deno.test("whoever else has a right to the ledger sees it, and adds only what workers add", async () => {
  await using bank2 = await freshBank2();
  const { admin, readerUrl } = bank2;
  const reader = new URL(readerUrl).username;
  await admin.unsafe(
    `insert into sluice_ledger (event, connector, counts, subject) values ('erased', 'x', '{}', 'k')`,
  );
  await admin.unsafe(`grant select, insert on sluice_ledger to ${reader}`);
  const sql = postgres(readerUrl, { max: 1, onnotice: () => {} });
  try {
    assert.equal((await sql`select from sluice_ledger`).length, 1);
    const forged = "insert into sluice_ledger (event, connector, counts) values ('erased', 'x', '{}')";
    assert.equal(await sqlState(sql, forged), refused);
  } finally {
    await sql.end({ timeout: 1 });
  }
});
