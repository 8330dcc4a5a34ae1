/** Runs a connector's folder in a test: database, login, plugins, and its sink's task. @module */

import postgres from "postgres";
import { type ConnectorFolder, readConnectorFolder } from "../../../cli/connector_folders.ts";
import { wholeProps } from "../../../cli/catalog/wanted_connectors.ts";
import { loadConnectorModule } from "../../../cli/catalog/connector_module.ts";
import type { Time } from "../../../connect/api/ports.ts";
import type { PluginRegistry } from "../../../connect/config/plugin_registry.ts";
import type {
  Converter,
  HeaderConverter,
  Plugin,
  SinkConnectorPlugin,
} from "../../../connect/api/plugins.ts";
import type { SinkRecord } from "../../../connect/api/record.ts";
import type { ErrantRecordReporter, Props, SinkTask } from "../../../connect/api/sink_task.ts";
import { resolveReferences } from "../../../connect/config/references/config_providers.ts";
import { chooseConverter, type ConverterRole } from "../../../connect/config/converter_choice.ts";
import { converterPlugins, headerConverterPlugins } from "../../../connect/converters/mod.ts";
import { type Named, RecordPipeline } from "../../../connect/runtime/task/record_pipeline.ts";
import { TaskRequests, WorkerSinkTaskContext } from "../../../connect/runtime/task/task_requests.ts";
import { createStages } from "../../../connect/runtime/task/transformation_chain.ts";
import { predicatePlugins, transformationPlugins } from "../../../connect/transforms/mod.ts";
import { sleep } from "../../../sandbox/wait.ts";
import { rulesOf } from "../../../sinks/postgres/migrations/function_rules.ts";
import { migrate } from "../../../sinks/postgres/migrations/migrate.ts";
import { readMigrations } from "../../../sinks/postgres/migrations/migration_files.ts";
import { postgresSink } from "../../../sinks/postgres/postgres_sink.ts";
import { readSinkSettings } from "../../../sinks/sql/options/option_rules.ts";
import { FakeKafka } from "../fakes/fake_kafka.ts";
import { FakeLogger } from "../fakes/fake_logger.ts";
import { freshDatabase, freshName } from "../world.ts";

/** A connector that runs in a test, without a Kafka. */
export interface ConnectorRun extends AsyncDisposable {
  /** Connected as the administrator of its database. */
  readonly admin: postgres.Sql;
  readonly pipeline: RecordPipeline;
  readonly task: SinkTask;
  /** The configuration that the task gets. */
  readonly props: Props;
  /** Stops the task and starts another one on the same database, with other variables. */
  restart(variables: Readonly<Record<string, string>>): Promise<void>;
  /** Starts a second task, as if in another process of the group; it stops with the run. */
  startAnother(): Promise<SinkTask>;
  readonly reported: { readonly record: SinkRecord; readonly error: Error }[];
  readonly logger: FakeLogger;
  /** The Kafka that the sink asks about logs and offsets. */
  readonly kafka: FakeKafka;
}

interface ConnectorRunOptions {
  /** Returns the port of a proxy in front of the PostgreSQL server: the task connects to it. */
  readonly proxyTo?: (serverPort: number) => number;
}

/** Later than all times of examples, so that no event is in the future. */
export const exampleNowMs = Date.UTC(2100, 0, 1);

const time: Time = { now: () => exampleNowMs, monotonic: () => performance.now(), sleep };
const recordBytesMax = 1_048_576;

/** Prepares the database with the connector's migrations and starts the sink's task with the worker's login. */
export async function startConnector(
  folder: ConnectorFolder,
  variables: Readonly<Record<string, string>>,
  options: ConnectorRunOptions = {},
): Promise<ConnectorRun> {
  const root = new URL("../", folder.url);
  const written = await wholeProps((await readConnectorFolder(folder)).props, [root]);
  const database = await freshDatabase();
  const admin = postgres(database.url, { max: 1, onnotice: () => {} });
  const worker = { user: freshName("worker"), password: "worker" };
  const files = await readMigrations(new URL("migrations/", folder.url));
  await migrate(admin, { connector: folder.name, files, worker });
  const url = new URL(database.url);
  [url.username, url.password] = [worker.user, worker.password];
  if (options.proxyTo !== undefined) url.port = String(options.proxyTo(Number(url.port)));
  const { plugins: own } = await loadConnectorModule(folder);
  const plugins = registryOf([
    ...[postgresSink, ...transformationPlugins, ...predicatePlugins, ...converterPlugins],
    ...[...headerConverterPlugins, ...own],
  ]);
  const world = { reported: [], logger: new FakeLogger(), kafka: new FakeKafka(time) };
  const start = async (given: Readonly<Record<string, string>>) => {
    const props = await resolved(written, { ...given, [urlVariableOf(written)]: url.href });
    // As an operator does after each change of secrets or days.
    await migrate(admin, { connector: folder.name, files, rules: rulesOf(readSinkSettings(props)) });
    return { props, pipeline: pipelineOf(props, plugins), task: await startTask(props, plugins, world) };
  };
  let running = await start(variables);
  const others: SinkTask[] = [];
  return {
    ...{ admin, ...world },
    get pipeline() {
      return running.pipeline;
    },
    get task() {
      return running.task;
    },
    get props() {
      return running.props;
    },
    startAnother: async () => {
      const task = await startTask(running.props, plugins, { ...world, taskId: others.length + 1 });
      others.push(task);
      return task;
    },
    restart: async (changed) => {
      await running.task.stop();
      running = await start(changed);
    },
    [Symbol.asyncDispose]: async () => {
      for (const task of [running.task, ...others]) await task.stop();
      await admin.unsafe(`drop owned by ${worker.user}; drop role ${worker.user}`);
      await admin.end({ timeout: 1 });
      await database[Symbol.asyncDispose]();
    },
  };
}

