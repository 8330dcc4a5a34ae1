/**
 * Finds the start of each partition: its committed offset, or where `auto.offset.reset` says. An offset that the log no
 * longer has is never skipped: the partition fails and the message says what is lost. @module
 */

import { ConnectException } from "../../api/exceptions.ts";
import type { ClientServices } from "../wire/client_services.ts";
import type { ConsumerSettings } from "../consumer_settings.ts";
import { fetchCommitted } from "../group/group_offsets.ts";
import { connectExceptionOf, isOutage } from "../wire/kafka_error.ts";
import { fetchLogEnds } from "./log_ends.ts";
import type { OutageLog } from "../wire/outage_log.ts";
import type { PartitionState } from "./partition_state.ts";
import { logEnds } from "../wire/protocol/offsets_api.ts";
import { Backoff } from "../wire/waiting.ts";

export interface PositionsEvents {
  /** Leaders have moved. */
  leadersStale(): void;
  /** A position or a failure is known. */
  positioned(): void;
}

export interface PositionsContext {
  readonly client: ClientServices;
  readonly settings: ConsumerSettings;
  readonly outage: OutageLog;
  readonly consumer: PositionsEvents;
}

/** Finds missing positions until all partitions have one or the signal aborts. */
export async function findPositions(
  context: PositionsContext,
  states: readonly PartitionState[],
  signal: AbortSignal,
): Promise<void> {
  const backoff = new Backoff(context.client.time, context.client.backoff);
  const failed = (cause: unknown) => {
    for (const state of states) {
      if (state.position === undefined) state.failure = connectExceptionOf(cause, "find where to begin");
    }
  };
  while (!signal.aborted && states.some(({ position }) => position === undefined)) {
    try {
      context.outage.asks();
      await findOnce(context, states.filter(({ position }) => position === undefined), signal);
      break;
    } catch (cause) {
      if (!isOutage(cause)) {
        failed(cause);
        break;
      }
      context.outage.failed(cause);
      context.consumer.leadersStale();
      await backoff.wait(signal);
    }
  }
  context.outage.forget();
  if (!signal.aborted) context.consumer.positioned();
}

async function findOnce(
  context: PositionsContext,
  states: readonly PartitionState[],
  signal: AbortSignal,
): Promise<void> {
  const committed = await fetchCommitted(
    context.client.cluster,
    context.settings.group.groupId,
    states.map(({ at }) => at),
  );
  if (signal.aborted) return;
  const without: PartitionState[] = [];
  for (const state of states) {
    const offset = committed.get(state.at)?.offset;
    // A seek may have happened meanwhile; it wins.
    if (offset === undefined) without.push(state);
    else if (state.position === undefined) state.seek(offset);
  }
  await resetPositions(context, without, signal);
}

/** Moves partitions to the end of the log that the policy names. */
async function resetPositions(
  context: PositionsContext,
  states: readonly PartitionState[],
  signal: AbortSignal,
): Promise<void> {
  if (states.length === 0) return;
  if (context.settings.offsetReset === "none") {
    for (const state of states) state.failure = noOffset(context, state);
    return;
  }
  const timestamp = logEnds[context.settings.offsetReset];
  const ends = await fetchLogEnds(context.client.cluster, states.map(({ at }) => at), {
    timestamp,
    isolation: context.settings.fetch.readCommitted ? 1 : 0,
  });
  if (signal.aborted) return;
  for (const state of states) {
    const offset = ends.get(state.at);
    if (offset === undefined || state.position !== undefined) continue;
    state.seek(offset, true);
    const { topic, partition } = state.at;
    context.client.logger.info(
      "The consumer applies auto.offset.reset: the partition has no committed offset",
      {
        topic,
        partition,
        offset,
        reset: context.settings.offsetReset,
      },
    );
  }
}

/**
 * Handles an offset outside of the log. If nothing was returned since a reset, the log has only moved on, and the reset
 * is repeated; otherwise records are lost and the partition fails.
 */
export async function resolveOutOfRange(
  context: PositionsContext,
  state: PartitionState,
  signal: AbortSignal,
): Promise<void> {
  const { life } = state;
  const offset = state.fetchOffset;
  try {
    if (state.startedByReset) {
      state.unposition();
      return await findPositions(context, [state], signal);
    }
    const start = await fetchLogEnds(context.client.cluster, [state.at], {
      timestamp: logEnds.earliest,
      isolation: 0,
    });
    const end = await fetchLogEnds(context.client.cluster, [state.at], {
      timestamp: logEnds.latest,
      isolation: 0,
    });
    if (signal.aborted || state.life !== life || offset === undefined) return;
    const bounds = { start: start.get(state.at) ?? 0n, end: end.get(state.at) ?? 0n };
    if (offset >= bounds.start && offset <= bounds.end) {
      state.retryAt = context.client.time.monotonic() + context.client.backoff.msMax;
    } else state.failure = outOfRange(state, offset, bounds);
  } catch (cause) {
    if (!isOutage(cause)) state.failure = connectExceptionOf(cause, "look where the log begins and ends");
    else state.retryAt = context.client.time.monotonic() + context.client.backoff.msMax; // the next fetch finds it again
  }
  context.consumer.positioned();
}

function outOfRange(
  { at: { topic, partition } }: PartitionState,
  offset: bigint,
  { start, end }: { readonly start: bigint; readonly end: bigint },
): ConnectException {
  const what =
    `Cannot read ${topic}-${partition} at offset ${offset}: its log begins at ${start} and ends at ${end}`;
  const why = offset < start
    ? `${start - offset} records lost by retention`
    : "the topic was recreated, its log lost its end, or the offset was set beyond it";
  return new ConnectException(`${what}, ${why}`, { rule: "offset_out_of_range" });
}

function noOffset(
  { settings: { group: { groupId } } }: PositionsContext,
  { at: { topic, partition } }: PartitionState,
): ConnectException {
  return new ConnectException(
    `Cannot read ${topic}-${partition}: group ${groupId} has no committed offset, and auto.offset.reset is none`,
    { rule: "no_offset" },
  );
}
