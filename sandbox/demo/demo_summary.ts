/** Compares Bank 2 with Bank 1 row by row. @module */

import { waitMsMax } from "../wait.ts";
import postgres from "postgres";
import { eventKey, eventValue, type OutboxRow } from "../bank1/events.ts";
import { compareWith, type Comparison, readContactRows } from "../compare_telesales.ts";
import { TelesalesModel } from "../telesales_model.ts";
import type { Time } from "../../connect/api/ports.ts";
import type { DemoWorld } from "./demo_world.ts";

const outboxRowsAtOnce = 5_000;
const lookEveryMs = 500;

/** Compares repeatedly until both are equal or time is up. */
export async function compareWhenArrived(world: DemoWorld, time: Time): Promise<Comparison> {
  const model = await modelOfBank1(world);
  const deadline = time.monotonic() + waitMsMax;
  for (;;) {
    const comparison = compareWith(model, await readContactRows(world.adminUrl));
    if (comparison.isEqual || time.monotonic() > deadline) return comparison;
    await time.sleep(lookEveryMs);
  }
}

/** Returns a model with Bank 1's events as the producer published them. */
async function modelOfBank1({ bank1, topics, keySecret }: DemoWorld): Promise<TelesalesModel> {
  const model = new TelesalesModel({ secret: keySecret, registrationTopics: [topics.registration] });
  const encoder = new TextEncoder();
  const sql = postgres(bank1.url, { max: 1, onnotice: () => {} });
  try {
    for await (
      const rows of sql<OutboxRow[]>`select * from outbox order by event_id`.cursor(outboxRowsAtOnce)
    ) {
      for (const row of rows) {
        model.add({
          topic: topics[row.kind],
          partition: 0,
          offset: BigInt(row.event_id),
          timestamp: row.created_at.getTime(),
          key: encoder.encode(eventKey(row)),
          value: encoder.encode(eventValue(row)),
        });
      }
    }
  } finally {
    await sql.end({ timeout: 5 });
  }
  return model;
}

/** Returns the closing summary. */
export function summaryLines(comparison: Comparison, events: number): readonly string[] {
  const { rowsExpected, rowsFound, rowsEqual, missing, unexpected, different } = comparison;
  const wrong = Object.entries(different).filter(([, rows]) => rows > 0).map(([column, rows]) =>
    `${column} in ${rows}`
  );
  return [
    `${events.toLocaleString("en-US")} events happened in Bank 1, to ${
      rowsExpected.toLocaleString("en-US")
    } people.`,
    `Bank 2 has ${rowsFound.toLocaleString("en-US")} of them; ${
      rowsEqual.toLocaleString("en-US")
    } match Bank 1, ` +
    `${missing} missing, ${unexpected} too many, ${
      wrong.length === 0 ? "none" : wrong.join(", ")
    } different.`,
  ];
}
