import { ConfigException } from "../../connect/api/exceptions.ts";
import type { Admin, Logger } from "../../connect/api/ports.ts";
import type { Props } from "../../connect/api/sink_task.ts";
import { connectorClientProperties } from "../../connect/config/client_overrides.ts";
import { requireResolved, resolveReferences } from "../../connect/config/references/config_providers.ts";
import { workerConfig } from "../../connect/config/worker_config.ts";
import { createKafkaClients, createPartitionReader } from "../../connect/kafka/mod.ts";
import type { PartitionReader } from "../../connect/kafka/fetch/partition_reader.ts";
import { type ConnectorSpec, readConnectorSpec } from "../../connect/runtime/herder/connector_spec.ts";
import { makeTaskPipeline } from "../../connect/runtime/task/task_pipeline.ts";
import { sinkPlugins } from "../../sinks/mod.ts";
import { databaseOf, type ReplayedLetters } from "../../sinks/sql/database.ts";
import { readSinkSettings } from "../../sinks/sql/options/option_rules.ts";
import type { Arguments } from "../command.ts";
import { systemSources } from "../process/config_sources.ts";
import type { ReplayTarget } from "./replay.ts";
import { variables } from "../process/environment.ts";
import { adminVariableOf, requireDatabase } from "../governance/admin_database.ts";
import { loadPlugins } from "../catalog/plugins.ts";
import { openProgramLog } from "../process/program_log.ts";
import { systemTime } from "../process/system_time.ts";
import { UsageError } from "../usage_error.ts";
import { connectorRoots, readWholeConnectors } from "../catalog/wanted_connectors.ts";
import { forPerson, readWorkerSettings } from "../worker_settings.ts";

/** A connector's dead letters and their replay. The worker's URL isn't needed. */
export interface DeadLetterSource extends AsyncDisposable {
  readonly connector: string;
  readonly topic: string;
  readonly admin: Admin;
  readonly reader: PartitionReader;
  readonly logger: Logger;
  /** Whether the administrator's URL is set. */
  readonly hasAdminUrl: boolean;
  openDone(): Promise<ReplayedLetters>;
  /**
   * Opens the connector's sink with the administrator's login, without its offsets.
   *
   * @throws ConfigException if a replay could do harm
   */
  openTarget(options: { readonly mayOverwrite: boolean }): Promise<ReplayTarget>;
}

const queueOption = "errors.deadletterqueue.topic.name";
const forQueue = /^((consumer|admin)\.override\..*|errors\.deadletterqueue\.topic\.name)$/;

/** Reads the connector; connects to nothing yet. */
export async function openDeadLetterSource(args: Arguments): Promise<DeadLetterSource> {
  const logger = openProgramLog(args);
  const [wanted, ...others] = await readWholeConnectors(args);
  if (wanted === undefined || others.length > 0) {
    throw new UsageError("Cannot use dead letters of several connectors at once");
  }
  const currentWorker = async () =>
    forPerson(await readWorkerSettings(args.text("worker"), variables(), systemSources));
  const settings = await currentWorker();
  const { name, props: written } = wanted;
  const queueProps = await resolved(
    Object.fromEntries(Object.entries(written).filter(([key]) => forQueue.test(key))),
    settings,
  );
  const topic = queueProps[queueOption] ?? "";
  if (topic === "") {
    throw new ConfigException(`Cannot read dead letters of ${name}: ${queueOption} is not set`);
  }
  const services = { time: systemTime, logger, currentWorker };
  const clientId = `sluice-dlq-${name}`;
  const admin = createKafkaClients(settings, services)
    .admin(clientId, connectorClientProperties("admin", settings, queueProps));
  const reader = createPartitionReader(settings, services, {
    clientId,
    overrides: connectorClientProperties("consumer", settings, queueProps),
  });
  const close = async () => {
    reader.close();
    await admin.close();
  };
  const connector = { name, written, settings, roots: connectorRoots(args) };
  return {
    ...{ connector: name, topic, admin, reader, logger },
    hasAdminUrl: hasAdmin(connector),
    openDone: async () => await openDone(connector, await admin.clusterId()),
    openTarget: ({ mayOverwrite }) => openTarget(connector, mayOverwrite),
    [Symbol.asyncDispose]: close,
  };
}

