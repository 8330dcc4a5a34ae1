import type { LogFields, Logger } from "../../../connect/api/ports.ts";

interface LogLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
  readonly fields: LogFields;
}

/**
 * A logger that keeps every line.
 *
 * @example
 * ```ts
 * import { FakeLogger } from "./fake_logger.ts";
 * const logger = new FakeLogger();
 * logger.with({ task: 0 }).warn("slow", { ms: 5 });
 * if (logger.text() !== 'warn slow {"task":0,"ms":5}') throw new Error(logger.text());
 * ```
 */
export class FakeLogger implements Logger {
  constructor(readonly lines: LogLine[] = [], private readonly fields: LogFields = {}) {}

  debug(message: string, fields: LogFields = {}): void {
    this.#add("debug", message, fields);
  }
  info(message: string, fields: LogFields = {}): void {
    this.#add("info", message, fields);
  }
  warn(message: string, fields: LogFields = {}): void {
    this.#add("warn", message, fields);
  }
  error(message: string, fields: LogFields = {}): void {
    this.#add("error", message, fields);
  }
  with(fields: LogFields): FakeLogger {
    return new FakeLogger(this.lines, { ...this.fields, ...fields });
  }

  /** Returns all lines, for searching. */
  text(): string {
    const plain = (_: string, value: unknown) => typeof value === "bigint" ? String(value) : value;
    return this.lines.map(({ level, message, fields }) =>
      `${level} ${message} ${JSON.stringify(fields, plain)}`
    )
      .join("\n");
  }

  #add(level: LogLine["level"], message: string, fields: LogFields): void {
    this.lines.push({ level, message, fields: { ...this.fields, ...fields } });
  }
}
