/** Polls Kafka for its cluster id: a worker without connectors has no other contact with it. @module */

import { safeText } from "../../connect/api/exceptions.ts";
import type { KafkaClients, Logger, Time } from "../../connect/api/ports.ts";
import type { Props } from "../../connect/api/sink_task.ts";
import type { Trouble } from "../../connect/runtime/herder/herder.ts";

/** Timeout of an answer and pause before the next attempt, in milliseconds. */
const answerMsMax = 2_000;
const askAgainMs = 1_000;
/** Milliseconds without an answer before it is reported. */
const silentMsMin = 3_000;

interface KafkaProbeOptions {
  readonly kafka: Pick<KafkaClients, "admin">;
  readonly settings: Props;
  readonly time: Time;
  readonly logger: Logger;
}

/** Watches Kafka until its first answer. */
export class KafkaProbe {
  readonly #options: KafkaProbeOptions;
  #clusterId: string | undefined;
  #askedMs: number | undefined;
  #reason = "no answer yet";

  constructor(options: KafkaProbeOptions) {
    this.#options = options;
  }

  /** Undefined before Kafka has answered. */
  get clusterId(): string | undefined {
    return this.#clusterId;
  }

  /** Reports that Kafka has never answered. */
  get troubles(): readonly Trouble[] {
    const { settings, time } = this.#options;
    if (this.#clusterId !== undefined || this.#askedMs === undefined) return [];
    const silentMs = time.monotonic() - this.#askedMs;
    if (silentMs < silentMsMin) return [];
    const where = `Kafka at ${settings["bootstrap.servers"] ?? "localhost:9092"} (bootstrap.servers)`;
    return [{ what: "kafka", where, sinceMs: time.now() - silentMs, reason: this.#reason, waits: [] }];
  }

  /** Polls until Kafka answers or the signal aborts. */
  async ask(signal: AbortSignal): Promise<void> {
    const { kafka, time, logger } = this.#options;
    this.#askedMs = time.monotonic();
    const admin = kafka.admin("sluice-control", { "default.api.timeout.ms": String(answerMsMax) });
    try {
      while (this.#clusterId === undefined && !signal.aborted) {
        this.#clusterId = await admin.clusterId().catch((error) => {
          this.#reason = safeText(error);
          return undefined;
        });
        if (this.#clusterId === undefined) await time.sleep(askAgainMs, signal);
      }
    } finally {
      await admin.close().catch((error) =>
        logger.debug("Cannot close a client", { reason: safeText(error) })
      );
    }
  }
}
