import type { SinkConnectorPlugin } from "../../connect/api/plugins.ts";
import type { Props } from "../../connect/api/sink_task.ts";
import type { Run } from "../command.ts";
import type { Composed } from "../compose.ts";
import { kafkaProblem } from "../kafka_check.ts";
import { print, printError } from "../output.ts";
import { type CheckedConnector, prepare, problemText } from "../prepare.ts";
import { exitCode } from "../usage_error.ts";

/** Longest wait for Kafka and the database. */
const connectMsMax = 5_000;

/** `sluice validate`: checks configurations and their connections. */
export const run: Run = async (args) => {
  const { connectors, composed } = await prepare(args);
  const checked = args.flag("offline")
    ? connectors
    : await Promise.all(connectors.map((connector) => withConnections(connector, composed)));
  for (const { name, errors, validation } of checked) {
    if (errors.length === 0) print(`${name}: valid`);
    for (const warning of validation?.warnings ?? []) print(`  Warning: ${warning}`);
  }
  const problem = problemText(checked);
  if (problem === undefined) return exitCode.ok;
  printError(problem.split("\n"));
  return exitCode.usage;
};

/** Connects to Kafka and the database if the configuration has no errors. */
async function withConnections(
  connector: CheckedConnector,
  { kafka, settings, resolve }: Composed,
): Promise<CheckedConnector> {
  const { validation, errors } = connector;
  if (validation === undefined || errors.length > 0) return connector;
  const { props } = await resolve(connector.props);
  const [ofKafka, ofSink] = await Promise.all([
    kafkaProblem(kafka, settings, props),
    sinkProblems(validation.plugin, props),
  ]);
  return { ...connector, errors: [...ofKafka === undefined ? [] : [ofKafka], ...ofSink] };
}

async function sinkProblems(plugin: SinkConnectorPlugin, props: Props): Promise<readonly string[]> {
  const problems = await plugin.validateConnection?.(props, AbortSignal.timeout(connectMsMax)) ?? new Map();
  return [...problems].flatMap(([option, found]) =>
    found.map((text: string) => text.includes(option) ? text : `${option}: ${text}`)
  );
}
