/**
 * Checks a whole connector configuration before anything starts and reports all errors at once, with
 * Connect's texts. (`org.apache.kafka.connect.runtime.AbstractHerder.validateConnectorConfig`)
 *
 * @module
 */

import type { ConfigValue } from "../api/config_def.ts";
import { ConfigException, ConnectException } from "../api/exceptions.ts";
import type { PluginRegistry } from "./plugin_registry.ts";
import type { SinkConnectorPlugin } from "../api/plugins.ts";
import type { Props } from "../api/sink_task.ts";
import { validateOverrides } from "./client_overrides.ts";
import type { ResolvedProps } from "./references/config_providers.ts";
import { chooseConverter } from "./converter_choice.ts";
import { validateConverters } from "./converter_validation.ts";
import { HiddenValues } from "./references/hidden_values.ts";
import { hasMask } from "./references/masking.ts";
import { COMMON_GROUP, ERROR_GROUP, PREDICATES_GROUP, TRANSFORMS_GROUP } from "./keys/option_groups.ts";
import { versionProblem } from "./plugin_version.ts";
import { sinkConnectorConfig } from "./sink_connector_config.ts";
import { type Problems, validateAliasLists, validateTopics } from "./topics_validation.ts";
import { envelopeWarnings, transformWarnings, validateTransforms } from "./transforms_config.ts";

interface ValidationInput {
  /** The configuration as written, with its references. */
  readonly props: Props;
  /** The configuration after its references were looked up. */
  readonly resolved: ResolvedProps;
  readonly worker: Props;
  readonly plugins: PluginRegistry;
  /** Further errors by option, found only when plugins are created. */
  readonly further?: Problems;
}

/** The configuration names a connector class that isn't installed. */
export class UnknownConnectorException extends ConnectException {}

/** The result of checking a connector's configuration. */
export interface ConnectorValidation {
  /** The connector class. */
  readonly plugin: SinkConnectorPlugin;
  /** Groups of options in display order. */
  readonly groups: readonly string[];
  /** Every option with its displayable value and its errors. */
  readonly values: readonly ConfigValue[];
  /** Warnings: unknown options and options without effect. */
  readonly warnings: readonly string[];
}

/**
 * @throws ConfigException if `connector.class` is missing, UnknownConnectorException if it names no installed connector
 */
export function validateConnector(input: ValidationInput): ConnectorValidation {
  const { resolved, worker, plugins, props: written } = input;
  const props = { ...resolved.props, ...classIn(written) };
  const notTaken = new Map([...resolved.problems, ...resolved.refusals ?? [], ...resolved.conflicts ?? []]);
  const hidden = new HiddenValues();
  hidden.note(resolved.values);
  const plugin = findConnector(props, plugins);
  const declared = [
    ...sinkConnectorConfig.validate(props),
    ...validateTransforms(props, plugins),
    ...plugin.config.validate(props),
    ...validateConverters(props, plugins),
    ...validateOverrides(props, worker),
  ];
  const values = [
    [...validateTopics(props)],
    [...validateAliasLists(props)],
    [...plugin.validate?.(withConverters(props, worker)) ?? []],
    [...notTaken],
    [...maskProblems(input.props)],
    [...versionProblems(props, plugin)],
    // Plugins can't be created from options that can't be resolved.
    [...(notTaken.size === 0 ? input.further ?? [] : [])],
  ].reduce((all, problems) => withProblems(all, new Map(problems)), merged(declared))
    .map((value, _, all) => toldOnce(value, all, written));
  return {
    plugin,
    groups: groupsOf(values),
    values: values.map((value) => asWritten(unresolved(value, notTaken), { ...input, hidden })),
    warnings: [
      ...[...resolved.warnings.values()].flat(),
      ...unusedOptionWarnings(props, values, plugin),
      ...rawDeadLetterWarnings(values),
      ...transformWarnings(props, plugins),
      ...envelopeWarnings(props, worker, plugins),
      ...[...plugin.warnings?.(props) ?? []].map(([name, text]) => `Option ${name} ${text}`),
      ...plugins.list("sink").map((sink) => sink.insteadOf?.(written)).filter((text) => text !== undefined),
    ].map((text) => hidden.hide(text)),
  };
}

