/** Which dead letters were replayed: kept in the connector's database, so that nothing is replayed twice. @module */

import postgres from "postgres";
import { ConnectException } from "../../../connect/api/exceptions.ts";
import type { TopicPartition } from "../../../connect/api/record.ts";
import { driverOptions } from "../connection/connection_options.ts";
import { type ConnectionTarget, describeTarget } from "../connection/connection_url.ts";
import { sqlFactsText } from "../connection/sqlstate.ts";

/** Coordinates of a record. */
export interface RecordPlace {
  readonly at: TopicPartition;
  readonly offset: bigint;
}

/** Whose letters, of which Kafka, and in which database. */
export interface ReplayedLettersOptions {
  /** Of the role that owns the database. */
  readonly target: ConnectionTarget;
  readonly connector: string;
  readonly clusterId: string;
}

/** Name of the table; where it is, the search path says. */
const table = "sluice_dead_letters_done";

/**
 * The list of what is done: coordinates alone, nothing of a record.
 *
 * @example
 * ```ts ignore
 * await using done = await ReplayedLetters.open({ target, connector: "telesales", clusterId });
 * if (!done.has({ at: { topic: "customers.registrations", partition: 0 }, offset: 17n })) await replay();
 * ```
 */
export class ReplayedLetters implements AsyncDisposable {
  readonly #options: ReplayedLettersOptions;
  readonly #sql: postgres.Sql;
  readonly #done = new Set<string>();

  private constructor(options: ReplayedLettersOptions, sql: postgres.Sql) {
    this.#options = options;
    this.#sql = sql;
  }

  /**
   * Connects and reads the list. Nothing is made before the first `add`.
   *
   * @throws ConnectException where the database doesn't answer or refuses
   */
  static async open(options: ReplayedLettersOptions): Promise<ReplayedLetters> {
    const { connector, target } = options;
    const sql = postgres({ ...await driverOptions(target, `sluice-dlq-${connector}`), max: 1 });
    const letters = new ReplayedLetters(options, sql);
    try {
      await letters.#guarded(() => letters.#read());
    } catch (error) {
      await letters[Symbol.asyncDispose]();
      throw error;
    }
    return letters;
  }

  has(place: RecordPlace): boolean {
    return this.#done.has(keyOf(place));
  }

  /** Remembers these for good. */
  async add(places: readonly RecordPlace[]): Promise<void> {
    if (places.length === 0) return;
    const { connector, clusterId } = this.#options;
    const [topics, partitions, offsets] = [
      places.map(({ at }) => at.topic),
      places.map(({ at }) => at.partition),
      places.map(({ offset }) => offset.toString()),
    ];
    await this.#guarded(() =>
      this.#sql.begin(async (tx) => {
        await tx.unsafe(definition);
        await tx`
          insert into ${tx(table)} (connector, kafka_cluster_id, topic, partition, record_offset)
          select ${connector}, ${clusterId}, t, p, o
            from unnest(${topics}::text[], ${partitions}::int[], ${offsets}::bigint[]) as given (t, p, o)
          on conflict do nothing`;
      })
    );
    for (const place of places) this.#done.add(keyOf(place));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sql.end({ timeout: 5 });
  }

  async #read(): Promise<void> {
    const { connector, clusterId } = this.#options;
    const [found] = await this.#sql<{ found: boolean }[]>`select to_regclass(${table}) is not null as found`;
    if (found?.found !== true) return;
    const rows = await this.#sql<{ topic: string; partition: number; offset: string }[]>`
      select topic, partition, record_offset::text as offset from ${this.#sql(table)}
       where connector = ${connector} and kafka_cluster_id = ${clusterId}`;
    for (const { topic, partition, offset } of rows) {
      this.#done.add(keyOf({ at: { topic, partition }, offset: BigInt(offset) }));
    }
  }

  async #guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      const { connector, target } = this.#options;
      throw new ConnectException(
        `Cannot use the list of replayed dead letters of ${connector} in ${describeTarget(target)}: ${
          sqlFactsText(cause)
        }`,
        { cause },
      );
    }
  }
}

const definition = `
  create table if not exists ${table} (
    connector text not null,
    kafka_cluster_id text not null,
    topic text not null,
    partition int not null,
    record_offset bigint not null,
    done_at timestamptz not null default now(),
    primary key (connector, kafka_cluster_id, topic, partition, record_offset)
  )`;

/** Coordinates as one text. */
function keyOf({ at: { topic, partition }, offset }: RecordPlace): string {
  return `${topic}-${partition}@${offset}`;
}
