/**
 * Every statement of the sink, whole, as it is sent: `statements/*.sql` beside this file. They are recorded from
 * the sink's own calls, so they say nothing of which file of the sink makes a text.
 */

import assert from "node:assert/strict";
import { ConnectRecord, PartitionMap, type SinkRecord } from "../../../../connect/api/record.ts";
import { migrate } from "../../../../sinks/postgres/migrations/migrate.ts";
import { OffsetStore } from "../../../../sinks/postgres/offsets/offset_store.ts";
import { ensureOffsetTable } from "../../../../sinks/postgres/offsets/offset_store.ts";
import { PostgresDialect } from "../../../../sinks/postgres/postgres_dialect.ts";
import { terminateStoppedOwner } from "../../../../sinks/postgres/offsets/partition_opener.ts";
import type { RowsStatement, SqlTransaction, TablePlan, WriteKind } from "../../../../sinks/sql/dialect.ts";
import type { ExpectedProgress, SpanStatement } from "../../../../sinks/sql/span_dialect.ts";
import type { RowPlan } from "../../../../sinks/sql/plan/table_plan.ts";
import { readLedger } from "../../../../sinks/postgres/privacy/ledger_reader.ts";
import { excessOfRole } from "../../../../sinks/postgres/privacy/role_check.ts";
import { SubjectRows, subjectTable } from "../../../../sinks/postgres/privacy/subject_rows.ts";
import {
  addReplayedSql,
  createReplayedSql,
  replayedSql,
  replayedTable,
} from "../../../../sinks/postgres/statements/dead_letters.ts";
import {
  isSchemaSql,
  isTableSql,
  serverFactsSql,
  takesNoneSql,
} from "../../../../sinks/postgres/statements/session.ts";
import { readOnlyBeginSql, rollbackSql } from "../../../../sinks/postgres/statements/transaction.ts";
import { checkTableRights } from "../../../../sinks/postgres/tables/table_rights.ts";
import { checkGolden } from "../../../support/sinks/golden_text.ts";
import {
  type Answers,
  type RecordedSession,
  recordedSession,
} from "../../../support/sinks/recorded_session.ts";
import {
  anyTable,
  billing,
  catalogRows,
  planOf,
  purchaseTotals,
  settingsOf,
  telesales,
  withoutProps,
  withProps,
} from "../../../support/sinks/statement_plans.ts";

const limits = { idleInTransactionMs: 10_000, lockMs: 30_000, statementMs: 60_000, transactionMs: 90_000 };
const store = new OffsetStore({ connector: "telesales", clusterId: "kafka-1" });
const at = { topic: "customers.purchases", partition: 0 };

const heading =
  "-- What the sink sends, numbered in its order. A file of statements_test.ts, which says how to renew it.";

/** The statements of one case. */
interface Recorded {
  readonly title: string;
  readonly sent: readonly string[];
}

function dialectOn({ session }: RecordedSession): PostgresDialect {
  return new PostgresDialect({
    keeper: { session: () => Promise.resolve(session) } as never,
    limits,
    fingerprints: settingsOf(telesales).fingerprints,
    opener: { store } as never,
    checkTable: () => Promise.resolve(),
  });
}

/** All that is sent, the transaction's begin and end with it. */
async function recorded(
  title: string,
  work: (dialect: PostgresDialect) => Promise<unknown>,
  session = recordedSession(),
): Promise<Recorded> {
  await work(dialectOn(session));
  return { title, sent: session.sent };
}

/** Records what is sent between a transaction's begin and its end. */
async function within(
  title: string,
  work: (tx: SqlTransaction) => Promise<unknown>,
  session = recordedSession(),
): Promise<Recorded> {
  const { sent } = await recorded(
    title,
    (dialect) => dialect.transaction(async (tx) => ({ by: "rollback", result: await work(tx) })),
    session,
  );
  return { title, sent: sent.slice(1, -1) };
}

function statement(kind: WriteKind, plan: TablePlan): RowsStatement {
  return { kind, plan, rows: [plan.columns.map(() => "NULL")], records: [] };
}

function written(title: string, kind: WriteKind, plan: TablePlan): Promise<Recorded> {
  return within(title, (tx) => tx.write(statement(kind, plan)));
}

/** The MERGE, and the steps of older servers. */
function upserted(title: string, plan: TablePlan): readonly Promise<Recorded>[] {
  const write = (tx: SqlTransaction) => tx.write(statement("upsert", plan));
  return [within(title, write), within(`${title}; before PostgreSQL 15`, write, recordedSession(140_000))];
}

