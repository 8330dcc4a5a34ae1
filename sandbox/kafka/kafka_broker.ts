/**
 * Runs Kafka's own classes: formats a data folder, starts a broker and waits until it serves clients.
 *
 * @module
 */

import { join } from "node:path";
import type { KafkaInstall } from "./kafka_install.ts";
import { PortTakenError } from "../machine.ts";
import type { OwnedFolder, ServerProcess } from "../owned_folder.ts";
import { pollUntil, waitMsMax } from "../wait.ts";

const logLinesShown = 15;

export interface BrokerCommand {
  readonly owner: OwnedFolder;
  /** Directly below the owner's folder; contains `server.properties`. */
  readonly folder: string;
  readonly javaOptions: readonly string[];
}

/** Returns the path of the broker's settings. */
function propertiesFile(folder: string): string {
  return join(folder, "server.properties");
}

/** Writes settings as a Java properties file. */
export async function writeProperties(
  folder: string,
  properties: Readonly<Record<string, string>>,
): Promise<void> {
  const lines = Object.entries(properties).map(([name, value]) =>
    `${name}=${value.replaceAll("\\", "\\\\")}\n`
  );
  await Deno.writeTextFile(propertiesFile(folder), lines.join(""));
}

/** A user that exists from the broker's first start. */
export interface ScramUser {
  readonly user: string;
  readonly password: string;
  /** Defaults to SCRAM-SHA-512. */
  readonly mechanism?: "SCRAM-SHA-256" | "SCRAM-SHA-512";
}

/** Formats the data folder of `server.properties`, which must be empty. */
export async function formatStorage(
  install: KafkaInstall,
  broker: BrokerCommand,
  users: readonly ScramUser[],
): Promise<void> {
  const scram = users.flatMap(({ user, password, mechanism = "SCRAM-SHA-512" }) => [
    "--add-scram",
    `${mechanism}=[name=${user},password=${password}]`,
  ]);
  // Started as the folder owner's server: it ends with this process and doesn't recreate a removed folder.
  const tool = await broker.owner.start({
    name: "format",
    program: install.java,
    args: [
      ...javaArgs(install, broker),
      ...[
        "kafka.tools.StorageTool",
        "format",
        "-t",
        newClusterId(),
        "-c",
        propertiesFile(broker.folder),
        ...scram,
      ],
    ],
    folder: broker.folder,
    endSignal: "KILL",
  });
  if (await tool.ended() !== 0) {
    throw new Error(`Cannot format Kafka's data folder: ${lastLines(await readLog(tool.logFile))}`);
  }
}

/** Starts the broker; resolves when it serves clients. */
export async function launchBroker(install: KafkaInstall, broker: BrokerCommand): Promise<ServerProcess> {
  const logFile = join(broker.folder, "kafka.log");
  const logBefore = await readLog(logFile);
  const server = await broker.owner.start({
    name: "kafka",
    program: install.java,
    args: [...javaArgs(install, broker), "kafka.Kafka", propertiesFile(broker.folder)],
    folder: broker.folder,
    endSignal: "KILL",
  });
  await pollUntil("Kafka to start", waitMsMax, async () => {
    const log = (await readLog(logFile)).slice(logBefore.length);
    if (log.includes("Kafka Server started")) return true;
    if (!server.running()) {
      const text = `Cannot start Kafka: it ended, and its log with:\n${lastLines(log)}`;
      throw log.includes("Address already in use") ? new PortTakenError(text) : new Error(text);
    }
    return undefined;
  });
  return server;
}

// The fast compiler and the serial collector save CPU time: 1.5 s instead of 2.4 s a start, and for 300,000 records
// of 900 bytes 1.3 s instead of 1.9 s to write and 0.7 s instead of 1.3 s to read (2 cores, Kafka 4.3.1, 2026-11).
function javaArgs(install: KafkaInstall, broker: BrokerCommand): readonly string[] {
  const log = "-Dorg.slf4j.simpleLogger";
  return [
    ...["-Xms64m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", ...broker.javaOptions],
    // After a kill -9 Java would leave its files and the codecs' libraries in the temporary folder.
    ...["-XX:-UsePerfData", `-Djava.io.tmpdir=${broker.folder}`],
    ...[`${log}.showDateTime=true`, `${log}.dateTimeFormat=HH:mm:ss.SSS`],
    ...["-cp", join(install.jars, "*")],
  ];
}

/** Base64 of 16 bytes, as Kafka writes it, without a leading dash, which its tools take for an option. */
function newClusterId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[0] = (bytes[0] ?? 0) & 0x7f;
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

async function readLog(file: string): Promise<string> {
  return await Deno.readTextFile(file).catch(() => ""); // missing before the first start
}

function lastLines(log: string): string {
  return log.trim().split("\n").slice(-logLinesShown).join("\n");
}
