import type { ConnectorStatus, Trouble } from "../runtime/herder/herder.ts";

const waitsShownMax = 5;
const waitsListedMax = 100;

/** A trouble that several tasks may share. */
export interface SharedTrouble extends Trouble {
  /** `CONNECTOR-TASK`; empty if the worker itself has the trouble. */
  readonly tasks: readonly string[];
}

/** A trouble as JSON, in `/health` and for the page. */
export interface TroubleForm {
  readonly what: string;
  readonly where: string;
  readonly since: string;
  readonly reason: string;
  readonly tasks: readonly string[];
  readonly waits: readonly {
    readonly topic: string;
    readonly partition: number;
    readonly offset: number | string | null;
  }[];
  /** How many partitions aren't listed; absent if all are. */
  readonly waits_not_shown?: number;
}

/**
 * Returns a sentence about a trouble.
 *
 * @example
 * ```ts
 * import { troubleText } from "./troubles.ts";
 * const text = troubleText({
 *   what: "sink",
 *   where: "Database at db:5432/bank2 (connection.url)",
 *   sinceMs: 0,
 *   reason: "ECONNREFUSED",
 *   waits: [{ topic: "people", partition: 0, offset: 7n }],
 * });
 * if (!text.endsWith("is away since 1970-01-01T00:00:00Z: ECONNREFUSED; waits: people-0@7")) throw new Error(text);
 * ```
 */
export function troubleText({ where, sinceMs, reason, waits }: Trouble): string {
  const shown = waits.slice(0, waitsShownMax)
    .map(({ topic, partition, offset }) => `${topic}-${partition}${offset === null ? "" : `@${offset}`}`);
  const others = waits.length - shown.length;
  const more = others > 0 ? ` and ${others} more` : "";
  const places = shown.length === 0 ? "" : `; waits: ${shown.join(", ")}${more}`;
  return `${where} is away since ${timeText(sinceMs)}: ${reason}${places}`;
}

/** Returns the troubles of running connectors, the longest first. */
export function sharedTroubles(
  statuses: readonly ConnectorStatus[],
  ofWorker: readonly Trouble[] = [],
): readonly SharedTrouble[] {
  const all: SharedTrouble[] = ofWorker.map((trouble) => ({ ...trouble, tasks: [] }));
  for (const { name, connector, tasks } of statuses) {
    if (connector.state !== "RUNNING") continue;
    for (const { id, troubles = [] } of tasks) {
      for (const trouble of troubles) all.push({ ...trouble, tasks: [`${name}-${id}`] });
    }
  }
  const groups = Map.groupBy(all, ({ what, where }) => `${what} ${where}`);
  return [...groups.values()].flatMap(joined).sort((a, b) => a.sinceMs - b.sinceMs);
}

export function troubleForm({ what, where, sinceMs, reason, tasks, waits }: SharedTrouble): TroubleForm {
  const since = timeText(sinceMs);
  const places = waits.slice(0, waitsListedMax)
    .map((at) => ({ ...at, offset: at.offset === null ? null : jsonOffset(at.offset) }));
  const others = waits.length - places.length;
  return {
    what,
    where,
    since,
    reason,
    tasks,
    waits: places,
    ...others > 0 ? { waits_not_shown: others } : {},
  };
}

function joined(parts: readonly SharedTrouble[]): readonly SharedTrouble[] {
  const [first] = parts.toSorted((a, b) => a.sinceMs - b.sinceMs);
  if (first === undefined) return [];
  return [{
    ...first,
    tasks: parts.flatMap(({ tasks }) => tasks),
    waits: distinct(parts.flatMap(({ waits }) => waits)),
  }];
}

/** Connectors that read the same topics wait at the same offsets. */
function distinct(waits: Trouble["waits"]): Trouble["waits"] {
  return [
    ...new Map(waits.map((at) => [`${at.topic}-${at.partition}@${at.offset ?? ""}`, at])).values(),
  ];
}

function jsonOffset(offset: bigint): number | string {
  return offset <= Number.MAX_SAFE_INTEGER ? Number(offset) : String(offset);
}

function timeText(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}