const expected: ExpectedProgress = { at, before: 7n, nextOffset: 18n, lastTimestamp: null, fence: 3n };

function spansOf(plan: TablePlan): SpanStatement {
  return { kind: "upsert", plan, rows: { count: 0, spans: new Int32Array(), sources: [] } };
}

const inserts = { "insert.mode": "insert", "pk.mode": "none", "pk.fields": "" };
const keysAlone = { "fields.whitelist": 'Order "id",line' };
const ownTime = withProps(
  { ...billing, columns: { ...billing.columns, cents_at: "timestamptz" } },
  {
    "newest.wins.columns": "cents:cents_at",
    "egress.columns": "order_id,customer_key,cents,cents_at,ordered_at",
  },
);
const noPosition = withoutProps(telesales, "source.position.columns");
const notLifted = withProps(telesales, { "erasure.lifted.by": "never" });
const noErasure = withoutProps(telesales, "erasure.topics", "erasure.lifted.by");
const byUpdate = withoutProps(telesales, "key.rekey.function");
const onAnyTable = (props: Readonly<Record<string, string>>): RowPlan => planOf(withProps(anyTable, props));

const kinds: Readonly<Record<string, () => readonly Promise<Recorded>[]>> = {
  insert: () => [
    written("insert.mode=insert, every kind of column", "insert", onAnyTable(inserts).write),
    written("insert.mode=ignore, a composite key", "ignore", onAnyTable({ "insert.mode": "ignore" }).write),
    written("insert.mode=upsert, purchase-totals", "upsert", planOf(purchaseTotals).write),
    written("insert.mode=upsert, a composite key", "upsert", onAnyTable({}).write),
    written("insert.mode=upsert, a key and nothing else", "upsert", onAnyTable(keysAlone).write),
    within(
      "traced for a search, and the marks taken back",
      (tx) => tx.trace(statement("upsert", planOf(purchaseTotals).write)),
    ),
  ],
  update: () => [
    written("insert.mode=update", "update", onAnyTable({ "insert.mode": "update" }).write),
    written(
      "insert.mode=update, a key and nothing else: no statement",
      "update",
      onAnyTable({ "insert.mode": "update", ...keysAlone }).write,
    ),
  ],
  delete: () => [
    written("delete.enabled, purchase-totals", "delete", planOf(purchaseTotals).remove),
    written("delete.enabled, a composite key", "delete", onAnyTable({}).remove),
  ],
  rekey: () => [
    written("key.rekey.function, telesales", "rekey", planOf(telesales).rekey),
    written("key.fingerprint.column without a function", "rekey", planOf(byUpdate).rekey),
  ],
  newest_wins: () => [
    ...upserted("billing: by time alone", planOf(billing).write),
    ...upserted("by time, and a column with a time of its own", planOf(ownTime).write),
    ...upserted(
      "telesales: own times, position and erasure, lifted by registration",
      planOf(telesales).write,
    ),
    ...upserted("telesales without source.position.columns", planOf(noPosition).write),
    ...upserted("telesales with erasure.lifted.by=never", planOf(notLifted).write),
    ...upserted("telesales without erasure.topics", planOf(noErasure).write),
  ],
  seal: () => [
    written("telesales: lifted by registration", "seal", planOf(telesales).seal),
    written("telesales without source.position.columns", "seal", planOf(noPosition).seal),
    written("telesales with erasure.lifted.by=never", "seal", planOf(notLifted).seal),
  ],
  offsets: () => [
    onSession("the offset table is made if it isn't there", ({ session: { sql } }) => {
      return ensureOffsetTable(sql as never, store);
    }),
    onSession(
      "a new owner claims partitions: raises their fences",
      ({ session }) => store.open(session.sql, [at]),
    ),
    within("a put locks its offsets", (tx) => tx.lockOffsets([at])),
    within(
      "a put moves its offsets on",
      (tx) => tx.advanceOffsets([{ at, nextOffset: 18n, lastTimestamp: 1_700_000_000_000, fence: 3n }]),
    ),
    recorded("a put of spans moves its offsets on", (dialect) => dialect.spans.write([], [expected]))
      .then(({ title, sent }) => ({ title, sent: sent.slice(2, -1) })),
    onSession("offsets set", ({ session }) => store.set(session.sql, new PartitionMap([[at, 7n]]))),
    onSession("offsets show", ({ session }) => store.list(session.sql)),
    onSession(
      "ends a stopped owner's session",
      ({ session }) =>
        terminateStoppedOwner(session.sql, {
          waitingPid: 17,
          applicationNamePrefix: "sluice-",
          silentMsMin: 1_000,
        }),
    ),
  ],
  transaction: () => [
    recorded(
      "a put of inserts",
      (dialect) => dialect.writeAll([statement("insert", onAnyTable(inserts).write)]),
    ),
    recorded(
      "a put that looks rows up by a join",
      (dialect) => dialect.writeAll([statement("delete", planOf(purchaseTotals).remove)]),
    ),
    recorded("a put with exactly once", (dialect) =>
      dialect.transaction(async (tx) => {
        await Promise.all([
          tx.lockOffsets([at]),
          tx.write(statement("upsert", planOf(purchaseTotals).write)),
        ]);
        await tx.advanceOffsets([{ at, nextOffset: 18n, lastTimestamp: null, fence: 3n }]);
        return { by: "commit", result: null };
      })),
    recorded("a put of spans", (dialect) => dialect.spans.write([spansOf(planOf(purchaseTotals).write)], [])),
    recorded("a put of spans with exactly once", (dialect) => dialect.spans.write([], [expected])),
    recorded("begin on PostgreSQL 13", emptyTransaction, recordedSession(130_000)),
    recorded("begin on PostgreSQL 12", emptyTransaction, recordedSession(120_000)),
    recorded("a search for bad records", (dialect) =>
      dialect.transaction(async (tx) => {
        await tx.savepoint();
        await tx.rollbackToSavepoint();
        await tx.savepoint();
        await tx.checkConstraintsAtOnce();
        return { by: "rollback", result: null };
      })),
    recorded(
      "a statement tried without rows",
      (dialect) => dialect.checkStatements([statement("upsert", planOf(purchaseTotals).write)]),
    ),
  ],
  table_look: () => [
    recorded(
      "a look at telesales' table",
      (dialect) => dialect.describe({ schema: "telesales", name: "person" }),
      recordedSession(
        180_000,
        (text) => text.includes("with recursive columns") ? catalogRows(telesales) : [],
      ),
    ),
  ],
  table_rights: () => [
    onSession(
      "the rights that a refused statement lacks",
      ({ session }) => checkTableRights(session, planOf(telesales).write, "upsert"),
    ),
  ],
  role: () => [
    onSession(
      "what the role may do, before a table with a contract is used",
      ({ session }) =>
        excessOfRole(session, {
          table: { schema: "telesales", name: "person" },
          settings: settingsOf(telesales),
        }),
    ),
  ],
  migrations: () => [
    onSession(
      "migrate, a worker without a login",
      ({ session }) =>
        migrate(session.sql as never, {
          connector: "telesales",
          files: [{ name: "001_person.sql", text: "create table person ()" }],
          rules: new Map([["telesales.purge_people", { days: 30 }]]),
          worker: { user: "worker", password: null },
        }),
      firstOf({
        "current_schema": [{ schema: "public" }],
        "rolname": [],
      }, { "rolname": [{ rolcanlogin: false, rolsuper: false }] }),
    ),
  ],
  session: () => [
    onSession("a session opens, and is asked whether the server takes rows", async ({ session }) => {
      for (const text of [serverFactsSql, takesNoneSql]) await session.query(text);
    }),
    onSession("validate looks for a schema", ({ session }) => session.query(isSchemaSql, ["people"])),
    onSession("a dry run looks at a table", async ({ session }) => {
      for (const text of [readOnlyBeginSql, rollbackSql]) await session.query(text);
    }),
  ],
  dead_letters: () => [
    onSession("dlq list reads what was replayed, dlq replay adds to it", async ({ session }) => {
      await session.sql.unsafe(isTableSql, [replayedTable]);
      for (const text of [replayedSql, createReplayedSql, addReplayedSql]) await session.sql.unsafe(text);
    }),
  ],
  ledger: () => [
    onSession("audit", ({ session }) =>
      readLedger(session.sql, {
        connector: "telesales",
        since: new Date(0),
        until: null,
        rowsMax: 1_000,
      })),
  ],
  subject: () => [
    aboutSubject("subject show", (rows) => rows.find()),
    aboutSubject("subject erase, and a second row under a former key goes", (rows) => rows.seal(0)),
    aboutSubject("subject object", (rows) => rows.block()),
    aboutSubject("subject allow", (rows) => rows.unblock()),
  ],
  housekeeping: () => [
    recorded("looks for the ledger and for what empties old rows", async ({ housekeeping }) => {
      await housekeeping.checkLedger();
      await housekeeping.checkRetention({ function: "telesales.purge_people", days: 30 });
    }, recordedSession(180_000, () => [{ may: true }])),
    recorded(
      "the ledger's row of a command on one person",
      ({ housekeeping }) =>
        housekeeping.note({
          event: "erased",
          connector: "telesales",
          counts: { found: 1 },
          subject: new Uint8Array(32),
        }),
    ),
    recorded(
      "the ledger's next row",
      ({ housekeeping }) =>
        housekeeping.note({ event: "copied", connector: "telesales", counts: { written: 1 } }),
    ),
    recorded("retention and the ledger's upkeep", ({ housekeeping }) =>
      housekeeping.purge({
        rows: { function: "telesales.purge_people", olderThan: new Date(0), rowsMax: 500 },
        ledgerDays: 365,
      })),
  ],
};

