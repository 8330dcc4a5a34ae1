/** Tells the log what is away: when it begins, once a minute, and when it's over. @module */

import type { Logger, Time } from "../api/ports.ts";
import { type SharedTrouble, troubleText } from "./troubles.ts";

/** How often a trouble that goes on is told again, milliseconds. */
const tellEveryMs = 60_000;

interface Told {
  readonly trouble: SharedTrouble;
  /** When it was first seen and last told, on the monotonic clock. */
  readonly fromMs: number;
  readonly atMs: number;
}

/**
 * Remembers what it has told.
 *
 * @example
 * ```ts
 * import { TroubleLog } from "./trouble_log.ts";
 * const lines: string[] = [];
 * const tell = (line: string) => void lines.push(line);
 * const logger = { debug: tell, info: tell, warn: tell, error: tell, with: () => logger };
 * const log = new TroubleLog({ now: () => 5_000, monotonic: () => 0, sleep: () => Promise.resolve() }, logger);
 * const where = "Kafka at a:9092 (bootstrap.servers)";
 * log.look([{ what: "kafka", where, sinceMs: 0, reason: "ECONNREFUSED", waits: [], tasks: ["people-0"] }]);
 * log.look([]);
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

  /** What is wrong now. */
  look(troubles: readonly SharedTrouble[]): void {
    const now = this.#time.monotonic();
    const present = new Set(troubles.map(keyOf));
    for (const [key, { trouble }] of this.#told) {
      if (present.has(key)) continue;
      this.#told.delete(key);
      const forS = Math.round((this.#time.now() - trouble.sinceMs) / 1_000);
      this.#logger.info(`${trouble.where} is back after ${forS} s`, fieldsOf(trouble));
    }
    for (const trouble of troubles) {
      const told = this.#told.get(keyOf(trouble));
      const isDue = told === undefined || now - told.atMs >= tellEveryMs;
      if (isDue) this.#logger.warn(troubleText(trouble), fieldsOf(trouble));
      this.#told.set(keyOf(trouble), { trouble, fromMs: told?.fromMs ?? now, atMs: isDue ? now : told.atMs });
    }
  }

  /** Troubles that have been seen for longer than so many milliseconds: a connector that was paused begins anew. */
  longerThan(ms: number): readonly SharedTrouble[] {
    const now = this.#time.monotonic();
    return [...this.#told.values()].filter(({ fromMs }) => now - fromMs > ms).map(({ trouble }) => trouble);
  }
}

function keyOf({ what, where }: SharedTrouble): string {
  return `${what} ${where}`;
}

/** Most tasks that a line names. */
const tasksMax = 20;

function fieldsOf({ what, tasks }: SharedTrouble) {
  const others = tasks.length - tasksMax;
  const shown = tasks.slice(0, tasksMax).join(" ");
  return { what, tasks: others > 0 ? `${shown} and ${others} more` : shown };
}