/** What a connector's code hands on to its transformations is wrong under the option's own name. */
function toldOnce(value: ConfigValue, all: readonly ConfigValue[], written: Props): ConfigValue {
  const own = /^transforms\.[^.]+\.(.+)$/.exec(value.name)?.[1];
  if (own === undefined || Object.hasOwn(written, value.name)) return value;
  return all.some(({ name, errors }) => name === own && errors.length > 0) ? { ...value, errors: [] } : value;
}

/** The class is shown as it was written, not as the sink that writes. */
function classIn({ "connector.class": written }: Props): Props {
  return written === undefined ? {} : { "connector.class": written };
}

/** Adds the effective converters, so that the plugin sees them if the worker names them. */
function withConverters(props: Props, worker: Props): Props {
  const chosen = (["key", "value"] as const).flatMap((role) => {
    const { className, props: options } = chooseConverter(role, worker, props);
    const named = Object.entries(options).map(([name, text]) => [`${role}.converter.${name}`, text] as const);
    return [[`${role}.converter`, className] as const, ...named];
  });
  return { ...Object.fromEntries(chosen), ...props };
}

/** Returns all error texts in the order of the options. */
export function errorsOf(values: readonly ConfigValue[]): readonly string[] {
  return values.flatMap(({ errors }) => errors);
}

/**
 * Returns the exception for an invalid configuration, or undefined if it is valid.
 * (`AbstractHerder.maybeAddConfigErrors`; the path in the text is Connect's, literally)
 */
export function invalidConfiguration(values: readonly ConfigValue[]): ConfigException | undefined {
  const errors = errorsOf(values);
  if (errors.length === 0) return undefined;
  return new ConfigException(
    `Connector configuration is invalid and contains the following ${errors.length} error(s):\n` +
      `${errors.join("\n")}\n` +
      "You can also find the above list of errors at the endpoint `/connector-plugins/{connectorType}/config/validate`",
  );
}

/** Finds the connector that a configuration names. */
export function findConnector(props: Props, plugins: PluginRegistry): SinkConnectorPlugin {
  const className = props["connector.class"]?.trim();
  if (className === undefined) {
    const java = Object.entries(props).map(([name, value]) => `${name}=${value}`).join(", ");
    throw new ConfigException(
      `Connector config {${Object.keys(props).join(", ")}} contains no connector type`,
      { connectText: `Connector config {${java}} contains no connector type` },
    );
  }
  const plugin = plugins.find("sink", className);
  if (plugin !== undefined) return plugin;
  const known = plugins.list("sink").map((sink) =>
    `PluginDesc{name='${sink.className}', version='${sink.version}', type=sink}`
  );
  throw new UnknownConnectorException(
    `Failed to find any class that implements Connector and which name matches ${className}, available connectors are: ${
      known.join(", ")
    }`,
  );
}

/** Merges options that are declared twice: Connect's own declaration comes first, with the errors of both. */
function merged(values: readonly ConfigValue[]): readonly ConfigValue[] {
  const byName = new Map<string, ConfigValue>();
  for (const value of values) {
    const first = byName.get(value.name);
    const errors = first === undefined ? value.errors : [...new Set([...first.errors, ...value.errors])];
    // A value that one of the declarations couldn't parse is shown as null.
    const isUnreadable = value.value === null && value.errors.length > 0;
    byName.set(value.name, { ...(first ?? value), ...(isUnreadable ? { value: null } : {}), errors });
  }
  return [...byName.values()];
}