const emptyTransaction = (dialect: PostgresDialect) =>
  dialect.transaction(() => Promise.resolve({ by: "commit", result: null }));

async function onSession(
  title: string,
  work: (session: RecordedSession) => Promise<unknown>,
  answers: Answers = () => [],
): Promise<Recorded> {
  const session = recordedSession(180_000, answers);
  await work(session);
  return { title, sent: session.sent };
}

/** Answers by a part of the text: those of the first list once each, then those of the second. */
function firstOf(
  once: Readonly<Record<string, object[]>>,
  then: Readonly<Record<string, object[]>>,
): Answers {
  const left = new Map(Object.entries(once));
  return (text) => {
    const part = [...left.keys()].find((key) => text.includes(key));
    if (part === undefined) return Object.entries(then).find(([key]) => text.includes(key))?.[1] ?? [];
    const answer = left.get(part) ?? [];
    left.delete(part);
    return answer;
  };
}

/** A person of telesales whose row may still have the key of the previous secret. */
async function aboutSubject(
  title: string,
  work: (rows: SubjectRows) => Promise<unknown>,
): Promise<Recorded> {
  const { session, sent } = recordedSession(
    180_000,
    (text) =>
      text.includes("with recursive columns")
        ? catalogRows(telesales)
        : text.includes("delete from")
        ? [{ blocked: null, sealed: null }]
        : [],
  );
  const table = await subjectTable(session.sql, settingsOf(telesales));
  const known = sent.length;
  const key = { contact_key: new Uint8Array(32), previous_keys: [new Uint8Array(32).fill(1)] };
  const tombstone = ConnectRecord.of({ topic: "customers.registrations", key, value: null }) as SinkRecord;
  await work(new SubjectRows(session.sql, table, tombstone, 0));
  return { title, sent: sent.slice(known) };
}

