import type { PluginRegistry } from "../../config/plugin_registry.ts";
import { wholeConfig } from "../../config/sink_policy.ts";
import type { MissedErasures } from "../../errors/missed_erasures.ts";
import type { MetricsRegistry, Sample } from "../../metrics/registry.ts";
import type { ConnectorStatus, Herder, TaskStatus, Trouble } from "../../runtime/herder/herder.ts";
import type { TroubleForm } from "../troubles.ts";
import { type ErasuresNotDone, erasuresNotDone, type Health } from "../root_routes.ts";

type UiFailure = Pick<NonNullable<TaskStatus["failure"]>, "rule" | "reason">;

interface UiTask extends Pick<TaskStatus, "id" | "restarts"> {
  readonly state: string;
  readonly failure: UiFailure | null;
  readonly partitions: number;
  /** Records up to the end of its partitions' logs. */
  readonly lag: number;
  /** What it waits for. */
  readonly waitsFor: readonly Trouble["what"][];
}

/** A histogram: `count` values were at most `bound` seconds. */
interface UiLatency {
  readonly count: number;
  readonly buckets: readonly { readonly bound: number; readonly count: number }[];
}

export interface UiConnector {
  readonly name: string;
  readonly state: string;
  readonly failure: UiFailure | null;
  readonly topics: string;
  /** Empty if the sink has no table. */
  readonly table: string;
  readonly lag: number;
  readonly read: number;
  readonly sent: number;
  readonly rejected: number;
  /** From a record's timestamp to its commit. */
  readonly latency: UiLatency;
  readonly reasons: readonly UiReason[];
  readonly tasks: readonly UiTask[];
  /** Null if there are none. */
  readonly erasures: ErasuresNotDone | null;
}

/** A count and its reason. */
interface UiReason {
  readonly what: "rejected" | "suppressed" | "ignored" | "database";
  readonly reason: string;
  readonly count: number;
  /** The last record with this reason, as `topic-partition@offset`. */
  readonly last?: string;
}

/** What the page polls. */
export interface UiFacts {
  /** On the monotonic clock, milliseconds; the page computes rates from it. */
  readonly atMs: number;
  readonly version: string;
  readonly workerId: string;
  readonly health: Health;
  /** The longest first. */
  readonly troubles: readonly TroubleForm[];
  /** One sentence for each running task without progress. */
  readonly stuck: readonly string[];
  readonly connectors: readonly UiConnector[];
}

export interface UiSources {
  readonly herder: Pick<Herder, "names" | "info" | "status">;
  readonly metrics: Pick<MetricsRegistry, "samples">;
  readonly plugins: PluginRegistry;
  readonly erasures?: Pick<MissedErasures, "of">;
}

const reasonMetrics: Readonly<Record<string, UiReason["what"]>> = {
  "records-rejected": "rejected",
  "rows-suppressed": "suppressed",
  "records-ignored": "ignored",
  "database-outages": "database",
  "database-retries": "database",
};

/**
 * Returns all connectors of the process with states and numbers, without values of records.
 *
 * @example
 * ```ts
 * import { MetricsRegistry } from "../../metrics/registry.ts";
 * import { uiConnectors } from "./ui_facts.ts";
 * const herder = { names: () => [], info: () => fail(), status: () => fail() };
 * const fail = () => { throw new Error("nobody has a connector"); };
 * const plugins = { find: () => undefined, list: () => [], all: () => [] };
 * if (uiConnectors({ herder, metrics: new MetricsRegistry(), plugins }).length !== 0) throw new Error("none");
 * ```
 */
export function uiConnectors({ herder, metrics, plugins, erasures }: UiSources): readonly UiConnector[] {
  const byConnector = Map.groupBy(metrics.samples(), ({ labels }) => labels["connector"] ?? "");
  return herder.names().map((name) => {
    const { props: config } = wholeConfig(herder.info(name).config, plugins);
    return {
      topics: config["topics"] ?? config["topics.regex"] ?? "",
      table: config["table.name.format"] ?? "",
      erasures: erasuresNotDone(erasures, name) ?? null,
      ...connectorFacts(herder.status(name), new Numbers(byConnector.get(name) ?? [])),
    };
  });
}

function connectorFacts(
  { name, connector, tasks }: ConnectorStatus,
  numbers: Numbers,
): Omit<UiConnector, "topics" | "table" | "erasures"> {
  return {
    name,
    state: connector.state,
    failure: failureOf(connector.failure),
    lag: numbers.sum("partition-lag"),
    read: numbers.sum("sink-record-read-total"),
    sent: numbers.sum("sink-record-send-total"),
    rejected: numbers.sum("records-rejected"),
    latency: numbers.latency(),
    reasons: numbers.reasons().map((counted) => ({ ...counted, ...lastOf(counted, tasks) })),
    tasks: tasks.map((task) => taskFacts(task, numbers)),
  };
}

/** If several tasks rejected records by this rule, the one with the most has the last record. */
function lastOf({ what, reason }: UiReason, tasks: readonly TaskStatus[]): Pick<UiReason, "last"> {
  if (what !== "rejected") return {};
  const all = tasks.flatMap(({ rejected = [] }) => rejected).filter(({ rule }) => rule === reason);
  const [most] = all.sort((a, b) => b.count - a.count);
  if (most === undefined) return {};
  const { topic, partition, offset } = most.last;
  return { last: `${topic}-${partition}@${offset}` };
}

function taskFacts(
  { id, state, failure, restarts, troubles = [] }: TaskStatus,
  numbers: Numbers,
): UiTask {
  return {
    ...{ id, state, failure: failureOf(failure), restarts },
    partitions: numbers.sum("partition-count", id),
    lag: numbers.sum("partition-lag", id),
    waitsFor: troubles.map(({ what }) => what),
  };
}

function failureOf(failure: TaskStatus["failure"]): UiFailure | null {
  return failure === null ? null : { rule: failure.rule, reason: failure.reason };
}

class Numbers {
  readonly #samples: readonly Sample[];

  constructor(samples: readonly Sample[]) {
    this.#samples = samples;
  }

  sum(name: string, task?: number): number {
    return this.#named(name)
      .filter(({ labels }) => task === undefined || labels["task"] === String(task))
      .reduce((sum, { value }) => sum + value, 0);
  }

  latency(): UiLatency {
    const histograms = this.#named("record-commit-latency-seconds");
    const bounds = histograms[0]?.buckets?.map(({ bound }) => bound) ?? [];
    return {
      count: histograms.reduce((sum, { count = 0 }) => sum + count, 0),
      buckets: bounds.map((bound, index) => ({
        bound,
        count: histograms.reduce((sum, { buckets = [] }) => sum + (buckets[index]?.count ?? 0), 0),
      })),
    };
  }

  reasons(): readonly UiReason[] {
    return Object.entries(reasonMetrics).flatMap(([metric, what]) => {
      const counted = Map.groupBy(this.#named(metric), ({ labels }) => labels["reason"] ?? "");
      return Array.from(counted, ([reason, samples]) => ({
        ...{ what, reason },
        count: samples.reduce((sum, { value }) => sum + value, 0),
      }));
    }).sort((a, b) => b.count - a.count);
  }

  #named(name: string): readonly Sample[] {
    return this.#samples.filter((sample) => sample.name === name);
  }
}
