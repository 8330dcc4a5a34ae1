/** Kafka consumers, producers and admin clients behind the ports of connect/api. @module */

import type { ConsumerOptions, CurrentProperties, KafkaClients, Logger, Time } from "../api/ports.ts";
import { ConfigException } from "../api/exceptions.ts";
import type { Props } from "../api/sink_task.ts";
import { KafkaAdmin } from "./admin.ts";
import { Cluster } from "./wire/cluster.ts";
import { clientProblem } from "./client_problems.ts";
import { type ClientOptions, clientOptions } from "./wire/client_options.ts";
import { consumerSettings, warnOfUnread } from "./consumer_settings.ts";
import { FramePool } from "./wire/frame_pool.ts";
import { LargeBatches } from "./batches/large_batches.ts";
import { kafkajsLogger, repairRequestQueue } from "./wire/kafkajs_internals.ts";
import { PartitionReader } from "./fetch/partition_reader.ts";
import { PollingConsumer } from "./polling_consumer.ts";
import { BatchingProducer } from "./producer.ts";
import { producerSettings } from "./producer_settings.ts";
import { ClientSecurity } from "./security/client_security.ts";
import { securitySettings } from "./security/security_settings.ts";
import { Settings } from "./wire/settings.ts";

interface KafkaServices {
  readonly time: Time;
  readonly logger: Logger;
  /** Resolves the worker's properties anew for each connection; absent = they never change. */
  readonly currentWorker?: CurrentProperties;
}

/**
 * Creates the clients of a worker.
 *
 * @param worker the worker's properties. Clients take `bootstrap.servers`, `security.*`, `sasl.*` and `ssl.*` from
 * them, then those for their kind (`consumer.*`, `producer.*`, `admin.*`), then their own overrides.
 * @throws ConfigException for a bad property of the worker; creating a client throws for a bad property of its own
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
  checkWorker(worker);
  repairRequestQueue((ms) => services.time.sleep(ms));
  const largeBatches = new LargeBatches(services.time);
  const propertiesNow = (prefix: string, overrides: Props, current?: CurrentProperties) => async () => ({
    ...propertiesFor(prefix, await services.currentWorker?.() ?? worker),
    ...await current?.() ?? overrides,
  });
  return {
    consumer: (options: ConsumerOptions) => {
      const logger = services.logger.with({ client: options.clientId });
      const settings = consumerSettings(propertiesFor("consumer.", worker), options, logger);
      const frames = new FramePool(pooledBudgets * settings.fetch.bufferedBytesMax);
      const current = propertiesNow("consumer.", options.overrides, options.current);
      const cluster = newCluster(settings.client, { ...services, logger, current }, frames);
      return new PollingConsumer({ settings, cluster, frames, largeBatches, time: services.time, logger });
    },
    producer: (clientId, overrides, currentOverrides) => {
      const logger = services.logger.with({ client: clientId });
      const properties = { ...propertiesFor("producer.", worker), ...overrides };
      const settings = producerSettings(properties, clientId, logger);
      const current = propertiesNow("producer.", overrides, currentOverrides);
      const cluster = newCluster(settings.client, { ...services, logger, current });
      return new BatchingProducer({ settings, cluster, time: services.time });
    },
    admin: (clientId, overrides, currentOverrides) => {
      const logger = services.logger.with({ client: clientId });
      const settings = new Settings({ ...propertiesFor("admin.", worker), ...overrides });
      const options = clientOptions(settings, clientId);
      const timeoutMs = settings.integer("default.api.timeout.ms", 60_000, 1);
      warnOfUnread(settings, logger, "admin");
      const current = propertiesNow("admin.", overrides, currentOverrides);
      return new KafkaAdmin({
        cluster: newCluster(options, { ...services, logger, current }),
        time: services.time,
        options,
        timeoutMs,
      });
    },
  };
}

/** As in Connect, bad client properties of the worker fail its start, not the first connector's. */
function checkWorker(worker: Props): void {
  for (const kind of ["admin", "consumer", "producer"] as const) {
    const problem = clientProblem(kind, propertiesFor(`${kind}.`, worker));
    if (problem === undefined) continue;
    throw new ConfigException(`Cannot use the worker's settings: ${problem}`);
  }
}

/** Bytes per fetch of a partition reader. */
const readerBytesMax = 1024 * 1024;
/** Limits of a record that a partition reader returns; the connector's own limits decide later. */
const readerLimits = { bytesMax: 64 * 1024 * 1024, headersMax: 100_000 } as const;

/**
 * Creates a reader of partitions that joins no group and commits nothing.
 *
 * @param overrides the connector's `consumer.override.*`; it reads as the connector's consumer would
 * @throws ConfigException for a bad property
 */
export function createPartitionReader(
  worker: Props,
  services: KafkaServices,
  { clientId, overrides }: { readonly clientId: string; readonly overrides: Props },
): PartitionReader {
  repairRequestQueue((ms) => services.time.sleep(ms));
  const logger = services.logger.with({ client: clientId });
  const properties = { ...propertiesFor("consumer.", worker), ...overrides };
  const settings = new Settings(properties);
  const options = clientOptions(settings, clientId);
  const isolation = settings.text("isolation.level", "read_uncommitted");
  return new PartitionReader({
    cluster: newCluster(options, { ...services, logger, current: () => Promise.resolve(properties) }),
    time: services.time,
    options,
    timeoutMs: settings.integer("default.api.timeout.ms", 60_000, 1),
    bytesMax: readerBytesMax,
    readCommitted: isolation === "read_committed",
    limits: readerLimits,
  });
}

interface ClusterServices extends KafkaServices {
  readonly current: CurrentProperties;
}

function newCluster(
  options: ClientOptions,
  { time, logger, current }: ClusterServices,
  frames = new FramePool(0),
): Cluster {
  const security = new ClientSecurity({
    current: async () => securitySettings(new Settings(await current())),
    first: options.security,
    time,
    logger,
  });
  return new Cluster({ options, security, time, rawLogger: kafkajsLogger(logger), frames });
}

/** Returned memory comes back soon: keeps memory for this many budgets. */
const pooledBudgets = 3;

const shared = /^(bootstrap\.servers|(security|sasl|ssl|sluice\.auth)\..*)$/;

/** Returns the worker's properties for one kind of client. */
export function propertiesFor(prefix: string, worker: Props): Props {
  const common = Object.entries(worker).filter(([name]) => shared.test(name));
  const own = Object.entries(worker).filter(([name]) => name.startsWith(prefix))
    .map(([name, value]) => [name.slice(prefix.length), value] as const);
  return Object.fromEntries([...common, ...own]);
}
