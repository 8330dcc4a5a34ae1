/** `sluice dry-run`: what would become of records. Loads no Kafka and no database. @module */

import { ConfigException } from "../connect/api/exceptions.ts";
import type { PluginRegistry } from "../connect/api/plugin_registry.ts";
import type { Props } from "../connect/api/sink_task.ts";
import { resolveReferences } from "../connect/config/config_providers.ts";
import { validateConverters } from "../connect/config/converter_validation.ts";
import { sinkConnectorConfig } from "../connect/config/sink_connector_config.ts";
import { validateTransforms } from "../connect/config/transforms_config.ts";
import { workerConfig } from "../connect/config/worker_config.ts";
import { visibleText } from "../connect/rest/ui/visible_text.js";
import type { RecordPipelineOptions } from "../connect/runtime/record_pipeline.ts";
import { makeConverters } from "../connect/runtime/task_pipeline.ts";
import { createStages } from "../connect/runtime/transformation_chain.ts";
import type { Arguments, Run } from "./command.ts";
import { systemSources } from "./config_sources.ts";
import { dryRunLine } from "./dry_run_line.ts";
import { variables } from "./environment.ts";
import { openLines } from "./line_files.ts";
import { LineOutput } from "./output.ts";
import { loadPlugins } from "./plugins.ts";
import { giveUp } from "./rights.ts";
import { systemTime } from "./system_time.ts";
import { exitCode, UsageError } from "./usage_error.ts";
import { runVector } from "./vectors.ts";
import { connectorRoots, readWantedConnectors } from "./wanted_connectors.ts";
import { readWorkerSettings } from "./worker_settings.ts";

/** Runs the command. */
export const run: Run = async (args) => {
  const vectors = args.text("vectors");
  if (vectors !== undefined) return await runVectors(vectors, args);
  const [connector, ...others] = await readWantedConnectors(args);
  if (connector === undefined || others.length > 0) {
    throw new UsageError(
      "Cannot dry-run: exactly one connector is expected, by --connector NAME or --config FILE",
    );
  }
  const worker = await readWorkerSettings(args.text("worker"), variables(), systemSources);
  const props = await recordOptions(connector.props, worker);
  const plugins = await loadPlugins([props], [], connectorRoots(args));
  refuseWrong(connector.name, props, plugins);
  const pipeline = pipelineOf(props, worker, plugins);
  let lineNumber = 0;
  return await printEach(args.text("input") ?? "-", (line) => dryRunLine(line, lineNumber++, pipeline));
};

async function runVectors(path: string, args: Arguments): Promise<number> {
  const other = ["connector", "config", "input"].find((name) => args.text(name) !== undefined);
  if (other !== undefined) {
    throw new UsageError(`Cannot use --${other} with --vectors: each line brings its own configuration`);
  }
  const plugins = await loadPlugins([], []);
  return await printEach(path, (line) => runVector(line, plugins));
}

async function printEach(path: string, outcomeOf: (line: string) => string): Promise<number> {
  const output = new LineOutput();
  const lines = await openLines(path);
  giveUp("read");
  for await (const line of lines) {
    if (!await output.write(outcomeOf(line))) break;
  }
  await output.flush();
  return exitCode.ok;
}

const recordOption =
  /^(name|connector\.class|record\.bytes\.max)$|^(transforms|predicates|(key|value|header)\.converter)(\.|$)/;

/** What a record meets; how the database is reached needs no answer here. */
async function recordOptions(written: Props, worker: Props): Promise<Props> {
  const used = Object.fromEntries(Object.entries(written).filter(([name]) => recordOption.test(name)));
  const { "allowed.paths": allowedPaths } = workerConfig.parse(worker);
  const { props, problems } = await resolveReferences(used, systemSources, {
    variables: "all",
    allowedPaths,
  });
  if (problems.size > 0) throw new ConfigException([...problems.values()].flat().join("\n"));
  return props;
}

function refuseWrong(name: string, props: Props, plugins: PluginRegistry): void {
  const values = [...validateTransforms(props, plugins), ...validateConverters(props, plugins)];
  const errors = values.flatMap((value) => value.errors);
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
  };
}
