/** Log levels by logger, changeable at runtime. (`org.apache.kafka.connect.runtime.Loggers`) @module */

import type { Time } from "../../connect/api/ports.ts";
import type { LoggerControl, LoggerLevel } from "../../connect/rest/logger_routes.ts";

/** Loggers that exist from the start, with the names of the Connect classes they correspond to. */
export const knownLoggers = {
  kafka: "org.apache.kafka.clients",
  rest: "org.apache.kafka.connect.runtime.rest",
  herder: "org.apache.kafka.connect.runtime.Herder",
  task: "org.apache.kafka.connect.runtime.WorkerSinkTask",
} as const;

const rootName = "root";

/** From the most verbose to off, in log4j's order. */
const levels = ["ALL", "TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL", "OFF"] as const;
type Level = typeof levels[number];

/** Maximum number of loggers that operators can add. */
const loggersMax = 1_000;

interface Entry {
  readonly level: Level;
  readonly modifiedMs: number | null;
}

/**
 * Keeps the level of each logger.
 *
 * @example
 * ```ts
 * import { LogLevels } from "./log_levels.ts";
 * import { systemTime } from "./system_time.ts";
 * const levels = new LogLevels("info", systemTime);
 * levels.set("org.apache.kafka", "debug");
 * if (!levels.says("DEBUG", ["org.apache.kafka.clients"])) throw new Error("a level applies to the loggers below");
 * if (levels.says("DEBUG", ["sluice"])) throw new Error("other loggers keep their level");
 * ```
 */
export class LogLevels implements LoggerControl {
  readonly #time: Time;
  readonly #entries = new Map<string, Entry>();

  constructor(rootLevel: string, time: Time) {
    this.#time = time;
    const level = levelOf(rootLevel) ?? "INFO";
    for (const name of [rootName, ...Object.values(knownLoggers)]) {
      this.#entries.set(name, { level, modifiedMs: null });
    }
  }

  /** Returns whether a logger with these names logs at this level; the first name with a level decides. */
  says(level: Level, names: readonly string[]): boolean {
    const wanted = names.map((name) => this.#entryOf(name)).find((entry) => entry !== undefined) ??
      this.#entries.get(rootName);
    return wanted === undefined || levels.indexOf(level) >= levels.indexOf(wanted.level);
  }

  list(): Readonly<Record<string, LoggerLevel>> {
    const names = [...this.#entries.keys()].sort();
    return Object.fromEntries(names.flatMap((name) => {
      const level = this.get(name);
      return level === undefined ? [] : [[name, level] as const];
    }));
  }

  get(name: string): LoggerLevel | undefined {
    const entry = this.#entries.get(name);
    return entry === undefined ? undefined : { level: entry.level, last_modified: entry.modifiedMs };
  }

  set(name: string, given: string): readonly string[] | undefined {
    const level = levelOf(given);
    if (level === undefined) return undefined;
    const isBelow = (known: string) => name === rootName || known === name || known.startsWith(`${name}.`);
    const affected = [...new Set([...this.#entries.keys(), name])].filter(isBelow);
    const changed = affected.filter((known) => this.#entries.get(known)?.level !== level);
    for (const known of changed) {
      if (!this.#entries.has(known) && this.#entries.size >= loggersMax) continue;
      this.#entries.set(known, { level, modifiedMs: this.#time.now() });
    }
    return changed.sort();
  }

  #entryOf(name: string): Entry | undefined {
    for (let part = name; part !== ""; part = part.slice(0, Math.max(0, part.lastIndexOf(".")))) {
      const entry = this.#entries.get(part);
      if (entry !== undefined) return entry;
    }
    return undefined;
  }
}

function levelOf(text: string): Level | undefined {
  return levels.find((level) => level === text.toUpperCase());
}
