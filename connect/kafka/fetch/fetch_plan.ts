/** Plans the next fetch from one broker. @module */

import type { FetchSettings } from "../consumer_settings.ts";
import type { PartitionState } from "./partition_state.ts";
import { byTopic } from "../wire/protocol/api.ts";
import type { FetchRequest } from "../wire/protocol/fetch_api.ts";

export interface FetchPlan {
  readonly request: FetchRequest;
  readonly asked: readonly {
    readonly state: PartitionState;
    readonly life: number;
    readonly offset: bigint | undefined;
  }[];
}

/** The bytes that may be requested, and the current time on the monotonic clock. */
interface FetchRoom {
  readonly askBytes: number;
  readonly now: number;
}

/**
 * A broker delays its answer until it has enough of the requested partitions. A partition left out because enough is
 * buffered must not wait for that: it is requested again this soon.
 */
const heldBackWaitMs = 10;

/** Returns the next fetch; undefined if there is no room or nothing to fetch. */
export function planFetch(
  states: readonly PartitionState[],
  settings: FetchSettings,
  { askBytes, now }: FetchRoom,
): FetchPlan | undefined {
  if (askBytes <= 0) return undefined;
  const wanted = states.filter((state) => mayFetch(state, now));
  const asked = wanted.filter(({ bufferedBytes }) => bufferedBytes < settings.partitionBytesMax);
  if (asked.length === 0) return undefined;
  const waitMsMax = asked.length < wanted.length
    ? Math.min(heldBackWaitMs, settings.waitMsMax)
    : settings.waitMsMax;
  const positions = asked.map(({ at, fetchOffset }) => ({
    ...at,
    offset: fetchOffset ?? 0n,
    bytesMax: Math.min(settings.partitionBytesMax, askBytes),
  }));
  const request: FetchRequest = {
    waitMsMax,
    bytesMin: settings.bytesMin,
    bytesMax: Math.min(settings.bytesMax, askBytes),
    isolation: settings.readCommitted ? 1 : 0,
    topics: byTopic(positions),
  };
  return { request, asked: asked.map((state) => ({ state, life: state.life, offset: state.fetchOffset })) };
}

function mayFetch(state: PartitionState, now: number): boolean {
  return !state.paused && !state.fetching && state.failure === undefined && state.fetchOffset !== undefined &&
    state.retryAt <= now;
}
