/** Runs a real Apache Kafka broker for the demo and tests. @module */

import { join } from "node:path";
import { archiveOptions } from "./kafka_archive.ts";
import {
  type BrokerCommand,
  formatStorage,
  launchBroker,
  type ScramUser,
  writeProperties,
} from "./kafka_broker.ts";
import { installKafka } from "./kafka_install.ts";
import { type KafkaListener, kafkaProperties } from "./kafka_properties.ts";
import { exists, freePort, onFreePorts } from "../machine.ts";
import { makeOwnedFolder, type OwnedFolder } from "../owned_folder.ts";

export interface KafkaOptions {
  /** Chosen if absent; a restart keeps it. */
  readonly port?: number;
  /** Folder for the log, kept after `stop`; if absent, a new folder that is removed with the broker. */
  readonly dataDir?: string;
  /** Settings of `server.properties`, which override the sandbox's. */
  readonly properties?: Readonly<Record<string, string>>;
  /** Listeners besides the plain one. */
  readonly listeners?: readonly KafkaListener[];
  /** Users for SASL listeners. */
  readonly scramUsers?: readonly ScramUser[];
  /** A folder shared by several servers that end together; the broker doesn't remove it. */
  readonly owner?: OwnedFolder;
}

export interface KafkaServer extends AsyncDisposable {
  /** `127.0.0.1:PORT` of the plain listener. */
  readonly bootstrap: string;
  /** `127.0.0.1:PORT` of the further listeners, by name. */
  readonly listeners: Readonly<Record<string, string>>;
  /** Process id of the present or last Java process. */
  readonly pid: number;
  readonly logFile: string;
  /** Stops it gracefully if it runs, and starts it again with the same data and ports. */
  restart(): Promise<void>;
  /** Sends kill -9; `restart` starts it again. */
  kill(): Promise<void>;
  /** Stops it and removes its folder (not a given `dataDir` or `owner`); safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Starts Apache Kafka 4.3.1 as one KRaft node on 127.0.0.1.
 *
 * The first start on a machine downloads the jars with Maven. The broker always ends with this process.
 *
 * @throws MachineLacksError without Java or Maven.
 */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaServer> {
  const install = await installKafka();
  const javaOptions = await archiveOptions(install);
  await using own = new AsyncDisposableStack();
  const owner = options.owner ?? own.use(await makeOwnedFolder());
  const folder = join(owner.path, "kafka");
  await Deno.mkdir(folder);
  const broker: BrokerCommand = { owner, folder, javaOptions };
  const dataDir = options.dataDir ?? join(folder, "data");
  const started = await onFreePorts(async () => {
    const ports = { client: options.port ?? freePort(), controller: freePort() };
    const listeners = (options.listeners ?? []).map((listener) => ({ port: freePort(), ...listener }));
    const extra = options.properties ?? {};
    await writeProperties(folder, kafkaProperties({ dataDir, ports, listeners, extra }));
    if (!await exists(join(dataDir, "meta.properties"))) {
      await formatStorage(install, broker, options.scramUsers ?? []);
    }
    return { ports, listeners, server: await launchBroker(install, broker) };
  });
  const { ports, listeners } = started;
  let { server } = started;
  const folders = own.move(); // from here on `stop` removes them
  const stop = async () => {
    if (options.dataDir !== undefined || options.owner !== undefined) await server.end("SIGTERM");
    await folders.disposeAsync();
  };
  return {
    bootstrap: `127.0.0.1:${ports.client}`,
    listeners: Object.fromEntries(listeners.map(({ name, port }) => [name, `127.0.0.1:${port}`])),
    get pid() {
      return server.pid;
    },
    logFile: server.logFile,
    restart: async () => {
      await server.end("SIGTERM");
      server = await launchBroker(install, broker);
    },
    kill: () => server.end("SIGKILL"),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
