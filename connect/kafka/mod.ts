/**
 * Kafka for the rest of Sluice: consumers, producers and admins behind the ports of connect/api.
 *
 * @module
 */

import type { ConsumerOptions, KafkaClients, Logger, Time } from "../api/ports.ts";
import type { Props } from "../api/sink_task.ts";
import { KafkaAdmin } from "./admin.ts";
import { Cluster } from "./cluster.ts";
import { type ClientOptions, clientOptions } from "./client_options.ts";
import { consumerSettings, warnOfUnread } from "./consumer_settings.ts";
import { FramePool } from "./frame_pool.ts";
import { kafkajsLogger } from "./log.ts";
import { PollingConsumer } from "./polling_consumer.ts";
import { BatchingProducer } from "./producer.ts";
import { producerSettings } from "./producer_settings.ts";
import { repairRequestQueue } from "./request_queue_repair.ts";
import { Settings } from "./settings.ts";

/** What the clients need from outside. */
export interface KafkaServices {
  readonly time: Time;
  readonly logger: Logger;
}

/**
 * Makes the clients of a worker.
 *
 * @param worker the worker's properties. Clients take `bootstrap.servers`, `security.*`, `sasl.*` and `ssl.*` from
 * it, then what it sets for their kind (`consumer.*`, `producer.*`, `admin.*`), then their own overrides.
 * @throws ConfigException, when a client is made, for a property with a bad value.
 * @example
 * ```ts
 * import type { Logger, Time } from "../api/ports.ts";
 * import { createKafkaClients } from "./mod.ts";
 *
 * const time: Time = { now: () => 0, monotonic: () => 0, sleep: () => Promise.resolve() };
 * const ignore = () => {};
 * const logger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore, with: () => logger };
 * const clients = createKafkaClients({ "bootstrap.servers": "127.0.0.1:9092" }, { time, logger });
 * const consumer = clients.consumer({ groupId: "connect-telesales", clientId: "telesales-0", overrides: {} });
 * if (consumer.assignment().length !== 0) throw new Error("nothing is assigned before the first poll");
 * ```
 */
export function createKafkaClients(worker: Props, services: KafkaServices): KafkaClients {
  repairRequestQueue((ms) => services.time.sleep(ms));
  return {
    consumer: (options: ConsumerOptions) => {
      const logger = services.logger.with({ client: options.clientId });
      const settings = consumerSettings(propertiesFor("consumer.", worker), options, logger);
      const frames = new FramePool(pooledBudgets * settings.fetch.bufferedBytesMax);
      const cluster = newCluster(settings.client, { ...services, logger }, frames);
      return new PollingConsumer({ settings, cluster, frames, time: services.time, logger });
    },
    producer: (clientId, overrides) => {
      const logger = services.logger.with({ client: clientId });
      const properties = { ...propertiesFor("producer.", worker), ...overrides };
      const settings = producerSettings(properties, clientId, logger);
      const cluster = newCluster(settings.client, { ...services, logger });
      return new BatchingProducer({ settings, cluster, time: services.time });
    },
    admin: (clientId, overrides) => {
      const logger = services.logger.with({ client: clientId });
      const settings = new Settings({ ...propertiesFor("admin.", worker), ...overrides });
      const options = clientOptions(settings, clientId);
      const timeoutMs = settings.integer("default.api.timeout.ms", 60_000, 1);
      warnOfUnread(settings, logger, "admin");
      return new KafkaAdmin({
        cluster: newCluster(options, { ...services, logger }),
        time: services.time,
        options,
        timeoutMs,
      });
    },
  };
}

function newCluster(
  options: ClientOptions,
  { time, logger }: KafkaServices,
  frames = new FramePool(0),
): Cluster {
  return new Cluster({ options, time, rawLogger: kafkajsLogger(logger), frames });
}

/** What is handed out at a time comes back at once: memory for that much is kept. */
const pooledBudgets = 3;

const shared = /^(bootstrap\.servers|(security|sasl|ssl)\..*)$/;

/** What a worker's properties say to one kind of client. */
export function propertiesFor(prefix: string, worker: Props): Props {
  const common = Object.entries(worker).filter(([name]) => shared.test(name));
  const own = Object.entries(worker).filter(([name]) => name.startsWith(prefix))
    .map(([name, value]) => [name.slice(prefix.length), value] as const);
  return Object.fromEntries([...common, ...own]);
}
