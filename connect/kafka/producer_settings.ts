/** Java's producer properties that have a meaning in Sluice. @module */

import type { Logger } from "../api/ports.ts";
import type { Props } from "../api/sink_task.ts";
import { type ClientOptions, clientOptions } from "./wire/client_options.ts";
import { warnOfUnread } from "./consumer_settings.ts";
import { Settings } from "./wire/settings.ts";

/** All settings of a producer. (`org.apache.kafka.clients.producer.ProducerConfig`) */
export interface ProducerSettings {
  readonly client: ClientOptions;
  /** From `send` to success or failure, with all retries. */
  readonly deliveryTimeoutMs: number;
  /** `max.request.size`: a larger record isn't sent; null = Kafka's limit. */
  readonly recordBytesMax: number | null;
  /** Bytes of a batch; a larger record goes alone. */
  readonly batchBytesMax: number;
  readonly compression: "none" | "gzip" | "zstd";
}

// Sluice always uses acks=all, and its records are bytes already.
const settledNames = [
  "acks",
  "enable.idempotence",
  "retries",
  "max.in.flight.requests.per.connection",
] as const;
const requestBytesMax = 1024 * 1024;

/** Parses a producer's properties; warns of those without an effect. */
export function producerSettings(properties: Props, clientId: string, logger: Logger): ProducerSettings {
  const settings = new Settings(properties);
  const read: ProducerSettings = {
    client: clientOptions(settings, clientId),
    deliveryTimeoutMs: settings.integer("delivery.timeout.ms", 120_000, 1),
    recordBytesMax: settings.optional("max.request.size") === null
      ? null
      : settings.integer("max.request.size", requestBytesMax, 1),
    // Leaves room for the batch header below what a broker accepts by default.
    batchBytesMax: Math.floor(settings.integer("max.request.size", requestBytesMax, 1) / 2),
    compression: settings.choice("compression.type", "none", ["none", "gzip", "zstd"]),
  };
  for (const name of settledNames) settings.text(name, "");
  warnOfUnread(settings, logger, "producer");
  return read;
}
