/**
 * Where one assigned partition stands.
 *
 * @module
 */

import type { TopicPartition } from "../../api/record.ts";
import type { FetchedPartition } from "../wire/protocol/fetch_api.ts";

/** How often bytes that came spoiled are asked for again; then the log itself has them. */
const refetchesMax = 2;

/** Progress of one partition, from assignment to revocation. */
export class PartitionState {
  readonly at: TopicPartition;
  paused = false;
  /** A fetch of it is under way. */
  fetching = false;
  /** Bytes fetched and not handed out. */
  bufferedBytes = 0;
  /** Not to be fetched before this moment of the monotonic clock. */
  retryAt = 0;
  /** What `poll` has to throw; a seek clears it. */
  failure: unknown;
  /** What is wrong with bytes that came and aren't those that were written; they are asked for again. */
  spoiled: unknown;
  #position: bigint | undefined;
  #fetchOffset: bigint | undefined;
  #life = 0;
  #endOffset: bigint | undefined;
  #startedByReset = false;
  #refetched: { readonly offset: bigint | undefined; readonly times: number } | undefined;

  constructor(at: TopicPartition) {
    this.at = at;
  }

  /** Next offset that is handed out; undefined until it's known where to begin. */
  get position(): bigint | undefined {
    return this.#position;
  }

  /** Next offset to ask for. */
  get fetchOffset(): bigint | undefined {
    return this.#fetchOffset;
  }

  /** Changes when everything fetched so far is void: an answer of an older life is dropped. */
  get life(): number {
    return this.#life;
  }

  /** End of what this consumer may read, as the last fetch told. */
  get endOffset(): bigint | undefined {
    return this.#endOffset;
  }

  /** True while nothing was handed out since the position came from the log's own begin or end. */
  get startedByReset(): boolean {
    return this.#startedByReset;
  }

  /** The next record is at this offset. */
  seek(offset: bigint, byReset = false): void {
    this.#position = offset;
    this.#fetchOffset = offset;
    this.#startedByReset = byReset;
    this.failure = undefined;
    this.spoiled = undefined;
    this.retryAt = 0;
    this.#life++;
  }

  /** Begins again from where a reset says. */
  unposition(): void {
    this.#position = undefined;
    this.#fetchOffset = undefined;
    this.#life++;
  }

  /** What is fetched and not handed out is void. */
  rewindFetch(): void {
    this.#fetchOffset = this.#position;
    this.#life++;
  }

  /**
   * What was fetched and not handed out is void, and asked for again; after some times for the same it's a failure.
   *
   * @param retryAt not before this moment of the monotonic clock
   * @returns false where it is one
   */
  refetch(retryAt: number): boolean {
    const cause = this.spoiled;
    const known = this.#refetched?.offset === this.#position ? this.#refetched?.times ?? 0 : 0;
    this.#refetched = { offset: this.#position, times: known + 1 };
    this.spoiled = undefined;
    if (known >= refetchesMax) {
      this.failure = cause;
      return false;
    }
    this.rewindFetch();
    this.retryAt = retryAt;
    return true;
  }

  fetched(nextOffset: bigint | undefined): void {
    if (nextOffset !== undefined) this.#fetchOffset = nextOffset;
  }

  /**
   * Nothing came of what was asked for, though the end is behind it: what compaction has removed there never comes, and
   * reading goes on at the end.
   */
  foundEmpty({ life, offset }: { readonly life: number; readonly offset: bigint | undefined }): void {
    const end = this.#endOffset;
    if (life !== this.#life || this.bufferedBytes > 0 || this.failure !== undefined) return;
    if (offset === undefined || offset !== this.#fetchOffset || offset !== this.#position) return;
    if (end === undefined || end <= offset) return;
    this.#position = end;
    this.#fetchOffset = end;
  }

  handedOut(nextOffset: bigint): void {
    if (nextOffset !== this.#position) this.#startedByReset = false;
    this.#position = nextOffset;
  }

  saw(answer: FetchedPartition, readCommitted: boolean): void {
    this.#endOffset = readCommitted ? answer.lastStableOffset : answer.highWatermark;
  }
}
