/**
 * Java's producer properties, as far as they mean something here.
 *
 * @module
 */

import type { Logger } from "../api/ports.ts";
import type { Props } from "../api/sink_task.ts";
import { type ClientOptions, clientOptions } from "./wire/client_options.ts";
import { warnOfUnread } from "./consumer_settings.ts";
import { Settings } from "./wire/settings.ts";

/** Everything a producer is set up by. (`org.apache.kafka.clients.producer.ProducerConfig`) */
export interface ProducerSettings {
  readonly client: ClientOptions;
  /** From `send` to success or failure, with all attempts. */
  readonly deliveryTimeoutMs: number;
  /** `max.request.size`: a larger record isn't sent; null = what Kafka takes. */
  readonly recordBytesMax: number | null;
  /** Records of one batch together; a larger record goes alone. */
  readonly batchBytesMax: number;
  readonly compression: "none" | "gzip" | "zstd";
}

// Sluice always waits for all replicas, and its records bring their bytes.
const settledNames = [
  "acks",
  "enable.idempotence",
  "retries",
  "max.in.flight.requests.per.connection",
] as const;
const requestBytesMax = 1024 * 1024;

/** Reads a producer's properties; those without an effect here are named in a warning. */
export function producerSettings(properties: Props, clientId: string, logger: Logger): ProducerSettings {
  const settings = new Settings(properties);
  const read: ProducerSettings = {
    client: clientOptions(settings, clientId),
    deliveryTimeoutMs: settings.integer("delivery.timeout.ms", 120_000, 1),
    recordBytesMax: settings.optional("max.request.size") === null
      ? null
      : settings.integer("max.request.size", requestBytesMax, 1),
    // Room for the batch's own header below what a broker takes by default.
    batchBytesMax: Math.floor(settings.integer("max.request.size", requestBytesMax, 1) / 2),
    compression: settings.choice("compression.type", "none", ["none", "gzip", "zstd"]),
  };
  for (const name of settledNames) settings.text(name, "");
  warnOfUnread(settings, logger, "producer");
  return read;
}
