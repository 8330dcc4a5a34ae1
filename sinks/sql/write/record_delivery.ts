/**
 * The loop of `put`: writes a batch, tries it again, or reports its bad records and writes the rest.
 *
 * A bad record is reported before any offset moves past it, and never inside a transaction. If it can't be skipped
 * (`errors.tolerance=none`), the records before it are written, partition by partition, and none after it.
 *
 * @module
 */

import { ConnectException } from "../../../connect/api/exceptions.ts";
import { type OffsetMap, PartitionMap, type SinkRecord } from "../../../connect/api/record.ts";
import { type BadRecord, inFrontOf, placeOf } from "../isolate/bad_record.ts";
import { givenUp, SqlFailure } from "../sql_failure.ts";
import { type Batch, TableWriter, type TableWriterOptions } from "./table_writer.ts";

/** Immediate tries after a deadlock or a changed table; then it counts as an outage. */
const triesAtOnceMax = 10;
/** After a timeout: batches written in a row before the size grows again. */
const piecesUntilGrowth = 8;

/** Delivers batches, one at a time. */
export class RecordDelivery {
  readonly #options: TableWriterOptions;
  readonly #writer: TableWriter;
  /** Reported, or written in a part of a batch: if the batch comes again, these are done. */
  readonly #settled = new WeakSet<SinkRecord>();
  /** Smaller than a batch after a statement timeout. */
  #recordsMax = Number.POSITIVE_INFINITY;
  #pieces = 0;

  constructor(options: TableWriterOptions) {
    this.#options = options;
    this.#writer = new TableWriter(options);
  }

  /**
   * Writes what can be written. Halves a batch that exceeds the statement timeout until it passes. With
   * errors.tolerance=none it writes each partition up to its first bad record, whose report ends the task.
   *
   * @throws SqlFailure that isn't about the data; a reporter's error; ConfigException
   */
  async deliver(records: readonly SinkRecord[]): Promise<void> {
    const untolerated: BadRecord[] = [];
    for (let from = 0; from < records.length;) {
      const piece = records.slice(from, from + this.#recordsMax);
      try {
        await this.#deliverTogether(piece, untolerated);
      } catch (error) {
        if (!(error instanceof SqlFailure) || error.kind !== "timeout") throw error;
        if (piece.length === 1) throw tooSlow(error, piece[0]);
        this.#halve(piece.length, error);
        continue;
      }
      if (piece.length < records.length) { for (const record of piece) this.#settled.add(record); }
      from += piece.length;
      this.#grow();
    }
    if (untolerated.length > 0) await this.#refuse(records, untolerated);
  }

  #halve(length: number, failure: SqlFailure): void {
    const { context } = this.#options;
    this.#recordsMax = length >> 1;
    this.#pieces = 0;
    context.count("database-retries", failure.rule);
    context.logger.warn("A batch exceeds statement.timeout.ms: the sink writes it in halves", {
      records: this.#recordsMax,
    });
  }

  #grow(): void {
    if (this.#recordsMax === Number.POSITIVE_INFINITY || ++this.#pieces < piecesUntilGrowth) return;
    this.#pieces = 0;
    this.#recordsMax *= 2;
  }

  /** Moves offsets past records that never reached the task: filtered by a transformation, or reported before. */
  async advanceTo(offsets: OffsetMap): Promise<void> {
    for (let tries = 0; tries < triesAtOnceMax; tries++) {
      if (await this.#writer.advanceTo(offsets) === "written") return;
    }
    throw givenUp(triesAtOnceMax);
  }

  /**
   * Writes all that it can in one transaction. For done records only the offsets count.
   *
   * @param untolerated bad records after which nothing of their partition may be written; added to
   */
  async #deliverTogether(records: readonly SinkRecord[], untolerated: BadRecord[]): Promise<void> {
    const look = { isDone: false };
    let pace: Batch["pace"] = "apart";
    for (let tries = 0; tries < triesAtOnceMax;) {
      const admitted = inFrontOf(this.#options.ownership?.admit(records) ?? records, untolerated);
      if (admitted.length === 0) return;
      const rows = admitted.filter((record) => !this.#settled.has(record));
      const result = await this.#writer.write({ admitted, rows, pace, look });
      switch (result.is) {
        case "written":
          return;
        case "again":
          pace = result.pace;
          tries++;
          break;
        case "refused":
          if (this.tolerates) await this.report(result.bad);
          else untolerated.push(...result.bad);
      }
    }
    throw givenUp(triesAtOnceMax);
  }

  /** Whether a record has been reported, or written in a part of its batch. */
  isSettled(record: SinkRecord): boolean {
    return this.#settled.has(record);
  }

  /** Whether bad records are reported and left out (`errors.tolerance`). */
  get tolerates(): boolean {
    return this.#writer.tolerates;
  }

  /** Reports bad records; they are settled then. */
  async report(bad: readonly BadRecord[]): Promise<void> {
    const outcomes = await Promise.allSettled(bad.map((one) => this.#reportOne(one)));
    for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  }

  /** Writes the records before the bad ones. Reporting the first bad one ends the task. */
  async #refuse(records: readonly SinkRecord[], bad: readonly BadRecord[]): Promise<void> {
    const inFront = new Set(inFrontOf(records, bad));
    const first = records.find((record) => !inFront.has(record));
    const found = bad.find(({ record }) => record === first);
    if (found === undefined) throw new Error("Cannot find the first bad record: the batch has none");
    const next = nextOffsetsOf([...inFront]);
    try {
      await this.#reportOne(found);
    } catch (error) {
      this.#options.context.delivered(next);
      throw error;
    }
    for (const record of inFront) this.#settled.add(record);
    await this.deliver(records); // it was tolerated after all
  }

  async #reportOne({ record, error }: BadRecord): Promise<void> {
    const { context } = this.#options;
    const reporter = context.errantRecordReporter();
    if (reporter !== null) await reporter.report(record, error);
    else if (this.#writer.tolerates) context.count("records-rejected", error.rule ?? "data");
    else throw new ConnectException(error.message, { cause: error });
    this.#settled.add(record);
    this.#options.housekeeper.rejected(1);
  }
}

function nextOffsetsOf(records: readonly SinkRecord[]): PartitionMap<bigint> {
  return new PartitionMap(records.map(({ origin, offset }) => [origin, offset + 1n] as const));
}

function tooSlow({ kind, message, facts }: SqlFailure, record: SinkRecord | undefined): SqlFailure {
  const place = record === undefined ? "one record" : `record ${placeOf(record)}`;
  return new SqlFailure(
    kind,
    `${message}: ${place} alone exceeds statement.timeout.ms, and is retried later`,
    facts,
  );
}
