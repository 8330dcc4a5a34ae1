/** Finds Java and Apache Kafka's jars, which Maven downloads the first time. @module */

import { createHash } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheFolder, fillOnce, MachineLacksError, tryCommand } from "../machine.ts";

const pomFile = fileURLToPath(new URL("pom.xml", import.meta.url));
const javaVersionMin = 17;
const javaRemedy =
  `install Java ${javaVersionMin} or newer (Debian: apt-get install openjdk-17-jre-headless)`;
const mavenRemedy = "install Maven (Debian: apt-get install maven)";

export interface KafkaInstall {
  readonly java: string;
  /** As printed by `java -version`; an archive of classes works with one version only. */
  readonly javaVersion: string;
  /** Folder with the jars. */
  readonly jars: string;
}

/**
 * Finds Java (`$JAVA_HOME/bin/java`, or else the one on PATH) and Kafka's jars.
 *
 * @throws MachineLacksError without Java 17, or without Maven and jars.
 */
export async function installKafka(): Promise<KafkaInstall> {
  const home = Deno.env.get("JAVA_HOME");
  const java = home ? join(home, "bin", "java") : "java";
  const javaVersion = await findJavaVersion(java);
  return { java, javaVersion, jars: await jarsOf("Kafka", pomFile) };
}

/**
 * Returns the folder with a pom's jars, which Maven downloads the first time.
 *
 * @throws MachineLacksError without Maven and jars.
 */
export async function jarsOf(name: string, pom: string): Promise<string> {
  const hash = createHash("sha256").update(await Deno.readTextFile(pom)).digest("hex").slice(0, 12);
  return await fillOnce(
    join(cacheFolder(), `${name.toLowerCase()}-jars-${hash}`),
    (folder) => fetchJars({ name, pom, folder }),
  );
}

async function findJavaVersion(java: string): Promise<string> {
  const where = java === "java" ? "on PATH" : `at ${java} (JAVA_HOME)`;
  const result = await tryCommand(java, ["-version"]);
  if (result === undefined) {
    throw new MachineLacksError(`Cannot start Kafka: there is no java ${where}, ${javaRemedy}`);
  }
  const version = /version "([^"]+)"/.exec(result.text)?.[1] ?? "unknown";
  // Java 8 calls itself 1.8.
  const major = Number(version.replace(/^1\./, "").split(/[.\-+]/)[0]);
  if (!(major >= javaVersionMin)) {
    throw new MachineLacksError(`Cannot start Kafka: the java ${where} is version ${version}, ${javaRemedy}`);
  }
  return version;
}

interface JarsWanted {
  readonly name: string;
  readonly pom: string;
  readonly folder: string;
}

async function fetchJars({ name, pom, folder }: JarsWanted): Promise<void> {
  const goal = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies";
  const result = await tryCommand("mvn", ["-B", "-q", "-f", pom, goal, `-DoutputDirectory=${folder}`]);
  if (result === undefined) {
    throw new MachineLacksError(`Cannot fetch ${name}: there is no mvn on PATH, ${mavenRemedy}`);
  }
  if (result.code !== 0) {
    const reason = /\[ERROR\] (.*)/.exec(result.text)?.[1] ?? result.text.trim();
    throw new MachineLacksError(`Cannot fetch ${name}: mvn ended with ${result.code}, expected 0: ${reason}`);
  }
}
