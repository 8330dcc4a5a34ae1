import type { PurgeOrder } from "../dialect.ts";
import type { SinkSettings } from "./sink_settings.ts";

export const dayMs = 86_400_000;

/** Most rows emptied by one statement: delivery waits for it. */
const purgeRowsMax = 10_000;

/** Returns the event time before which rows are too old, in milliseconds since 1970; undefined if no rows expire. */
export function retentionCutoffMs({ retention }: SinkSettings, nowMs: number): number | undefined {
  return retention.days === null ? undefined : nowMs - retention.days * dayMs;
}

/** Returns what a purge has to do now. */
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
