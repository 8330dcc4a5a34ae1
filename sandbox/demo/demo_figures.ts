/** Measures the demo: the contents of Bank 2 and the latency of events. @module */

import postgres from "postgres";
import { eventValue, type OutboxRow } from "../bank1/events.ts";
import type { Latency, Passage, SeenContact, Snapshot } from "./demo_view.ts";

const newestMax = 6;
/** Maximum age of events that count for the latency shown, in seconds. */
const latencyWindowSeconds = 5;

export interface DemoFigures extends AsyncDisposable {
  look(): Promise<Pick<Snapshot, "rows" | "latency" | "newest">>;
  close(): Promise<void>;
}

/** Connects to Bank 2 as its administrator, since only the server knows commit times. */
export async function openFigures(adminUrl: string): Promise<DemoFigures> {
  const sql = postgres(adminUrl, { max: 1, onnotice: () => {} });
  const [setting] = await sql<{ track_commit_timestamp: string }[]>`show track_commit_timestamp`;
  const knowsCommits = setting?.track_commit_timestamp === "on";
  const close = () => sql.end({ timeout: 5 });
  return {
    look: async () => ({
      rows: await countRows(sql),
      newest: await readNewest(sql),
      latency: knowsCommits ? await readLatency(sql) : "not measured: track_commit_timestamp is off",
    }),
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function countRows(sql: postgres.Sql): Promise<number> {
  const [row] = await sql<{ rows: string }[]>`select count(*)::text as rows from telesales.contacts`;
  return Number(row?.rows);
}

/** The view has no times, so the newest people are found in the table and shown as the view has them. */
async function readNewest(sql: postgres.Sql): Promise<readonly SeenContact[]> {
  return await sql<SeenContact[]>`
    select name, phone, region
      from (select * from telesales.person where name is not null order by updated_at desc limit ${newestMax}) p
     where exists (
       select from telesales.contacts c
        where (c.name, c.phone) = (p.name, p.phone) and c.region is not distinct from p.region)`;
}

async function readLatency(sql: postgres.Sql): Promise<Latency> {
  const [row] = await sql<{ median: number | null; p99: number | null }[]>`
    with took as (
      select extract(epoch from pg_xact_commit_timestamp(xmin) - updated_at)::float8 * 1000 as ms
        from telesales.person where updated_at > now() - make_interval(secs => ${latencyWindowSeconds}))
    select percentile_cont(0.5) within group (order by ms) as median,
           percentile_cont(0.99) within group (order by ms) as p99
      from took`;
  return row == null || row.median === null || row.p99 === null
    ? "no event came in lately"
    : { medianMs: row.median, p99Ms: row.p99 };
}

/** Compares one event of each shape with the connector's row to see which fields pass. */
export async function readPassage(bank1Url: string, kept: readonly string[]): Promise<Passage> {
  const sql = postgres(bank1Url, { max: 1, onnotice: () => {} });
  try {
    const rows = await sql<OutboxRow[]>`
      select distinct on (kind) * from outbox where region is not null order by kind, event_id`;
    const dropped = rows.map((row) => leavesOf(JSON.parse(eventValue(row))) - kept.length);
    return { kept, dropped: dropped.reduce((sum, fields) => sum + fields, 0) };
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** Counts fields with their own value; a list counts as one. */
function leavesOf(value: unknown): number {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return 1;
  return Object.values(value).reduce((sum: number, field) => sum + leavesOf(field), 0);
}
