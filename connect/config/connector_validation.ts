/**
 * Checks a whole connector configuration before anything starts: all that is wrong, at once, in Connect's words.
 * (`org.apache.kafka.connect.runtime.AbstractHerder.validateConnectorConfig`)
 *
 * @module
 */

import type { ConfigValue } from "../api/config_def.ts";
import { ConfigException, ConnectException } from "../api/exceptions.ts";
import type { PluginRegistry } from "../api/plugin_registry.ts";
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
import { rawDeadLetterWarnings, unusedOptionWarnings } from "./unused_options.ts";

/** What there is to check. */
export interface ValidationInput {
  /** As written, with its references. */
  readonly props: Props;
  /** With its references looked up. */
  readonly resolved: ResolvedProps;
  /** The worker's options. */
  readonly worker: Props;
  readonly plugins: PluginRegistry;
  /** What else is known to be wrong, by option: what only shows when plugins are made. */
  readonly further?: Problems;
}

/** There is no connector of the class that a configuration names. */
export class UnknownConnectorException extends ConnectException {}

/** What is right and wrong with a connector configuration. */
export interface ConnectorValidation {
  /** The connector's class. */
  readonly plugin: SinkConnectorPlugin;
  /** Groups of options, in the order of a form. */
  readonly groups: readonly string[];
  /** Every option, with its value as it may be shown and what is wrong with it. */
  readonly values: readonly ConfigValue[];
  /** What is no error but worth a look: unknown options, options without effect. */
  readonly warnings: readonly string[];
}

/**
 * Checks a connector's configuration.
 *
 * @throws ConfigException where there is no `connector.class`, UnknownConnectorException where there is none of that name
 */
export function validateConnector(input: ValidationInput): ConnectorValidation {
  const { resolved, worker, plugins, props: written } = input;
  const props = { ...resolved.props, ...classIn(written) };
  const notTaken = new Map([
    ...[...resolved.problems, ...resolved.refusals ?? [], ...resolved.conflicts ?? []],
  ]);
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
    // What can't be looked up can't be made either.
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

/** A plugin is shown the converters that count, whether connector or worker names them. */
function withConverters(props: Props, worker: Props): Props {
  const chosen = (["key", "value"] as const).flatMap((role) => {
    const { className, props: options } = chooseConverter(role, worker, props);
    const named = Object.entries(options).map(([name, text]) => [`${role}.converter.${name}`, text] as const);
    return [[`${role}.converter`, className] as const, ...named];
  });
  return { ...Object.fromEntries(chosen), ...props };
}

/** All error texts, in the order of the options. */
export function errorsOf(values: readonly ConfigValue[]): readonly string[] {
  return values.flatMap(({ errors }) => errors);
}

/**
 * The exception for a configuration that can't be used, undefined where it can.
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

/** The connector that a configuration names. */
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

/** An option that two declare is shown once, with what both say: Connect's own declaration comes first. */
function merged(values: readonly ConfigValue[]): readonly ConfigValue[] {
  const byName = new Map<string, ConfigValue>();
  for (const value of values) {
    const first = byName.get(value.name);
    const errors = first === undefined ? value.errors : [...new Set([...first.errors, ...value.errors])];
    // What one of them couldn't read at all is shown as nothing.
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
    [`Invalid value [hidden] for configuration ${name}: It is masked, and the real one is needed`],
  ]));
}

/** Where a reference could not be looked up, everything else is said of its own text: nobody needs that. */
function unresolved(value: ConfigValue, problems: Problems): ConfigValue {
  const errors = problems.get(value.name);
  return errors === undefined ? value : { ...value, errors };
}

/** What a reference stands for is shown nowhere: neither as value nor inside an error's text, of any option. */
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