function withProblems(values: readonly ConfigValue[], problems: Problems): readonly ConfigValue[] {
  const known = new Set(values.map(({ name }) => name));
  const others = [...problems].filter(([name]) => !known.has(name)).map(([name, errors]) => ({
    name,
    key: { type: "STRING" as const, documentation: "" },
    value: null,
    errors,
  }));
  const added = values.map((value) => ({
    ...value,
    errors: [...value.errors, ...problems.get(value.name) ?? []],
  }));
  return [...added, ...others];
}

function versionProblems(props: Props, plugin: SinkConnectorPlugin): Problems {
  const option = "connector.plugin.version";
  const wanted = props[option];
  const problem = wanted === undefined ? undefined : versionProblem(plugin.className, plugin.version, wanted);
  return problem === undefined ? new Map() : new Map([[option, [problem.message]]]);
}

function maskProblems(props: Props): Problems {
  const masked = Object.entries(props).filter(([, text]) => hasMask(text)).map(([name]) => name);
  return new Map(masked.map((name) => [
    name,
    [`Invalid value [hidden] for configuration ${name}: It is masked; expected the real value`],
  ]));
}

/** Errors about an unresolved reference's own text would mislead: only the lookup's errors are shown. */
function unresolved(value: ConfigValue, problems: Problems): ConfigValue {
  const errors = problems.get(value.name);
  return errors === undefined ? value : { ...value, errors };
}

/** Puts references back in place of what they resolve to, in values and in the error texts of all options. */
function asWritten(
  value: ConfigValue,
  { props, resolved, hidden }: ValidationInput & { readonly hidden: HiddenValues },
): ConfigValue {
  const errors = value.errors.map((text) => hidden.hide(text));
  const written = (resolved.whole ?? props)[value.name];
  const secret = resolved.props[value.name]?.trim();
  if (written === undefined || !secret || !resolved.referring.has(value.name)) return { ...value, errors };
  return {
    ...value,
    value: value.value === null ? null : written,
    errors: errors.map((text) =>
      text.replace(
        /^Invalid value [\s\S]*? for configuration /,
        () => `Invalid value ${written} for configuration `,
      ).replaceAll(secret, () => written)
    ),
  };
}

function groupsOf(values: readonly ConfigValue[]): readonly string[] {
  const first = [COMMON_GROUP, TRANSFORMS_GROUP, PREDICATES_GROUP, ERROR_GROUP];
  const others = values.map(({ key }) => key.group).filter((group) => group !== undefined);
  return [...new Set([...first, ...others])];
}

const roles = ["key", "value", "header"] as const;

/** Warns about each option that nothing reads. Connect ignores them or logs a warning, never an error. */
function unusedOptionWarnings(
  props: Props,
  values: readonly ConfigValue[],
  plugin: SinkConnectorPlugin,
): readonly string[] {
  const known = new Set(values.map(({ name }) => name));
  return Object.keys(props).filter((name) => !known.has(name)).sort().map((name) => {
    const idle = roles.find((role) =>
      name.startsWith(`${role}.converter.`) && !(`${role}.converter` in props)
    );
    if (idle !== undefined) return `Option ${name} has no effect: the connector names no ${idle}.converter`;
    const kind = /^(transform|predicate)s\./.exec(name)?.[1];
    if (kind !== undefined) return `Option ${name} has no effect: no ${kind} that ${kind}s lists reads it`;
    return `Option ${name} has no effect: ${plugin.className} doesn't know it`;
  });
}

/** Warns if dead letters contain what the transformations remove. */
function rawDeadLetterWarnings(values: readonly ConfigValue[]): readonly string[] {
  const of = (name: string) => values.find((value) => value.name === name)?.value;
  const topic = of("errors.deadletterqueue.topic.name") ?? "";
  if (topic === "" || of("errors.deadletterqueue.raw.enable") !== "true") return [];
  return [
    "With errors.deadletterqueue.raw.enable dead letters hold whole records, with all that the transformations " +
    `remove: guard ${topic} like the topics it comes from`,
  ];
}
