/**
 * The exceptions of the framework: the class decides what happens, the text is for people.
 *
 * Every exception carries two texts. `message` names options, fields, rules and coordinates and never holds a
 * customer's value: it is what logs, status and metrics show. `connectText` is the exact text of Kafka
 * Connect's own class, which sometimes quotes the value; only `dry-run` and the raw dead letter form show it.
 *
 * @module
 */

/** What an exception may carry besides its safe text. */
export interface ExceptionDetail {
  /** What it came from. */
  readonly cause?: unknown;
  /** Connect's exact text where it differs from the safe one, possibly with values. */
  readonly connectText?: string;
  /** A stable short name for counters and dead letters, for example `phone_missing`. */
  readonly rule?: string;
  /** The field the rule is about, as the contract names it. */
  readonly field?: string;
  /** True where Connect's text is made by the JVM itself and nobody should compare it. */
  readonly jvmMessage?: boolean;
}

/** Base of everything that stands for a Java exception of Kafka or the JVM. */
export abstract class JavaException extends Error {
  /** Full Java class name, as Connect reports it in `exception.class.name`. */
  abstract readonly javaClass: string;
  /** Kafka Connect's exact text, which may hold values of a record. */
  readonly connectText: string;
  /** Code of the rule that was broken, fit for metrics. */
  readonly rule: string | undefined;
  /** Field that broke it. */
  readonly field: string | undefined;
  /** Whether the text is the JVM's own, which no test compares. */
  readonly jvmMessage: boolean;

  /** With a message that is fit for everybody: no value of a record, no secret. */
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
 * Stops the task: nothing says that trying again or skipping the record would help.
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

/** Thrown by `put`: keep the batch and deliver the same records again. */
export class RetriableException extends ConnectException {
  /** Full name of the class in Java. */
  override readonly javaClass: string = "org.apache.kafka.connect.errors.RetriableException";
}

/** This record is bad; `errors.tolerance` decides whether the task goes on without it. */
export class DataException extends ConnectException {
  /** Full name of the class in Java. */
  override readonly javaClass: string = "org.apache.kafka.connect.errors.DataException";
}

/** A schema cannot be built or changed as asked. */
export class SchemaBuilderException extends DataException {
  /** Full name of the class in Java. */
  override readonly javaClass: string = "org.apache.kafka.connect.errors.SchemaBuilderException";
}

/** The named connector or task does not exist. */
export class NotFoundException extends ConnectException {
  /** Full name of the class in Java. */
  override readonly javaClass: string = "org.apache.kafka.connect.errors.NotFoundException";
}

/** Bytes could not be turned into data or back. */
export class SerializationException extends JavaException {
  /** Full name of the class in Java. */
  readonly javaClass: string = "org.apache.kafka.common.errors.SerializationException";
}

/** A person must change a setting. (`org.apache.kafka.common.config.ConfigException`) */
export class ConfigException extends JavaException {
  /** Full name of the class in Java. */
  readonly javaClass: string = "org.apache.kafka.common.config.ConfigException";
}

/** An exception of the JVM itself that Connect lets through, named by its class. */
export class JvmException extends JavaException {
  /** Full name of the class in Java. */
  readonly javaClass: string;
  /** With a message that is fit for everybody: no value of a record, no secret. */
  constructor(javaClass: JvmExceptionClass, message: string, detail: ExceptionDetail = {}) {
    super(message, detail);
    this.javaClass = javaClass;
  }
}

/** The JVM's exceptions that transforms and converters are known to end with. */
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

/** The Java class name of anything thrown; what is not ours is a plain RuntimeException. */
export function javaClassOf(thrown: unknown): string {
  return thrown instanceof JavaException ? thrown.javaClass : "java.lang.RuntimeException";
}

/**
 * The text of anything thrown that may be shown to everybody: our own safe text, or only the class of what
 * came from elsewhere, because a driver's text can quote a row.
 */
export function safeText(thrown: unknown): string {
  if (thrown instanceof JavaException) return thrown.message;
  if (!(thrown instanceof Error)) return "Unexpected failure";
  return `Unexpected ${className.test(thrown.name) ? thrown.name : "Error"}`;
}

/** An error's name can be set to anything: only what looks like one is taken for the name of a class. */
const className = /^[A-Z][A-Za-z0-9]{0,63}$/;
