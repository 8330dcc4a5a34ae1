import assert from "node:assert/strict";
import type { ConnectorFolder } from "../cli/connector_folders.ts";
import { RetriableException } from "../connect/api/exceptions.ts";
import type { ConsumerRecord } from "../connect/api/ports.ts";
import { PartitionMap, type SinkRecord } from "../connect/api/record.ts";
import type { SinkTask } from "../connect/api/sink_task.ts";
import { reasonOf } from "../connect/errors/failed_record.ts";
import { sleep } from "../sandbox/wait.ts";
import {
  bytesOf,
  type ConnectorExample,
  consumedRecords,
  readExample,
  rowsProblem,
} from "../tests/support/delivery/connector_example.ts";
import { type ConnectorRun, exampleNowMs, startConnector } from "../tests/support/delivery/connector_runs.ts";
import { type PgProxy, startPgProxy } from "../tests/support/sinks/pg_proxy.ts";

/** A check of a connector's folder. */
export type Check = (folder: ConnectorFolder) => Promise<void>;

const triesMax = 200;
const retryMs = 25;

/** All rows of all tables, as JSON texts. */
export type Tables = Readonly<Record<string, readonly string[]>>;

/** A refused record with its rule and message. */
interface Refused {
  readonly record: ConsumerRecord;
  readonly rule: string;
  readonly message: string;
}

/** Runs a connector on its example's records, with a proxy in front of its database. */
export class KitRun implements AsyncDisposable {
  readonly refused: Refused[] = [];
  /** The example's records as the consumer returns them. */
  readonly records: readonly ConsumerRecord[];

  private constructor(
    readonly folder: ConnectorFolder,
    readonly example: ConnectorExample,
    readonly run: ConnectorRun,
    readonly proxy: PgProxy,
  ) {
    this.records = consumedRecords(example);
  }

  /** Prepares a database with the folder's migrations and starts the sink. */
  static async start(folder: ConnectorFolder): Promise<KitRun> {
    const example = await readExample(new URL("example.json", folder.url));
    let proxy: PgProxy | undefined;
    const proxyTo = (serverPort: number) => (proxy = startPgProxy(serverPort)).port;
    const run = await startConnector(folder, example.variables, { proxyTo });
    assert.ok(proxy !== undefined, "the run must have a proxy");
    return new KitRun(folder, example, run, proxy);
  }

  /** Gives records the next offsets of their partitions. */
  append(records: readonly ConsumerRecord[]): readonly ConsumerRecord[] {
    const { kafka } = this.run;
    return records.map((record) => {
      kafka.createPartitions(record.topic, record.partition + 1);
      const offset = BigInt(kafka.logs.get(record)?.length ?? 0);
      kafka.append(record, { timestamp: record.timestamp });
      return { ...record, offset };
    });
  }

  /** Makes a record like the example's. */
  after(topic: string, key: string | null, value: Uint8Array | string | null): ConsumerRecord {
    const partition = this.records.find((record) => record.topic === topic)?.partition ?? 0;
    return {
      ...{ topic, partition, offset: 0n, headers: [] },
      ...{ timestamp: exampleNowMs - 1, timestampType: "CreateTime" },
      key: bytesOf(key),
      value: value instanceof Uint8Array ? value : bytesOf(value),
    };
  }

  /** Opens the partitions of these records. */
  async open(records: readonly ConsumerRecord[], task: SinkTask = this.run.task): Promise<void> {
    await task.open(new PartitionMap(records.map((record) => [record, true as const])).keys());
  }

  /** Converts, transforms and puts records, and retries while the database is away. */
  async deliver(records: readonly ConsumerRecord[], task: SinkTask = this.run.task): Promise<void> {
    const batch = this.#converted(records);
    for (let tries = 0;; tries++) {
      try {
        await task.put(batch);
        break;
      } catch (error) {
        if (!(error instanceof RetriableException) || tries === triesMax) throw error;
        await sleep(retryMs);
      }
    }
    for (const { record, error } of this.run.reported.splice(0)) {
      const raw = records.find(({ topic, partition, offset }) =>
        topic === record.origin.topic && partition === record.origin.partition && offset === record.offset
      );
      if (raw !== undefined) this.#refuse(raw, error);
    }
  }

  #converted(records: readonly ConsumerRecord[]): readonly SinkRecord[] {
    return records.flatMap((raw) => {
      try {
        return this.run.pipeline.apply(raw) ?? [];
      } catch (error) {
        this.#refuse(raw, error);
        return [];
      }
    });
  }

  #refuse(record: ConsumerRecord, error: unknown): void {
    const message = error instanceof Error ? error.message : "";
    this.refused.push({ record, rule: reasonOf(error), message });
  }

  /** Returns all rows of the connector's tables, or of Sluice's own tables too. */
  async tables(which: "own" | "all" = "own"): Promise<Tables> {
    await this.run.admin.unsafe("set time zone 'UTC'");
    const names = await this.run.admin<{ name: string }[]>`
      select format('%I.%I', schemaname, tablename) as name from pg_tables
      where schemaname not in ('pg_catalog', 'information_schema') order by 1`;
    const shown = names.filter(({ name }) => which === "all" || !/\.sluice_/.test(name));
    const found: Record<string, readonly string[]> = {};
    for (const { name } of shown) {
      const rows = await this.run.admin.unsafe<{ row: string }[]>(
        `select to_jsonb(t)::text as row from ${name} t`,
      );
      found[name] = rows.map(({ row }) => row).sort();
    }
    return found;
  }

  /** Asserts that the example's tables and views have its rows and no others. */
  async expectExample(): Promise<void> {
    await this.run.admin.unsafe("set time zone 'UTC'");
    for (const [table, expected] of Object.entries(this.example.rows)) {
      const name = table.split(".").map((part) => `"${part}"`).join(".");
      const rows = await this.run.admin.unsafe<{ row: Record<string, unknown> }[]>(
        `select to_jsonb(t) as row from ${name} t`,
      );
      const problem = rowsProblem(expected, rows.map(({ row }) => row));
      assert.equal(problem, undefined, `${table}: ${problem}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.run[Symbol.asyncDispose]();
    await this.proxy[Symbol.asyncDispose]();
  }
}
