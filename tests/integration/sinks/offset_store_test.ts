import assert from "node:assert/strict";
import postgres from "postgres";
import { ConfigException } from "../../../connect/api/exceptions.ts";
import { PartitionMap, type TopicPartition } from "../../../connect/api/record.ts";
import { driverOptions } from "../../../sinks/postgres/connection/connection_options.ts";
import { parseConnectionUrl } from "../../../sinks/postgres/connection/connection_url.ts";
import { OffsetStore } from "../../../sinks/postgres/offsets/offset_store.ts";
import type { SqlSession } from "../../../sinks/postgres/connection/session.ts";
import { ensureOffsetTable } from "../../../sinks/postgres/offsets/offset_store.ts";
import { terminateStoppedOwner } from "../../../sinks/postgres/offsets/partition_opener.ts";
import { classify, sqlFacts } from "../../../sinks/postgres/connection/sqlstate.ts";
import { beginSql, type TransactionLimits } from "../../../sinks/postgres/statements/transaction.ts";
import { pollUntil, waitMsMax } from "../../../sandbox/wait.ts";
import { freshDatabase, freshName, sharedWorld } from "../../support/world.ts";

await sharedWorld();

const zero: TopicPartition = { topic: "customers", partition: 0 };
const one: TopicPartition = { topic: "customers", partition: 1 };
const generous = { idleInTransactionMs: 60_000, lockMs: 60_000, statementMs: 60_000, transactionMs: 60_000 };

/** Before PostgreSQL 17, so without transaction_timeout: every version accepts these limits. */
const anyVersion = 160_000;

interface World {
  readonly sql: postgres.Sql;
  readonly store: OffsetStore;
  readonly url: string;
  connect(user?: string, password?: string): Promise<postgres.Sql>;
}

async function inWorld(run: (world: World) => Promise<void>): Promise<void> {
  await using database = await freshDatabase();
  const opened: postgres.Sql[] = [];
  const url = `${database.url}?sslmode=disable`;
  const connect = async (user?: string, password?: string) => {
    const target = parseConnectionUrl(url, { user: user ?? null, password: password ?? null });
    const sql = postgres({ ...await driverOptions(target, "sluice-telesales-0"), max: 3 });
    opened.push(sql);
    return sql;
  };
  const store = new OffsetStore({ connector: "telesales", clusterId: "kafka-1" });
  try {
    const sql = await connect();
    await ensureOffsetTable(sql, store);
    await run({ sql, store, url, connect });
  } finally {
    await Promise.all(opened.map((sql) => sql.end({ timeout: 0 })));
  }
}

function begin<T>(sql: postgres.Sql, run: (tx: postgres.TransactionSql) => Promise<T>): Promise<T> {
  return sql.begin(run) as Promise<T>;
}

/** Sets the limits of an open transaction. */
async function limitTransaction(tx: SqlSession, limits: TransactionLimits): Promise<void> {
  await tx.unsafe(beginSql(anyVersion, limits, false).replace("begin; ", ""));
}

