/**
 * The framework's exceptions. The class decides what happens; the text is for people.
 *
 * Every exception carries two texts. `message` names options, fields, rules and offsets and never holds a customer's
 * value: logs, status and metrics show it. `connectText` is the exact text of Kafka Connect's own class, which can
 * quote the value; only `dry-run` and the raw dead letter form show it.
 *
 * @module
 */

/** What an exception can carry besides its message. */
export interface ExceptionDetail {
  /** The error that caused this one. */
  readonly cause?: unknown;
  /** Connect's exact text if it differs from the message; it may hold values. */
  readonly connectText?: string;
  /** A stable short name for metrics and dead letters, for example `phone_missing`. */
  readonly rule?: string;
  /** The field that broke the rule. */
  readonly field?: string;
  /** True if the JVM makes the text, so tests don't compare it. */
  readonly jvmMessage?: boolean;
}

/** Base of the exceptions that stand for Java classes of Kafka or the JVM. */
export abstract class JavaException extends Error {
  /** Full Java class name, as `exception.class.name` shows it. */
  abstract readonly javaClass: string;
  /** Kafka Connect's exact text, which may hold a record's values. */
  readonly connectText: string;
  /** Code of the broken rule, for metrics. */
  readonly rule: string | undefined;
  /** The field that broke the rule. */
  readonly field: string | undefined;
  /** Whether the JVM makes the text, so tests don't compare it. */
  readonly jvmMessage: boolean;

  /** Takes a message without a record's values and without secrets. */
  constructor(message: string, detail: ExceptionDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = new.target.name;
    this.connectText = detail.connectText ?? message;
    this.rule = detail.rule;
    this.field = detail.field;
    this.jvmMessage = detail.jvmMessage ?? false;
  }
}

/**
 * Stops the task: neither a retry nor skipping the record would help.
 * (`org.apache.kafka.connect.errors.ConnectException`)
 *
 * @example
 * ```ts
 * import { ConnectException, RetriableException } from "./exceptions.ts";
 * const outage = new RetriableException("Cannot write to the database: connection refused");
 * if (!(outage instanceof ConnectException)) throw new Error("a retriable exception is a Connect exception");
 * ```
 */
export class ConnectException extends JavaException {
  /** Full name of the class in Java. */
  readonly javaClass: string = "org.apache.kafka.connect.errors.ConnectException";
}

/** Thrown by `put`: the framework keeps the batch and delivers the same records again. */
export class RetriableException extends ConnectException {
  /** Full name of the class in Java. */
  override readonly javaClass: string = "org.apache.kafka.connect.errors.RetriableException";
}

/** The record is bad; `errors.tolerance` decides whether the task continues without it. */
export class DataException extends ConnectException {
  /** Full name of the class in Java. */
  override readonly javaClass: string = "org.apache.kafka.connect.errors.DataException";
}

/** A schema can't be built or changed as requested. */
export class SchemaBuilderException extends DataException {
  /** Full name of the class in Java. */
  override readonly javaClass: string = "org.apache.kafka.connect.errors.SchemaBuilderException";
}

/** The named connector or task does not exist. */
export class NotFoundException extends ConnectException {
  /** Full name of the class in Java. */
  override readonly javaClass: string = "org.apache.kafka.connect.errors.NotFoundException";
}

/** Bytes can't be deserialized, or data can't be serialized. */
export class SerializationException extends JavaException {
  /** Full name of the class in Java. */
  readonly javaClass: string = "org.apache.kafka.common.errors.SerializationException";
}

/** The operator must change an option. (`org.apache.kafka.common.config.ConfigException`) */
export class ConfigException extends JavaException {
  /** Full name of the class in Java. */
  readonly javaClass: string = "org.apache.kafka.common.config.ConfigException";
}

/** An exception of the JVM that Connect lets through, named by its class. */
export class JvmException extends JavaException {
  /** Full name of the class in Java. */
  readonly javaClass: string;
  /** Takes a message without a record's values and without secrets. */
  constructor(javaClass: JvmExceptionClass, message: string, detail: ExceptionDetail = {}) {
    super(message, detail);
    this.javaClass = javaClass;
  }
}

/** JVM exceptions that transformations and converters throw. */
export type JvmExceptionClass =
  | "java.lang.NullPointerException"
  | "java.lang.IllegalArgumentException"
  | "java.lang.NumberFormatException"
  | "java.lang.IndexOutOfBoundsException"
  | "java.lang.ArithmeticException"
  | "java.lang.ArrayIndexOutOfBoundsException"
  | "java.lang.ClassCastException"
  | "java.lang.UnsupportedOperationException"
  | "java.lang.IllegalStateException"
  | "java.lang.StackOverflowError"
  | "java.text.ParseException"
  | "java.time.DateTimeException"
  | "java.util.regex.PatternSyntaxException"
  | "java.nio.charset.UnsupportedCharsetException"
  | "com.fasterxml.jackson.databind.exc.InvalidFormatException";

/** Returns the Java class name of anything thrown; for errors that aren't Sluice's, RuntimeException. */
export function javaClassOf(thrown: unknown): string {
  return thrown instanceof JavaException ? thrown.javaClass : "java.lang.RuntimeException";
}

/**
 * Returns a text of anything thrown that holds no customer value: the message of Sluice's own exceptions, only the
 * class name of other errors, because a driver's text can quote a row.
 */
export function safeText(thrown: unknown): string {
  if (thrown instanceof JavaException) return thrown.message;
  if (!(thrown instanceof Error)) return "Unexpected failure";
  return `Unexpected ${className.test(thrown.name) ? thrown.name : "Error"}`;
}

/** An error's name can be any text: only a text that looks like a class name is shown. */
const className = /^[A-Z][A-Za-z0-9]{0,63}$/;
