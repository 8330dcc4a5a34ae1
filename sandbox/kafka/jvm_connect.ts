/**
 * Runs Apache Kafka Connect standalone with the Debezium JDBC sink, to compare and to migrate from.
 *
 * Connect's jars come with the broker's tools; Maven downloads the sink's the first time.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { installKafka, jarsOf } from "./kafka_install.ts";
import { freePort } from "../machine.ts";
import { makeOwnedFolder } from "../owned_folder.ts";

const sinkPom = fileURLToPath(new URL("jdbc_sink_pom.xml", import.meta.url));
const logFileName = "connect.log";

interface JvmConnectOptions {
  readonly bootstrap: string;
  /** The connector's settings, including its name. */
  readonly connector: Readonly<Record<string, string>>;
  /** The worker's settings besides its addresses and files. */
  readonly worker?: Readonly<Record<string, string>>;
}

export interface JvmConnect extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` of its REST API. */
  readonly url: string;
  log(): Promise<string>;
  running(): boolean;
  /** Sends PUT to the REST API, as operators do to stop and resume connectors; throws unless 2xx. */
  put(path: string): Promise<void>;
  /** Sends SIGTERM: the tasks stop and commit. */
  stop(): Promise<void>;
}

/**
 * Starts a worker with one connector. It always ends with this process.
 *
 * @throws MachineLacksError without Java 17, or without Maven and jars.
 */
export async function startJvmConnect(options: JvmConnectOptions): Promise<JvmConnect> {
  const { java, jars } = await installKafka();
  const sink = await jarsOf("JDBC-sink", sinkPom);
  const owner = await makeOwnedFolder();
  const port = freePort();
  const plugins = join(owner.path, "plugins");
  await Deno.mkdir(plugins);
  await Deno.symlink(sink, join(plugins, "jdbc-sink"));
  const worker = await writeProperties(join(owner.path, "worker.properties"), {
    "bootstrap.servers": options.bootstrap,
    "key.converter": "org.apache.kafka.connect.storage.StringConverter",
    "value.converter": "org.apache.kafka.connect.json.JsonConverter",
    "offset.storage.file.filename": join(owner.path, "offsets"),
    "plugin.path": plugins,
    "plugin.discovery": "only_scan",
    "listeners": `http://127.0.0.1:${port}`,
    ...options.worker,
  });
  const connector = await writeProperties(join(owner.path, "connector.properties"), options.connector);
  const process = await owner.start({
    name: "connect",
    program: java,
    args: [
      ...["-Xms64m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"],
      ...[`-Djava.io.tmpdir=${owner.path}`, "-Dorg.slf4j.simpleLogger.showDateTime=true"],
      ...["-cp", join(jars, "*"), "org.apache.kafka.connect.cli.ConnectStandalone", worker, connector],
    ],
    folder: owner.path,
    endSignal: "KILL",
  });
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    put: async (path) => {
      const answer = await fetch(url + path, { method: "PUT" });
      if (!answer.ok) throw new Error(`Cannot PUT ${path}: ${answer.status} ${await answer.text()}`);
      await answer.body?.cancel();
    },
    log: () => Deno.readTextFile(join(owner.path, logFileName)),
    running: () => process.running(),
    stop: () => process.end("SIGTERM"),
    [Symbol.asyncDispose]: () => owner.remove(),
  };
}

async function writeProperties(path: string, properties: Readonly<Record<string, string>>): Promise<string> {
  const lines = Object.entries(properties).map(([name, value]) =>
    `${name}=${value.replaceAll("\\", "\\\\")}\n`
  );
  await Deno.writeTextFile(path, lines.join(""));
  return path;
}
