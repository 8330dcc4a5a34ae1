/** The state of one assigned partition. @module */

import type { TopicPartition } from "../../api/record.ts";
import type { FetchedPartition } from "../wire/protocol/fetch_api.ts";

/** How often corrupt bytes are fetched again before the log itself counts as corrupt. */
const refetchesMax = 2;

export class PartitionState {
  readonly at: TopicPartition;
  paused = false;
  /** A fetch of the partition is in flight. */
  fetching = false;
  /** Bytes fetched but not returned. */
  bufferedBytes = 0;
  /** No fetch before this time of the monotonic clock. */
  retryAt = 0;
  /** What `poll` throws; a seek clears it. */
  failure: unknown;
  /** Why fetched bytes are corrupt; they are fetched again. */
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

  /** Next offset to return; undefined until the start is known. */
  get position(): bigint | undefined {
    return this.#position;
  }

  /** Next offset to fetch. */
  get fetchOffset(): bigint | undefined {
    return this.#fetchOffset;
  }

  /** Changes if everything fetched so far is dropped: an answer with an older life is ignored. */
  get life(): number {
    return this.#life;
  }

  /** End of what this consumer may read, as of the last fetch. */
  get endOffset(): bigint | undefined {
    return this.#endOffset;
  }

  /** True until a record is returned after a reset to the log's start or end. */
  get startedByReset(): boolean {
    return this.#startedByReset;
  }

  seek(offset: bigint, byReset = false): void {
    this.#position = offset;
    this.#fetchOffset = offset;
    this.#startedByReset = byReset;
    this.failure = undefined;
    this.spoiled = undefined;
    this.retryAt = 0;
    this.#life++;
  }

  /** Forgets the position: it comes from a reset again. */
  unposition(): void {
    this.#position = undefined;
    this.#fetchOffset = undefined;
    this.#life++;
  }

  /** Drops what was fetched but not returned. */
  rewindFetch(): void {
    this.#fetchOffset = this.#position;
    this.#life++;
  }

  /**
   * Drops what was fetched but not returned and fetches it again, a few times at the same offset.
   *
   * @param retryAt no fetch before this time of the monotonic clock
   * @returns false after too many attempts
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
   * An answer had no records although the log's end is further: compaction removed them, so reading continues at the
   * end.
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
