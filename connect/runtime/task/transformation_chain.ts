/**
 * The transformations of a connector, one after the other, each with its predicate.
 * (`org.apache.kafka.connect.runtime.TransformationChain`, `TransformationStage`, KIP-585)
 *
 * @module
 */

import { invalidValue } from "../../api/config_def.ts";
import { ConfigException, ConnectException, JavaException } from "../../api/exceptions.ts";
import type { PluginRegistry } from "../../config/plugin_registry.ts";
import type {
  PluginBase,
  Predicate,
  PredicatePlugin,
  Transformation,
  TransformationContext,
  TransformationPlugin,
} from "../../api/plugins.ts";
import type { ConnectRecord } from "../../api/record.ts";
import type { Props } from "../../api/sink_task.ts";
import type { Alias } from "../../config/alias_plugin.ts";
import { predicateAliases, transformAliases } from "../../config/transforms_config.ts";
import { pluginSlip } from "../../errors/plugin_slip.ts";

/** When a transformation applies. */
interface StageCondition {
  readonly predicate: Predicate;
  /** True: where the predicate does not hold. */
  readonly negate: boolean;
}

/** One transformation and its condition. */
export class TransformationStage {
  /**
   * @param alias its name in the configuration
   * @param className the transformation's, as errors name it
   */
  constructor(
    readonly alias: string,
    readonly className: string,
    private readonly transformation: Transformation,
    private readonly condition: StageCondition | null = null,
  ) {}

  /** The changed record, the same one where the condition doesn't hold, null where it is dropped. */
  apply(record: ConnectRecord): ConnectRecord | null {
    const { condition } = this;
    if (condition !== null && condition.predicate.test(record) === condition.negate) return record;
    return this.transformation.apply(record);
  }

  close(): void {
    this.transformation.close?.();
    this.condition?.predicate.close?.();
  }
}

/**
 * Stages in order; the first that drops a record is the last that sees it.
 *
 * @example
 * ```ts
 * import { ConnectRecord } from "../../api/record.ts";
 * import { TransformationChain, TransformationStage } from "./transformation_chain.ts";
 * const rename = { apply: (record: ConnectRecord) => record.with({ topic: "people" }) };
 * const chain = new TransformationChain([new TransformationStage("r", "example.Rename", rename)]);
 * if (chain.apply(ConnectRecord.of({ topic: "customers" }))?.topic !== "people") throw new Error("it applies");
 * ```
 */
export class TransformationChain {
  constructor(readonly stages: readonly TransformationStage[]) {}

  apply(record: ConnectRecord): ConnectRecord | null {
    let current: ConnectRecord | null = record;
    for (const stage of this.stages) {
      current = stage.apply(current);
      if (current === null) return null;
    }
    return current;
  }

  close(): void {
    for (const stage of this.stages) stage.close();
  }
}

/**
 * Makes the stages of a configuration that was validated before. What only shows now (options that don't fit together,
 * a predicate that isn't declared) is a ConnectException around the cause, as in Connect.
 * (`ConnectorConfig.transformationStages`)
 */
export function createStages(
  props: Props,
  plugins: PluginRegistry,
  context?: TransformationContext,
): readonly TransformationStage[] {
  const predicates = predicateAliases(props, plugins);
  return transformAliases(props, plugins)
    .map((alias) => wrapped(() => createStage(alias, predicates, context)));
}

/**
 * What keeps stages from being made, or would fail each record, by option, so that a person can be told before anything
 * starts. Connect tells it only when the task fails. Of an alias whose options are wrong already there is no more to say.
 */
export function stageProblems(props: Props, plugins: PluginRegistry): ReadonlyMap<string, readonly string[]> {
  const predicates = predicateAliases(props, plugins);
  const problems = new Map<string, readonly string[]>();
  for (const alias of transformAliases(props, plugins)) {
    const { plugin } = alias.found;
    if (plugin === undefined || hasWrongOption(plugin, alias)) continue;
    try {
      wrapped(() => createStage(alias, predicates));
      for (const [name, why] of plugin.problems?.(alias.props) ?? []) {
        const option = alias.prefix + name;
        problems.set(option, [invalidValue(option, alias.props[name] ?? "", why).message]);
      }
    } catch (error) {
      if (!(error instanceof ConnectException)) throw error;
      problems.set(`${alias.prefix}type`, [error.message]);
    }
  }
  return problems;
}

function hasWrongOption({ config }: TransformationPlugin, { props }: Alias): boolean {
  return config.validate(props).some(({ errors }) => errors.length > 0);
}

function createStage(
  { name, found, props }: Alias<TransformationPlugin>,
  predicates: readonly Alias<PredicatePlugin>[],
  context?: TransformationContext,
): TransformationStage {
  if (found.plugin === undefined) throw found.error;
  const { predicate, negate, ...own } = props;
  const { plugin } = found;
  const transformation = made(plugin, own, () => plugin.create(own, context));
  if (predicate === undefined) return new TransformationStage(name, plugin.className, transformation);
  const alias = predicates.find((declared) => declared.name === predicate);
  const condition = {
    predicate: wrapped(() => createPredicate(predicate, alias)),
    // Connect's validation trims, this does not: " true" is accepted there and false here.
    negate: negate?.toLowerCase() === "true",
  };
  return new TransformationStage(name, plugin.className, transformation, condition);
}

function createPredicate(name: string, alias: Alias<PredicatePlugin> | undefined): Predicate {
  if (alias === undefined) {
    throw new ConfigException(`Unknown configuration 'predicates.${name}.plugin.version'`);
  }
  if (alias.found.plugin === undefined) throw alias.found.error;
  const { plugin } = alias.found;
  return made(plugin, alias.props, () => plugin.create(alias.props));
}

/** A slip in a plugin's own code is told by its place; what else keeps it from being made it says itself. */
function made<T>({ className }: PluginBase, props: Props, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof JavaException) throw error;
    const slip = pluginSlip(error, Object.values(props));
    throw new ConfigException(`Cannot make ${className}: ${slip}`, { cause: error });
  }
}

/** `new ConnectException(cause)`, whose text is the cause's class and text. */
function wrapped<T>(make: () => T): T {
  try {
    return make();
  } catch (cause) {
    if (!(cause instanceof JavaException)) throw cause;
    throw new ConnectException(`${cause.javaClass}: ${cause.message}`, {
      cause,
      connectText: `${cause.javaClass}: ${cause.connectText}`,
      jvmMessage: cause.jvmMessage,
    });
  }
}