Deno.test("offsets beside the rows", async (t) => {
  const step = (name: string, run: (world: World) => Promise<void>) => t.step(name, () => inWorld(run));

  await step(
    "open() makes a row without an offset, and raises the fence of one that is there",
    async ({ sql, store }) => {
      const first = await begin(sql, (tx) => store.open(tx, [one, zero]));
      assert.deepEqual(first.get(zero), { at: zero, nextOffset: null, lastTimestamp: null, fence: 1n });
      const second = await begin(sql, (tx) => store.open(tx, [zero]));
      assert.equal(second.get(zero)?.fence, 2n);
      assert.equal(second.size, 1);
    },
  );

  await step(
    "advance() moves what lock() gave, up to the largest offset of Kafka",
    async ({ sql, store }) => {
      await begin(sql, (tx) => store.open(tx, [zero, one]));
      const largest = 2n ** 63n - 1n;
      await begin(sql, async (tx) => {
        const locked = await store.lock(tx, [one, zero]);
        const fence = locked.get(zero)?.fence ?? 0n;
        await store.advance(tx, [{ at: zero, nextOffset: largest, lastTimestamp: 1_700_000_000_123, fence }]);
      });
      const locked = await begin(sql, (tx) => store.lock(tx, [zero, one]));
      assert.deepEqual(locked.get(zero), {
        at: zero,
        nextOffset: largest,
        lastTimestamp: 1_700_000_000_123,
        fence: 1n,
      });
      assert.equal(locked.get(one)?.nextOffset, null);
    },
  );

  await step(
    "advance() with an old owner's fence throws and leaves the row alone",
    async ({ sql, store }) => {
      const old = await begin(sql, (tx) => store.open(tx, [zero]));
      await begin(sql, (tx) => store.open(tx, [zero]));
      const fence = old.get(zero)?.fence ?? 0n;
      await assert.rejects(
        begin(sql, (tx) => store.advance(tx, [{ at: zero, nextOffset: 5n, lastTimestamp: null, fence }])),
        /0 of 1 rows/,
      );
      assert.equal((await begin(sql, (tx) => store.lock(tx, [zero]))).get(zero)?.nextOffset, null);
    },
  );

  await step("advance() never goes back", async ({ sql, store }) => {
    await begin(sql, (tx) => store.open(tx, [zero]));
    const to = (nextOffset: bigint) =>
      begin(sql, (tx) => store.advance(tx, [{ at: zero, nextOffset, lastTimestamp: null, fence: 1n }]));
    await to(5n);
    await to(5n);
    await assert.rejects(to(4n), /0 of 1 rows/);
  });

  await step("lock() leaves out a partition that has no row", async ({ sql, store }) => {
    assert.equal((await begin(sql, (tx) => store.lock(tx, [zero]))).size, 0);
  });

  await step(
    "set() goes back too, forgets the timestamp, fences a running task and inserts",
    async ({ sql, store }) => {
      await begin(sql, (tx) => store.open(tx, [zero]));
      await begin(
        sql,
        (tx) => store.advance(tx, [{ at: zero, nextOffset: 9n, lastTimestamp: 1, fence: 1n }]),
      );
      await begin(sql, (tx) => store.set(tx, new PartitionMap([[zero, 2n], [one, 7n]])));
      const listed = await store.list(sql);
      assert.deepEqual(
        listed.map(({ at, nextOffset, lastTimestamp, fence }) => ({ at, nextOffset, lastTimestamp, fence })),
        [
          { at: zero, nextOffset: 2n, lastTimestamp: null, fence: 2n },
          { at: one, nextOffset: 7n, lastTimestamp: null, fence: 1n },
        ],
      );
      assert.equal(listed[0]?.clusterId, "kafka-1");
      assert.ok(listed[0]?.updatedAt instanceof Date);
    },
  );

  await step("two connectors and two Kafkas don't see each other's rows", async ({ sql, store }) => {
    const other = new OffsetStore({ connector: "billing", clusterId: "kafka-1" });
    const elsewhere = new OffsetStore({ connector: "telesales", clusterId: "kafka-2" });
    for (const each of [store, other, elsewhere]) await begin(sql, (tx) => each.open(tx, [zero]));
    assert.equal((await begin(sql, (tx) => store.lock(tx, [zero]))).get(zero)?.fence, 1n);
    assert.equal((await store.list(sql)).length, 2);
    assert.equal((await other.list(sql)).length, 1);
  });

  await step(
    "owners that lock in another order wait for each other instead of deadlocking",
    async ({ sql, store }) => {
      const many = Array.from({ length: 40 }, (_, partition) => ({ topic: `t${partition % 3}`, partition }));
      await begin(sql, (tx) => store.open(tx, many));
      const rounds = Array.from({ length: 30 }, (_, round) =>
        begin(sql, async (tx) => {
          const order = round % 2 === 0 ? many : many.toReversed();
          await (round % 3 === 0 ? store.open(tx, order) : store.lock(tx, order));
        }));
      await Promise.all(rounds);
    },
  );

  await step("names of topics from outside are data, never SQL", async ({ sql, store }) => {
    const odd = { topic: "x'); drop table sluice_offsets; --\"\\", partition: 3 };
    const opened = await begin(sql, (tx) => store.open(tx, [odd]));
    assert.equal(opened.get(odd)?.fence, 1n);
  });

  await step(
    "it all works without prepared statements too, as PgBouncer needs it",
    async ({ sql, store, url }) => {
      await begin(sql, (tx) => store.open(tx, [zero]));
      const target = parseConnectionUrl(`${url}&prepareThreshold=0`);
      const plain = postgres({ ...await driverOptions(target, "sluice-telesales-0"), max: 1 });
      try {
        const opened = await begin(plain, async (tx) => {
          await limitTransaction(tx, generous);
          return await store.open(tx, [zero]);
        });
        assert.equal(opened.get(zero)?.fence, 2n);
        const [left] = await plain<
          { count: number }[]
        >`select count(*)::int from pg_prepared_statements where name <> ''`;
        assert.equal(left?.count, 0);
      } finally {
        await plain.end();
      }
    },
  );

  await step("ensureOffsetTable() by five at once makes one table", async ({ connect }) => {
    const store = new OffsetStore({
      connector: "telesales",
      clusterId: "kafka-1",
      table: "public.other_offsets",
    });
    const sql = await connect();
    await Promise.all([1, 2, 3, 4, 5].map(() => ensureOffsetTable(sql, store)));
    await begin(sql, (tx) => store.open(tx, [zero]));
  });

  await step("a role that may not make the table is told the command", async ({ sql, store, connect }) => {
    await sql`drop table sluice_offsets`;
    const role = freshName("narrow");
    await sql.unsafe(`create role ${role} login password 'narrow'`);
    try {
      const narrow = await connect(role, "narrow");
      await assert.rejects(ensureOffsetTable(narrow, store), (error: Error) => {
        assert.ok(error instanceof ConfigException);
        assert.match(error.message, /deno task migrate --connector telesales/);
        return true;
      });
      await ensureOffsetTable(sql, store);
      await sql.unsafe(`grant select, insert on sluice_offsets to ${role}`);
      await assert.rejects(ensureOffsetTable(narrow, store), /no right to UPDATE on "sluice_offsets"/);
      await sql.unsafe(`grant update on sluice_offsets to ${role}`);
      await ensureOffsetTable(narrow, store);
      await begin(narrow, (tx) => store.open(tx, [zero]));
      await narrow.end();
    } finally {
      await sql.unsafe(`drop owned by ${role}; drop role ${role}`);
    }
  });

  await step("limits end with the transaction", async ({ connect }) => {
    const sql = await connect();
    const settings = (on: postgres.ISql) =>
      on<{ name: string; setting: string }[]>`
        select name, setting from pg_settings
         where name in ('lock_timeout', 'statement_timeout', 'idle_in_transaction_session_timeout')
         order by name`.then((rows) => rows.map(({ setting }) => setting));
    const reserved = await sql.reserve();
    const limits = { idleInTransactionMs: 61_000, lockMs: 62_000, statementMs: 63_000, transactionMs: 0 };
    await reserved.unsafe(beginSql(anyVersion, limits, false));
    assert.deepEqual(await settings(reserved), ["61000", "62000", "63000"]);
    await reserved`rollback`;
    assert.deepEqual(await settings(reserved), ["0", "0", "0"]);
    reserved.release();
  });

  await step(
    "a lock that isn't given in time is an outage and names no row",
    async ({ sql, store, connect }) => {
      await begin(sql, (tx) => store.open(tx, [zero]));
      const holder = await (await connect()).reserve();
      await holder`begin`;
      await store.lock(holder, [zero]);
      const error: unknown = await begin(sql, async (tx) => {
        await limitTransaction(tx, { ...generous, lockMs: 20 });
        return await store.open(tx, [zero]);
      }).then(() => undefined, (thrown: unknown) => thrown);
      assert.equal(sqlFacts(error).sqlstate, "55P03");
      assert.equal(classify(error), "outage");
      await holder`rollback`;
      holder.release();
    },
  );

  await step(
    "a stopped owner is ended by the new one, and its transaction with it",
    async ({ sql, store, connect }) => {
      await begin(sql, (tx) => store.open(tx, [zero]));
      const stopped = await (await connect()).reserve();
      await stopped`begin`;
      await store.lock(stopped, [zero]);
      await store.advance(stopped, [{ at: zero, nextOffset: 77n, lastTimestamp: null, fence: 1n }]);
      let waitingPid = 0;
      const opening = begin(sql, async (tx) => {
        await limitTransaction(tx, generous);
        const [session] = await tx<{ pid: number }[]>`select pg_backend_pid() as pid`;
        waitingPid = session?.pid ?? 0;
        return await store.open(tx, [zero]);
      });
      const owner = () => ({ waitingPid, applicationNamePrefix: "sluice-telesales", silentMsMin: 0 });
      const [foreign, late] = await pollUntil("the new owner to wait", waitMsMax, async () => {
        const [row] = await sql<
          { blocked: boolean }[]
        >`select cardinality(pg_blocking_pids(${waitingPid})) > 0 as blocked`;
        if (row?.blocked !== true) return undefined;
        return [
          await terminateStoppedOwner(sql, { ...owner(), applicationNamePrefix: "sluice-billing" }),
          await terminateStoppedOwner(sql, { ...owner(), silentMsMin: 600_000 }),
        ];
      });
      assert.equal(foreign, 0, "another connector's session is left alone");
      assert.equal(late, 0, "a session that was heard of lately is left alone");
      assert.equal(await terminateStoppedOwner(sql, owner()), 1);
      assert.deepEqual((await opening).get(zero), {
        at: zero,
        nextOffset: null,
        lastTimestamp: null,
        fence: 2n,
      });
    },
  );
});
