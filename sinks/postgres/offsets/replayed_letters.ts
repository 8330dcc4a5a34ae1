/**
 * The list of replayed dead letters, stored in the connector's database so that none is replayed twice.
 *
 * @module
 */

import postgres from "postgres";
import { ConnectException } from "../../../connect/api/exceptions.ts";
import type { RecordPlace, ReplayedLetters, ReplayedSource } from "../../sql/database.ts";
import { driverOptions } from "../connection/connection_options.ts";
import { describeTarget, parseConnectionUrl } from "../connection/connection_url.ts";
import { addReplayedSql, createReplayedSql, replayedSql, replayedTable } from "../statements/dead_letters.ts";
import { isTableSql } from "../statements/session.ts";
import { sqlFactsText } from "../connection/sqlstate.ts";

/**
 * Connects and reads the list. The first `add` creates its table.
 *
 * @throws ConnectException if the database is away or refuses; ConfigException for a wrong URL
 */
export async function openReplayedLetters(source: ReplayedSource): Promise<ReplayedLetters> {
  const target = parseConnectionUrl(source.url, { option: source.option });
  const sql = postgres({ ...await driverOptions(target, `sluice-dlq-${source.connector}`), max: 1 });
  const letters = new ReplayedTable(source, describeTarget(target), sql);
  try {
    await letters.read();
  } catch (error) {
    await letters[Symbol.asyncDispose]();
    throw error;
  }
  return letters;
}

class ReplayedTable implements ReplayedLetters {
  readonly #source: ReplayedSource;
  readonly #where: string;
  readonly #sql: postgres.Sql;
  readonly #done = new Set<string>();

  constructor(source: ReplayedSource, where: string, sql: postgres.Sql) {
    this.#source = source;
    this.#where = where;
    this.#sql = sql;
  }

  has(place: RecordPlace): boolean {
    return this.#done.has(keyOf(place));
  }

  async add(places: readonly RecordPlace[]): Promise<void> {
    if (places.length === 0) return;
    const { connector, clusterId } = this.#source;
    const [topics, partitions, offsets] = [
      places.map(({ at }) => at.topic),
      places.map(({ at }) => at.partition),
      places.map(({ offset }) => offset.toString()),
    ];
    await this.#guarded(() =>
      this.#sql.begin(async (tx) => {
        await tx.unsafe(createReplayedSql);
        await tx.unsafe(addReplayedSql, [connector, clusterId, topics, partitions, offsets]);
      })
    );
    for (const place of places) this.#done.add(keyOf(place));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sql.end({ timeout: 5 });
  }

  read(): Promise<void> {
    return this.#guarded(() => this.#read());
  }

  async #read(): Promise<void> {
    const { connector, clusterId } = this.#source;
    const [found] = await this.#sql.unsafe<{ found: boolean }[]>(isTableSql, [replayedTable]);
    if (found?.found !== true) return;
    const rows = await this.#sql.unsafe<{ topic: string; partition: number; offset: string }[]>(
      replayedSql,
      [connector, clusterId],
    );
    for (const { topic, partition, offset } of rows) {
      this.#done.add(keyOf({ at: { topic, partition }, offset: BigInt(offset) }));
    }
  }

  async #guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      const { connector } = this.#source;
      throw new ConnectException(
        `Cannot use the list of replayed dead letters of ${connector} in ${this.#where}: ${
          sqlFactsText(cause)
        }`,
        { cause },
      );
    }
  }
}

function keyOf({ at: { topic, partition }, offset }: RecordPlace): string {
  return `${topic}-${partition}@${offset}`;
}
