import { ConfigException } from "../../connect/api/exceptions.ts";
import type { PluginRegistry } from "../../connect/config/plugin_registry.ts";
import type { Props } from "../../connect/api/sink_task.ts";
import { resolveReferences } from "../../connect/config/references/config_providers.ts";
import { validateConverters } from "../../connect/config/converter_validation.ts";
import { ConfigDef } from "../../connect/api/config_def.ts";
import { chainKeys } from "../../connect/config/keys/connector_keys.ts";
import { validateAliasLists } from "../../connect/config/topics_validation.ts";
import { sinkConnectorConfig } from "../../connect/config/sink_connector_config.ts";
import { validateTransforms } from "../../connect/config/transforms_config.ts";
import { workerConfig } from "../../connect/config/worker_config.ts";
import { visibleText } from "../../connect/rest/ui/visible_text.js";
import type { RecordPipelineOptions } from "../../connect/runtime/task/record_pipeline.ts";
import { makeConverters, pluginProblems } from "../../connect/runtime/task/task_pipeline.ts";
import { createStages } from "../../connect/runtime/task/transformation_chain.ts";
import type { Arguments, Run } from "../command.ts";
import { systemSources } from "../process/config_sources.ts";
import { dryRunLine, dryRunText } from "../trial/dry_run_line.ts";
import type { DatabaseLook } from "../trial/dry_run_database.ts";
import { variables } from "../process/environment.ts";
import { openLines } from "../process/line_files.ts";
import { LineOutput, printError } from "../output.ts";
import { loadPlugins } from "../catalog/plugins.ts";
import { inputName } from "../process/read_text.ts";
import { giveUp } from "../process/rights.ts";
import { systemTime } from "../process/system_time.ts";
import { exitCode, UsageError } from "../usage_error.ts";
import { runVector } from "../trial/vectors.ts";
import { connectorRoots, readWholeConnectors } from "../catalog/wanted_connectors.ts";
import { readWorkerSettings } from "../worker_settings.ts";

/**
 * `sluice dry-run`: prints what records would become. Kafka's code isn't loaded, a sink's only with
 * --with-database.
 */
export const run: Run = async (args) => {
  const vectors = args.text("vectors");
  if (vectors !== undefined) return await runVectors(vectors, args);
  const [connector, ...others] = await readWholeConnectors(args);
  if (connector === undefined || others.length > 0) {
    throw new UsageError(
      "Cannot dry-run: exactly one connector is expected, by --connector NAME or --config FILE",
    );
  }
  const worker = await readWorkerSettings(args.text("worker"), variables(), systemSources);
  const isAsked = args.flag("with-database");
  const props = await usedOptions(connector.props, worker, isAsked ? () => true : isOfRecords);
  const plugins = await loadPlugins([props], [], connectorRoots(args));
  refuseWrong(connector.name, props, plugins);
  const pipeline = pipelineOf(props, worker, plugins);
  await using database = isAsked ? await lookAt(props, worker, args) : undefined;
  return await printOutcomes(args.text("input") ?? "-", pipeline, database);
};

/** Loads the sinks' code. */
async function lookAt(props: Props, worker: Props, args: Arguments): Promise<DatabaseLook> {
  const { openDatabaseLook } = await import("../trial/dry_run_database.ts");
  return await openDatabaseLook(props, worker, { allowBroadRole: args.flag("allow-broad-role") });
}

/** Prints one outcome per line, then on standard error what they don't show. */
async function printOutcomes(
  path: string,
  pipeline: RecordPipelineOptions,
  database: DatabaseLook | undefined,
): Promise<number> {
  let [lineNumber, records, hidden] = [0, 0, 0];
  const dropsRead = database === undefined;
  const code = await printEach(path, async (line) => {
    const run = dryRunLine(line, lineNumber++, pipeline);
    if (run.record) records += 1;
    const { text, isRendered } = dryRunText(run, run.record ? await database?.membersFor(run.record) : []);
    if (!isRendered) hidden += 1;
    return text;
  }, dropsRead);
  if (lineNumber === 0) printError(`Cannot find a record: ${inputName(path)} has no lines`);
  if (records > 0) printError(database === undefined ? unknownWithoutTable : database.summary());
  if (hidden > 0) printError(`Cannot show ${hidden} of ${lineNumber} records: see renderError`);
  return hidden > 0 ? exitCode.failed : database?.exitCode ?? code;
}

const unknownWithoutTable =
  "Not checked without the database: the table's columns, types, NOT NULL, keys and rights; " +
  "--with-database checks them and writes nothing";

async function runVectors(path: string, args: Arguments): Promise<number> {
  const other = ["connector", "config", "input"].find((name) => args.text(name) !== undefined) ??
    (args.flag("with-database") ? "with-database" : undefined);
  if (other !== undefined) {
    throw new UsageError(`Cannot use --${other} with --vectors: each line brings its own configuration`);
  }
  const plugins = await loadPlugins([], []);
  return await printEach(path, (line) => runVector(line, plugins));
}

async function printEach(
  path: string,
  outcomeOf: (line: string) => string | Promise<string>,
  dropsRead = true,
): Promise<number> {
  const output = new LineOutput();
  const lines = await openLines(path);
  if (dropsRead) giveUp("read");
  try {
    for await (const line of lines) {
      if (!await output.write(await outcomeOf(line))) break;
    }
  } finally {
    await output.flush();
  }
  return exitCode.ok;
}

const recordOption =
  /^(name|connector\.class|record\.(bytes|headers)\.max)$|^(transforms|predicates|(key|value|header)\.converter)(\.|$)/;

/** Returns false for options of the database connection, which a dry run doesn't check. */
function isOfRecords(option: string): boolean {
  return recordOption.test(option);
}

async function usedOptions(
  written: Props,
  worker: Props,
  isUsed: (option: string) => boolean,
): Promise<Props> {
  const used = Object.fromEntries(Object.entries(written).filter(([name]) => isUsed(name)));
  const { "allowed.paths": allowedPaths } = workerConfig.parse(worker);
  const { props, problems } = await resolveReferences(used, systemSources, {
    variables: "all",
    allowedPaths,
  });
  if (problems.size > 0) throw new ConfigException([...problems.values()].flat().join("\n"));
  return props;
}

const sinkChains = ConfigDef.of(chainKeys);

function refuseWrong(name: string, props: Props, plugins: PluginRegistry): void {
  const values = [...validateTransforms(props, plugins), ...validateConverters(props, plugins)];
  const lists = [
    ...validateAliasLists(props).values(),
    ...sinkChains.validate(props).map(({ errors }) => errors),
  ];
  const known = [...lists.flat(), ...values.flatMap((value) => value.errors)];
  // Errors of making plugins repeat those of their options.
  const errors = known.length > 0 ? known : [...pluginProblems(props, plugins).values()].flat();
  if (errors.length > 0) {
    throw new ConfigException(`Cannot use ${visibleText(name)}:\n  ${errors.join("\n  ")}`);
  }
}

function pipelineOf(props: Props, worker: Props, plugins: PluginRegistry): RecordPipelineOptions {
  const config = sinkConnectorConfig.parse({
    name: "",
    "connector.class": "",
    ...props,
  });
  return {
    ...makeConverters({ props, workerProps: worker }, plugins),
    stages: createStages(props, plugins, { time: systemTime }),
    recordBytesMax: config["record.bytes.max"],
    recordHeadersMax: config["record.headers.max"],
    recordValuesMax: config["record.values.max"],
  };
}
