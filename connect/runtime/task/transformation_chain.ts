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

interface StageCondition {
  readonly predicate: Predicate;
  /** True: applies if the predicate does not hold. */
  readonly negate: boolean;
}

/** A transformation with its predicate. (`TransformationStage`, KIP-585) */
export class TransformationStage {
  /**
   * @param alias its name in the configuration
   * @param className the transformation's class, for error messages
   */
  constructor(
    readonly alias: string,
    readonly className: string,
    private readonly transformation: Transformation,
    private readonly condition: StageCondition | null = null,
  ) {}

  /** Returns the changed record, the same one if the predicate excludes it, or null if it is dropped. */
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
 * Applies stages in order, until one drops the record.
 * (`org.apache.kafka.connect.runtime.TransformationChain`)
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
 * Makes the stages of a validated configuration. Errors that validation can't see are wrapped in a
 * ConnectException, as in Connect. (`ConnectorConfig.transformationStages`)
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
 * Returns the errors of making stages by option, for validation. Connect reports them only when the task
 * fails.
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
    // Connect's validation trims, but this doesn't: " true" is valid and means false.
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

/** Names the place of a mistake in a plugin's code; the plugin's own errors pass. */
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