interface OfficersConnector {
  readonly name: string;
  readonly written: Props;
  readonly settings: Props;
  readonly roots: readonly URL[];
}

async function openDone({ name, written }: OfficersConnector, clusterId: string): Promise<ReplayedLetters> {
  const variable = adminVariable({ name, written });
  const url = adminUrl(variable);
  return await requireDatabase(name, written)
    .openReplayed({ url, option: variable, connector: name, clusterId });
}

async function openTarget(connector: OfficersConnector, mayOverwrite: boolean): Promise<ReplayTarget> {
  const { name, written, settings, roots } = connector;
  const variable = adminVariable(connector);
  adminUrl(variable);
  const sinks = sinkPlugins({ allowedPaths: [], allowBroadRole: true });
  const plugins = await loadPlugins([written], sinks, roots);
  const current = () => resolved(asAdministrator(written, variable), settings);
  const spec = readConnectorSpec({
    ...{ name, written, current, plugins },
    resolved: await current(),
    workerProps: settings,
  });
  refuseHarm(spec, mayOverwrite);
  const { pipeline } = makeTaskPipeline(spec, plugins, systemTime);
  return { spec, pipeline, subscribes: (topic) => isSubscribed(spec, topic), time: systemTime };
}

function asAdministrator(written: Props, variable: string): Props {
  const { "connection.user": _user, "connection.password": _password, ...kept } = written;
  return {
    ...kept,
    "connection.url": `\${env:${variable}}`,
    "exactly.once.enabled": "false", // the worker owns these offsets
    "errors.tolerance": "all", // counts what is rejected again
  };
}

/** A replayed record is mostly older than rows written since. */
function refuseHarm(spec: ConnectorSpec, mayOverwrite: boolean): void {
  const cannot = `Cannot replay dead letters of ${spec.name}`;
  if (databaseOf(spec.plugin) === undefined) {
    throw new ConfigException(
      `${cannot}: ${spec.plugin.className} has no upsert, so a replay would duplicate records`,
    );
  }
  const sink = readSinkSettings(spec.props);
  if (sink.insertMode !== "upsert") {
    throw new ConfigException(`${cannot}: insert.mode is ${sink.insertMode}, expected upsert`);
  }
  if (sink.newest !== null || mayOverwrite) return;
  throw new ConfigException(
    `${cannot}: without newest.wins.field older records may overwrite newer rows; --overwrite accepts that`,
  );
}

function isSubscribed({ subscription }: ConnectorSpec, topic: string): boolean {
  return "test" in subscription ? subscription.test(topic) : subscription.includes(topic);
}

function adminVariable({ name, written }: Pick<OfficersConnector, "name" | "written">): string {
  return adminVariableOf(name, written, `use the dead letters of ${name}`);
}

function hasAdmin(connector: OfficersConnector): boolean {
  try {
    requireDatabase(connector.name, connector.written);
    return systemSources.variable(adminVariable(connector)) !== undefined;
  } catch (error) {
    // The connector has no database, or its connection.url names no variable.
    if (error instanceof ConfigException || error instanceof UsageError) return false;
    throw error;
  }
}

function adminUrl(variable: string): string {
  const url = systemSources.variable(variable);
  if (url !== undefined) return url;
  throw new UsageError(`Cannot use dead letters: the environment variable ${variable} is not set`);
}

async function resolved(written: Props, settings: Props): Promise<Props> {
  const { "allowed.paths": allowedPaths } = workerConfig.parse(settings);
  return requireResolved(await resolveReferences(written, systemSources, { variables: "all", allowedPaths }));
}