/** The variable of connection.url, such as BANK2_URL: it gets the test database's URL. */
function urlVariableOf(props: Props): string {
  const name = /^\$\{env:(\w+)\}$/.exec(props["connection.url"] ?? "")?.[1];
  if (name === undefined) throw new Error("Cannot run the example: connection.url isn't one ${env:NAME}");
  return name;
}

async function resolved(props: Props, variables: Readonly<Record<string, string>>): Promise<Props> {
  const noFiles = () => Promise.reject(new Error("an example has no files"));
  const sources = { variable: (name: string) => variables[name], readFile: noFiles, realPath: noFiles };
  const found = await resolveReferences(props, sources, { variables: "all", allowedPaths: [] });
  const problem = [...found.problems.values()].flat()[0];
  if (problem !== undefined) throw new Error(`${problem}; an example names it in "variables"`);
  return found.props;
}

function registryOf(plugins: readonly Plugin[]): PluginRegistry {
  const isCalled = (plugin: Plugin, name: string) =>
    plugin.className === name || (plugin.type === "sink" && plugin.aliases.includes(name));
  // A plugin's `type` discriminates the union.
  return {
    find: (type, name) => plugins.find((plugin) => plugin.type === type && isCalled(plugin, name)) as never,
    list: (type) => plugins.filter((plugin) => plugin.type === type) as never,
    all: () => plugins,
  };
}

function pipelineOf(props: Props, plugins: PluginRegistry): RecordPipeline {
  const converter = (role: Exclude<ConverterRole, "header">): Named<Converter> => {
    const choice = chooseConverter(role, {}, props);
    const plugin = plugins.find("converter", choice.className);
    if (plugin === undefined) throw new Error(`Cannot run the example: no converter ${choice.className}`);
    return { className: choice.className, of: plugin.create(choice.props, role === "key") };
  };
  const header = headerConverterPlugins[0];
  if (header === undefined) throw new Error("Cannot run the example: no header converter");
  const of: HeaderConverter = header.create({});
  return new RecordPipeline({
    key: converter("key"),
    value: converter("value"),
    header: { className: header.className, of },
    stages: createStages(props, plugins, { time }),
    recordBytesMax,
  });
}

async function startTask(
  props: Props,
  plugins: PluginRegistry,
  { reported, logger, kafka, taskId = 0 }: Pick<ConnectorRun, "reported" | "logger" | "kafka"> & {
    readonly taskId?: number;
  },
): Promise<SinkTask> {
  const plugin: SinkConnectorPlugin | undefined = plugins.find("sink", props["connector.class"] ?? "");
  if (plugin === undefined) throw new Error(`Cannot run the example: no sink ${props["connector.class"]}`);
  const reporter: ErrantRecordReporter = {
    report: (record, error) => {
      reported.push({ record, error });
      return Promise.resolve();
    },
  };
  const task = plugin.createTask();
  const connectorName = props["name"] ?? "";
  task.initialize(
    new WorkerSinkTaskContext(
      { connectorName, props, taskId, groupId: `connect-${connectorName}`, configHash: "example" },
      {
        ...{ reporter, time, logger, admin: kafka.admin() },
        requests: new TaskRequests({ wakeup: () => {} }, false),
        consumer: { assignment: () => [], isOwned: () => true },
        metrics: { count: () => {} },
        offsets: { delivered: () => {} },
      },
    ),
  );
  const [taskProps = props] = plugin.taskConfigs(props, 1);
  await task.start(taskProps);
  return task;
}
