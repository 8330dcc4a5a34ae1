/** How connectors and their tasks are, in Connect's words. (`org.apache.kafka.connect.runtime.AbstractStatus`) @module */

import { ConfigException, JavaException, safeText } from "../../api/exceptions.ts";
import type { Props } from "../../api/sink_task.ts";
import { safeTrace } from "../../errors/java_trace.ts";
import type { Rejection } from "../../errors/rejected_records.ts";

/** States of a task; an outage leaves it RUNNING. */
export type TaskState = "UNASSIGNED" | "RUNNING" | "PAUSED" | "FAILED" | "RESTARTING" | "DESTROYED";

export type ConnectorState = TaskState | "STOPPED";

/** What a connector is meant to do. (`TargetState`) */
export type TargetState = "STARTED" | "PAUSED" | "STOPPED";

/** Why a task or connector failed, fit for everybody: no value of a record, no secret. */
export interface Failure {
  readonly reason: string;
  /** Class names and places in the code, in Java's form. */
  readonly trace: string;
  readonly rule: string | null;
  /** Whether a person must change a setting: then the reason says all, and places in the code don't help. */
  readonly isMistake: boolean;
}

/** What a task waits for: Kafka, a topic that isn't there, what its sink writes to, or the dead letter queue. */
export type TroubleKind = "kafka" | "topic" | "sink" | "dead_letters";

/** What keeps a task from getting on although it runs. */
export interface Trouble {
  /** Who doesn't answer. */
  readonly what: TroubleKind;
  /** Its address, and the option that has it. */
  readonly where: string;
  /** Milliseconds since 1970. */
  readonly sinceMs: number;
  /** One sentence, without a value of a record and without a secret. */
  readonly reason: string;
  /** Partitions that wait, each with the next offset to deliver; null while it isn't known. */
  readonly waits: readonly {
    readonly topic: string;
    readonly partition: number;
    readonly offset: bigint | null;
  }[];
}

/** A task as it is now. */
export interface TaskStatus {
  readonly id: number;
  readonly state: TaskState;
  /** `host:port` of the process it is in. */
  readonly workerId: string;
  /** Version of the connector; null before it has started. */
  readonly version: string | null;
  /** What it waits for; none while all is well. */
  readonly troubles?: readonly Trouble[];
  readonly rejected?: readonly Rejection[];
  /** Of the last failure; kept while a restart is waited for. */
  readonly failure: Failure | null;
  /** How often it was restarted by itself since it was made. */
  readonly restarts: number;
  /** How often its consumer was made anew because it gave nothing in spite of lag. */
  readonly consumerRebuilds: number;
}

export interface ConnectorInfo {
  readonly name: string;
  /** As a person wrote it, with `name`. */
  readonly config: Props;
  readonly taskIds: readonly number[];
}

export interface ConnectorStatus {
  readonly name: string;
  readonly type: "sink";
  /** How it is itself, apart from its tasks. */
  readonly connector: {
    readonly state: ConnectorState;
    readonly workerId: string;
    readonly version: string | null;
    readonly failure: Failure | null;
  };
  readonly tasks: readonly TaskStatus[];
}

/**
 * What may be told of anything thrown.
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
