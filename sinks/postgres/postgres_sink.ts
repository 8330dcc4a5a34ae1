import type { Props, SinkTaskContext } from "../../connect/api/sink_task.ts";
import type { SqlSinkPlugin } from "../sql/database.ts";
import type { SpanSqlDialect } from "../sql/span_dialect.ts";
import { readSinkSettings } from "../sql/options/option_rules.ts";
import { sqlSinkConfig } from "../sql/options/sink_keys.ts";
import { fieldsRead } from "../sql/plan/fields_read.ts";
import { wantedColumns } from "../sql/plan/wanted_columns.ts";
import { SqlSinkTask } from "../sql/sql_sink_task.ts";
import { connectionProblems } from "./connection/connection_check.ts";
import { OffsetStore } from "./offsets/offset_store.ts";
import { destinationsOf } from "./connection/connection_url.ts";
import { committedMark, PartitionOpener } from "./offsets/partition_opener.ts";
import { alterOwnOffsets, postgresDatabase } from "./postgres_database.ts";
import { PostgresDialect } from "./postgres_dialect.ts";
import {
  postgresProblems,
  type PostgresSettings,
  postgresWarnings,
  readPostgresSettings,
} from "./postgres_settings.ts";
import { tableCheck } from "./privacy/role_check.ts";
import { SessionKeeper } from "./connection/session_keeper.ts";

const version = "1";

/**
 * Writes records as rows of PostgreSQL tables, in batches, with the JDBC sinks' option names.
 *
 * It also has the class names of Confluent's and Aiven's JDBC sinks as aliases, so their configurations work unchanged.
 * (`io.confluent.connect.jdbc.JdbcSinkConnector`, `io.aiven.connect.jdbc.JdbcSinkConnector`)
 *
 * @example
 * ```ts
 * import { postgresSink } from "./postgres_sink.ts";
 * const problems = postgresSink.validate?.({
 *   "connection.url": "jdbc:postgresql://db/bank2?user=writer",
 *   "delete.enabled": "true",
 *   "pk.mode": "record_value",
 * });
 * if (problems?.has("pk.mode") !== true) throw new Error("deletes need the record's key");
 * ```
 */
export const postgresSink: SqlSinkPlugin = postgresSinkWith({ allowBroadRole: false });

/** Settings for all connectors of a worker. */
export interface PostgresSinkOptions {
  /** Whether to warn about a role that may do more than `egress.columns`, instead of refusing it. */
  readonly allowBroadRole: boolean;
}

/** Makes the plugin with the worker's settings. */
export function postgresSinkWith(options: PostgresSinkOptions): SqlSinkPlugin {
  return {
    type: "sink",
    className: "sluice.sinks.PostgresSinkConnector",
    aliases: [
      "PostgresSink",
      "PostgresSinkConnector",
      "io.confluent.connect.jdbc.JdbcSinkConnector",
      "io.aiven.connect.jdbc.JdbcSinkConnector",
    ],
    version,
    documentation: "Writes records as rows of PostgreSQL tables.",
    config: sqlSinkConfig,
    database: postgresDatabase,
    validate: postgresProblems,
    warnings: postgresWarnings,
    destinations: (props) => new Map([["connection.url", destinationsOf(props["connection.url"] ?? "")]]),
    reads: (props) => fieldsRead(readSinkSettings(props)),
    wantedColumns: (props) => wantedColumns(readSinkSettings(props)),
    validateConnection: (props, signal) => connectionProblems(props, signal, options),
    openPreview: async (props, context) => {
      const { openTablePreview } = await import("./tables/table_preview.ts");
      return await openTablePreview(props, context, options);
    },
    taskConfigs: (props, maxTasks) => Array.from({ length: maxTasks }, () => props),
    alterOffsets: alterOwnOffsets,
    createTask: () =>
      new SqlSinkTask({
        version,
        committedMark,
        readSettings: (props) => readPostgresSettings(props).sink,
        openDialect: (props, context) => openDialect(props, context, options),
      }),
  };
}

async function openDialect(
  props: Props,
  context: SinkTaskContext,
  { allowBroadRole }: PostgresSinkOptions,
): Promise<SpanSqlDialect> {
  const settings = readPostgresSettings(props);
  const applicationNamePrefix = `sluice-${context.connectorName}-`;
  const keeper = new SessionKeeper({
    settings,
    currentTarget: async () => readPostgresSettings(await context.currentConfigs()).target,
    applicationName: `${applicationNamePrefix}${context.taskId}`,
    time: context.time,
    logger: context.logger,
    signal: context.signal,
  });
  const opener = settings.sink.exactlyOnce
    ? await openerFor(context, { keeper, settings, applicationNamePrefix })
    : null;
  return new PostgresDialect({
    keeper,
    limits: settings.limits,
    fingerprints: settings.sink.fingerprints,
    opener,
    checkTable: tableCheck(settings.sink, { allowBroadRole, logger: context.logger }),
  });
}

async function openerFor(
  context: SinkTaskContext,
  { keeper, settings, applicationNamePrefix }: {
    readonly keeper: SessionKeeper;
    readonly settings: PostgresSettings;
    readonly applicationNamePrefix: string;
  },
): Promise<PartitionOpener> {
  const store = new OffsetStore({
    connector: context.connectorName,
    clusterId: await context.admin.clusterId(),
  });
  return new PartitionOpener({
    context,
    store,
    applicationNamePrefix,
    openSession: () => keeper.open(),
    silentMsMin: settings.limits.idleInTransactionMs,
  });
}
