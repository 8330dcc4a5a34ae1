/**
 * Every statement of the delivery, whole, as it is sent: `statements/*.sql` beside this file. They are recorded from
 * the sink's own calls, so they say nothing of which file of the sink makes a text.
 */

import { ConnectRecord, PartitionMap, type SinkRecord } from "../../../../connect/api/record.ts";
import { OffsetStore, type SqlSession } from "../../../../sinks/postgres/offsets/offset_store.ts";
import { ensureOffsetTable } from "../../../../sinks/postgres/offsets/offset_table.ts";
import { PostgresDialect } from "../../../../sinks/postgres/postgres_dialect.ts";
import { terminateStoppedOwner } from "../../../../sinks/postgres/offsets/partition_opener.ts";
import type { RowsStatement, SqlTransaction, TablePlan, WriteKind } from "../../../../sinks/sql/dialect.ts";
import type { RowPlan } from "../../../../sinks/sql/plan/table_plan.ts";
import { SubjectRows, subjectTable } from "../../../../sinks/postgres/privacy/subject_rows.ts";
import { checkTableRights } from "../../../../sinks/postgres/tables/table_rights.ts";
import { checkGolden } from "../../../support/golden_text.ts";
import { type RecordedSession, recordedSession } from "../../../support/recorded_session.ts";
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
} from "../../../support/statement_plans.ts";

const limits = { idleInTransactionMs: 10_000, lockMs: 30_000, statementMs: 60_000, transactionMs: 90_000 };
const store = new OffsetStore({ connector: "telesales", clusterId: "kafka-1" });
const at = { topic: "customers.purchases", partition: 0 };

const heading =
  "-- What the sink sends, numbered in its order. A file of statements_test.ts, which says how to renew it.";

/** What is sent for one case. */
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

/** What is sent between the transaction's begin and its end. */
async function within(title: string, work: (tx: SqlTransaction) => Promise<unknown>): Promise<Recorded> {
  const { sent } = await recorded(title, (dialect) => dialect.transaction("rollback", work));
  return { title, sent: sent.slice(1, -1) };
}

function statement(kind: WriteKind, plan: TablePlan): RowsStatement {
  return { kind, plan, rows: [plan.columns.map(() => "NULL")], records: [] };
}

function written(title: string, kind: WriteKind, plan: TablePlan): Promise<Recorded> {
  return within(title, (tx) => tx.write(statement(kind, plan)));
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
    written("billing: by time alone", "upsert", planOf(billing).write),
    written("by time, and a column with a time of its own", "upsert", planOf(ownTime).write),
    written(
      "telesales: own times, position and erasure, lifted by registration",
      "upsert",
      planOf(telesales).write,
    ),
    written("telesales without source.position.columns", "upsert", planOf(noPosition).write),
    written("telesales with erasure.lifted.by=never", "upsert", planOf(notLifted).write),
    written("telesales without erasure.topics", "upsert", planOf(noErasure).write),
  ],
  seal: () => [
    written("telesales: lifted by registration", "seal", planOf(telesales).seal),
    written("telesales without source.position.columns", "seal", planOf(noPosition).seal),
    written("telesales with erasure.lifted.by=never", "seal", planOf(notLifted).seal),
  ],
  offsets: () => [
    onSession("the offset table is made if it isn't there", ({ session: { sql } }) => {
      const begin = (work: (tx: SqlSession) => unknown) => work(sql);
      return ensureOffsetTable(Object.assign(sql, { begin }) as never, store);
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
      dialect.transaction("commit", async (tx) => {
        await Promise.all([
          tx.lockOffsets([at]),
          tx.write(statement("upsert", planOf(purchaseTotals).write)),
        ]);
        await tx.advanceOffsets([{ at, nextOffset: 18n, lastTimestamp: null, fence: 3n }]);
      })),
    recorded("begin on PostgreSQL 13", emptyTransaction, recordedSession(130_000)),
    recorded("begin on PostgreSQL 12", emptyTransaction, recordedSession(120_000)),
    recorded("a search for bad records", (dialect) =>
      dialect.transaction("rollback", async (tx) => {
        await tx.savepoint();
        await tx.rollbackToSavepoint();
        await tx.savepoint();
        await tx.checkConstraintsAtOnce();
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
  subject: () => [
    aboutSubject("subject show", (rows) => rows.find()),
    aboutSubject("subject erase", (rows) => rows.seal(0)),
    aboutSubject("subject object", (rows) => rows.block()),
    aboutSubject("subject allow", (rows) => rows.unblock()),
  ],
  housekeeping: () => [
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

const emptyTransaction = (dialect: PostgresDialect) => dialect.transaction("commit", () => Promise.resolve());

async function onSession(
  title: string,
  work: (session: RecordedSession) => Promise<unknown>,
): Promise<Recorded> {
  const session = recordedSession();
  await work(session);
  return { title, sent: session.sent };
}

/** A person of telesales whose row may still have the key of the previous secret. */
async function aboutSubject(
  title: string,
  work: (rows: SubjectRows) => Promise<unknown>,
): Promise<Recorded> {
  const { session, sent } = recordedSession(
    180_000,
    (text) => text.includes("with recursive columns") ? catalogRows(telesales) : [],
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
