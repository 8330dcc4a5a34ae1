import { ConfigException, JavaException, safeText } from "../../api/exceptions.ts";
import type { Props } from "../../api/sink_task.ts";
import { safeTrace } from "../../errors/java_trace.ts";
import type { Rejection } from "../../errors/rejected_records.ts";

/** States of a task, in Connect's words; during an outage a task stays RUNNING. (`AbstractStatus`) */
export type TaskState = "UNASSIGNED" | "RUNNING" | "PAUSED" | "FAILED" | "RESTARTING" | "DESTROYED";

export type ConnectorState = TaskState | "STOPPED";

/** State that a connector should have. (`TargetState`) */
export type TargetState = "STARTED" | "PAUSED" | "STOPPED";

/** Why a task or connector failed, without values of records or secrets. */
export interface Failure {
  readonly reason: string;
  /** Class names and places in the code, in Java's form. */
  readonly trace: string;
  readonly rule: string | null;
  /** An operator must change a setting; `reason` says which, the trace adds nothing. */
  readonly isMistake: boolean;
}

/** What a task waits for: Kafka, a missing topic, the sink's destination, or the dead letter queue. */
export type TroubleKind = "kafka" | "topic" | "sink" | "dead_letters";

/** What keeps a running task from progress. */
export interface Trouble {
  readonly what: TroubleKind;
  /** Address, and the option that has it. */
  readonly where: string;
  /** Milliseconds since 1970. */
  readonly sinceMs: number;
  /** One sentence, without values of records or secrets. */
  readonly reason: string;
  /** Waiting partitions, each with the next offset to deliver; null if it is unknown. */
  readonly waits: readonly {
    readonly topic: string;
    readonly partition: number;
    readonly offset: bigint | null;
  }[];
}

export interface TaskStatus {
  readonly id: number;
  readonly state: TaskState;
  /** `host:port` of its process. */
  readonly workerId: string;
  /** Version of the connector; null before its start. */
  readonly version: string | null;
  /** Absent if there are none. */
  readonly troubles?: readonly Trouble[];
  readonly rejected?: readonly Rejection[];
  /** The last failure, also while a restart is due. */
  readonly failure: Failure | null;
  /** Automatic restarts since the task was created. */
  readonly restarts: number;
  /** How often a stalled consumer was replaced. */
  readonly consumerRebuilds: number;
}

export interface ConnectorInfo {
  readonly name: string;
  /** As written, with `name`. */
  readonly config: Props;
  readonly taskIds: readonly number[];
}

export interface ConnectorStatus {
  readonly name: string;
  readonly type: "sink";
  readonly connector: {
    readonly state: ConnectorState;
    readonly workerId: string;
    readonly version: string | null;
    readonly failure: Failure | null;
  };
  readonly tasks: readonly TaskStatus[];
}

/**
 * Returns the failure to show for an error.
 *
 * @example
 * ```ts
 * import { failureOf } from "./task_status.ts";
 * const failure = failureOf(new Error("duplicate key (phone)=(+5511999990000)"));
 * if (JSON.stringify(failure).includes("+55")) throw new Error("a foreign text is never shown");
 * ```
 */
export function failureOf(error: unknown): Failure {
  return {
    reason: safeText(error),
    trace: safeTrace(error),
    rule: error instanceof JavaException ? error.rule ?? null : null,
    isMistake: error instanceof ConfigException,
  };
}
