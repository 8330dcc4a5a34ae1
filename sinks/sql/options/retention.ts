/** How long rows are kept. @module */

import type { PurgeOrder } from "../dialect.ts";
import type { SinkSettings } from "./sink_settings.ts";

/** A day in milliseconds. */
export const dayMs = 86_400_000;

/** Rows emptied by one statement: a worker's delivery waits for it. */
const purgeRowsMax = 10_000;

/** The event time before which rows are too old, milliseconds since 1970; undefined where none are. */
export function retentionCutoffMs({ retention }: SinkSettings, nowMs: number): number | undefined {
  return retention.days === null ? undefined : nowMs - retention.days * dayMs;
}

/** What a purge has to do now. */
export function purgeOrder(settings: SinkSettings, nowMs: number): PurgeOrder {
  const { retention, ledger } = settings;
  const cutoffMs = retentionCutoffMs(settings, nowMs);
  return {
    rows: cutoffMs === undefined || retention.function === null
      ? null
      : { function: retention.function, olderThan: new Date(cutoffMs), rowsMax: purgeRowsMax },
    ledgerDays: ledger?.retentionDays ?? null,
  };
}
