import type { Logger, Time } from "../api/ports.ts";
import type { ConnectorStatus, TaskStatus } from "../runtime/herder/herder.ts";
import { type SharedTrouble, troubleText } from "./troubles.ts";

/** How often an ongoing trouble is logged, milliseconds. */
const tellEveryMs = 60_000;

interface Told {
  readonly trouble: SharedTrouble;
  /** Began, first seen and last logged, on the monotonic clock: the system clock can be set meanwhile. */
  readonly beganMs: number;
  readonly fromMs: number;
  readonly atMs: number;
  /** False while its tasks restart: whether the trouble lasts is unknown then. */
  readonly isPresent: boolean;
}

/**
 * Logs each trouble: at its begin, once a minute, and at its end.
 *
 * @example
 * ```ts
 * import { TroubleLog } from "./trouble_log.ts";
 * const lines: string[] = [];
 * const tell = (line: string) => void lines.push(line);
 * const logger = { debug: tell, info: tell, warn: tell, error: tell, with: () => logger };
 * const log = new TroubleLog({ now: () => 5_000, monotonic: () => 0, sleep: () => Promise.resolve() }, logger);
 * const where = "Kafka at a:9092 (bootstrap.servers)";
 * log.look([{ what: "kafka", where, sinceMs: 0, reason: "ECONNREFUSED", waits: [], tasks: [] }], []);
 * log.look([], []);
 * if (lines[1] !== `${where} is back after 5 s`) throw new Error(lines.join());
 * ```
 */
export class TroubleLog {
  readonly #time: Time;
  readonly #logger: Logger;
  readonly #told = new Map<string, Told>();

  constructor(time: Time, logger: Logger) {
    this.#time = time;
    this.#logger = logger;
  }

  /** Takes the current troubles and states. A trouble has ended well only if one of its tasks runs. */
  look(troubles: readonly SharedTrouble[], statuses: readonly ConnectorStatus[]): void {
    const now = this.#time.monotonic();
    const present = new Set(troubles.map(keyOf));
    const states = statesOf(statuses);
    for (const [key, told] of this.#told) {
      if (!present.has(key)) this.#ended(key, told, states);
    }
    for (const trouble of troubles) {
      const told = this.#told.get(keyOf(trouble));
      const isDue = told === undefined || now - told.atMs >= tellEveryMs;
      if (isDue) this.#logger.warn(troubleText(trouble), fieldsOf(trouble));
      this.#told.set(keyOf(trouble), {
        trouble,
        beganMs: told?.beganMs ?? now - (this.#time.now() - trouble.sinceMs),
        fromMs: told?.fromMs ?? now,
        atMs: isDue ? now : told.atMs,
        isPresent: true,
      });
    }
  }

  #ended(key: string, told: Told, states: ReadonlyMap<string, TaskStatus["state"]>): void {
    const { trouble, beganMs } = told;
    const { where, tasks } = trouble;
    const now = tasks.map((task) => states.get(task)).filter((state) => state !== undefined);
    const isBack = tasks.length === 0 || now.includes("RUNNING");
    if (!isBack && now.length > 0) {
      this.#told.set(key, { ...told, isPresent: false });
      return;
    }
    this.#told.delete(key);
    const forS = Math.round((this.#time.monotonic() - beganMs) / 1_000);
    const text = isBack
      ? `${where} is back after ${forS} s`
      : `${where} was away for ${forS} s or more, and no task waits for it any more`;
    this.#logger.info(text, fieldsOf(trouble));
  }

  /** Returns the troubles seen for longer than `ms` milliseconds; pausing a connector restarts the count. */
  longerThan(ms: number): readonly SharedTrouble[] {
    const now = this.#time.monotonic();
    return [...this.#told.values()].filter(({ fromMs, isPresent }) => isPresent && now - fromMs > ms)
      .map(({ trouble }) => trouble);
  }
}

/** States of the tasks of running connectors, failed ones left out. */
function statesOf(statuses: readonly ConnectorStatus[]): ReadonlyMap<string, TaskStatus["state"]> {
  const running = statuses.filter(({ connector }) => connector.state === "RUNNING");
  return new Map(
    running.flatMap(({ name, tasks }) =>
      tasks.filter(({ state }) => state !== "FAILED").map(({ id, state }) =>
        [`${name}-${id}`, state] as const
      )
    ),
  );
}

function keyOf({ what, where }: SharedTrouble): string {
  return `${what} ${where}`;
}

const tasksMax = 20;

function fieldsOf({ what, tasks }: SharedTrouble) {
  const others = tasks.length - tasksMax;
  const shown = tasks.slice(0, tasksMax).join(" ");
  return { what, tasks: others > 0 ? `${shown} and ${others} more` : shown };
}
