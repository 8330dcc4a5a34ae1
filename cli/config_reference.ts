import { ConfigDef, type ConfigKey } from "../connect/api/config_def.ts";
import type { Plugin, SinkPolicy } from "../connect/api/plugins.ts";
import { ownKeys } from "../connect/config/sink_policy.ts";
import { sinkConnectorConfig } from "../connect/config/sink_connector_config.ts";
import { workerConfig } from "../connect/config/worker_config.ts";
import { converterPlugins, headerConverterPlugins } from "../connect/converters/mod.ts";
import { predicatePlugins, transformationPlugins } from "../connect/transforms/mod.ts";
import { sinkPlugins } from "../sinks/mod.ts";
import { type CommandSpec, commonOptions, type OptionSpec } from "./command.ts";
import { commands } from "./commands.ts";
import { listConnectorFolders } from "./connector_folders.ts";
import { loadConnectorModule } from "./catalog/connector_module.ts";

export const referenceFile = "docs/configuration.md";

/** Returns the reference of all options and commands, made from their declarations, before `deno fmt`. */
export async function configReference(): Promise<string> {
  const own = await Promise.all((await listConnectorFolders()).map(loadConnectorModule));
  return [
    head,
    "## Commands",
    "Each is `deno task NAME`, and `sluice NAME` in the binary.",
    ...commands.map(commandSection),
    section("Every command", commonOptions.map(optionLine), optionColumns),
    "## Worker",
    workerHead,
    keyTable(workerConfig),
    "## Connectors",
    connectorHead,
    keyTable(sinkConnectorConfig),
    pluginSections("Sinks", sinkPlugins({ allowedPaths: [], allowBroadRole: false })),
    pluginSections("Transformations", transformationPlugins),
    pluginSections("Predicates", predicatePlugins),
    pluginSections("Converters", [...converterPlugins, ...headerConverterPlugins]),
    pluginSections(
      "Transformations of the connectors that come with Sluice",
      own.flatMap(({ plugins }) => plugins),
    ),
    "## Connectors that come with Sluice",
    policyHead,
    ...own.flatMap(({ policies = [] }) => policies).map(policySection),
  ].join("\n\n") + "\n";
}

const head = `# Configuration

\`deno task docs\` writes this page from the declarations in the code, and a test fails if it is out of date.
Types and error texts are Kafka Connect's. An option without a default is required; \`null\` means that it is
not set. \`validate\` prints what is wrong with a configuration, and which of its options have no effect.`;

const workerHead =
  `A worker reads its settings from a \`.properties\` file (\`--worker FILE\`) and from variables, which win. A
variable is \`CONNECT_\` and the name in capitals with \`_\` for each dot: \`CONNECT_BOOTSTRAP_SERVERS\` is
\`bootstrap.servers\`. Settings of Java's Kafka clients apply to all clients, or to one kind of them with the prefix
\`consumer.\`, \`producer.\` or \`admin.\`. [Security](security.md) tells how to reach a secured Kafka.`;

const connectorHead =
  `Options in a connector's \`config\`, besides those of its sink. A value may be a reference:
\`\${env:NAME}\`, \`\${env:optional:NAME}\`, \`\${file:PATH:KEY}\` or \`\${dir:PATH:NAME}\`.`;

const policyHead =
  `A connector with business rules has its own class. It has the options of the sink it writes with. Its code fixes
some of them: a configuration may repeat these, but not change them.`;

const optionColumns = ["Option", "What it does"] as const;

function commandSection({ name, words, summary, options }: CommandSpec): string {
  const title = `### ${name}${words === undefined ? "" : ` \`${words}\``}`;
  return [title, summary, table(optionColumns, options.map(optionLine))].join("\n\n");
}

function optionLine({ name, value, many, help }: OptionSpec): readonly string[] {
  return [`\`--${name}${value === undefined ? "" : ` ${value}`}\`${many === true ? " …" : ""}`, help];
}

function section(title: string, rows: readonly (readonly string[])[], columns: readonly string[]): string {
  return `### ${title}\n\n${table(columns, rows)}`;
}

function policySection(policy: SinkPolicy): string {
  const { className, documentation, sink, fixed, same = {}, defaults } = policy;
  const decided = [
    ...Object.entries(fixed).map(([name, text]) => [`\`${name}\``, `\`${text}\``]),
    ...Object.entries(same).map(([name, like]) => [`\`${name}\``, `that of \`${like}\``]),
    ...Object.entries(defaults).map(([name, text]) => [`\`${name}\``, `\`${text}\` if it isn't set`]),
  ];
  return [
    `### \`${className}\``,
    `${documentation} It is a \`${sink}\` with these options of its own:`,
    keyTable(ConfigDef.of(ownKeys(policy))),
    "Its code fixes:",
    table(["Option", "Value"], decided),
  ].join("\n\n");
}

/** Plugins that differ only in key or value share a section. */
function pluginSections(title: string, plugins: readonly Plugin[]): string {
  const alike = Map.groupBy(
    plugins,
    ({ documentation, config }) => documentation + JSON.stringify(Object.keys(config.keys)),
  );
  const sections = Array.from(alike.values(), (group) => {
    const [first] = group;
    const aliases = group.flatMap((plugin) => plugin.type === "sink" ? plugin.aliases : []);
    return [
      `### ${group.map(({ className }) => `\`${className}\``).join(", ")}`,
      first?.documentation ?? "",
      ...aliases.length === 0 ? [] : [`Also called ${aliases.map((alias) => `\`${alias}\``).join(", ")}.`],
      first === undefined ? "" : keyTable(first.config),
    ].filter((part) => part !== "").join("\n\n");
  });
  return [`## ${title}`, ...sections].join("\n\n");
}

function keyTable(config: ConfigDef): string {
  const rows = Object.entries(config.keys).map(([name, key]) => [
    `\`${name}\``,
    key.type.toLowerCase(),
    defaultOf(key),
    key.documentation + recommendation(key),
  ]);
  return rows.length === 0
    ? "It has no options."
    : table(["Option", "Type", "Default", "What it does"], rows);
}

function defaultOf(key: ConfigKey): string {
  if (!("default" in key)) return "required";
  return key.default === null ? "null" : key.default === "" ? "empty" : `\`${key.default}\``;
}

function recommendation({ recommended = [], documentation }: ConfigKey): string {
  const others = recommended.filter((value) => value !== "" && !documentation.includes(value));
  return others.length === 0 ? "" : ` One of ${others.map((value) => `\`${value}\``).join(", ")}.`;
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
  return [line(columns), line(columns.map(() => "---")), ...rows.map(line)].join("\n");
}