for (const [kind, cases] of Object.entries(kinds)) {
  Deno.test(`${kind}.sql has the statements as they are sent`, async () => {
    const sections = (await Promise.all(cases())).map(sectionText);
    await checkGolden(
      new URL(`./statements/${kind}.sql`, import.meta.url),
      [heading, ...sections].join("\n\n") + "\n",
      "tests/unit/sinks/postgres/statements_test.ts",
    );
  });
}

Deno.test("each statement that is a constant is in one of these files", async () => {
  const known: string[] = [];
  const folder = new URL("./statements/", import.meta.url);
  for (const { name } of Deno.readDirSync(folder)) known.push(Deno.readTextFileSync(new URL(name, folder)));
  const all = withoutRoom(known.join("\n"));
  const sources = new URL("../../../../sinks/postgres/statements/", import.meta.url);
  for (const { name } of Deno.readDirSync(sources)) {
    const texts: Readonly<Record<string, unknown>> = await import(new URL(name, sources).href);
    const lacking = Object.entries(texts).filter(([constant, text]) =>
      typeof text === "string" && /Sql$/.test(constant) && !all.includes(withoutRoom(text))
    );
    assert.deepEqual(lacking.map(([constant]) => `${name}: ${constant}`), []);
  }
});

const withoutRoom = (text: string) => text.replaceAll(/\s+/g, " ").trim();

function sectionText({ title, sent }: Recorded): string {
  const texts = sent.map((text, index) => {
    const first = sent.indexOf(text);
    return first < index ? `-- ${index + 1}. again ${first + 1}.` : `-- ${index + 1}.\n${dedented(text)};`;
  });
  return [`-- ${title}`, ...texts].join("\n");
}

/** Without the room in front that all lines have. */
function dedented(text: string): string {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const rooms = lines.slice(text.startsWith("\n") ? 0 : 1).map((line) => line.search(/\S/));
  const room = rooms.length === 0 ? 0 : Math.min(...rooms);
  return lines.map((line) => line.startsWith(" ".repeat(room)) ? line.slice(room) : line).join("\n");
}
