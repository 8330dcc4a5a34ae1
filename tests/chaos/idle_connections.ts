/** Opens thousands of idle connections while records arrive: none may be lost, health must answer. */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemTime } from "../../cli/process/system_time.ts";
import { createTopics, kafkaClient } from "../../sandbox/kafka/kafka_client.ts";
import { startKafka } from "../../sandbox/kafka/kafka.ts";
import { makeOwnedFolder } from "../../sandbox/owned_folder.ts";
import { addressOf, type ConnectProgram, startConnect } from "../support/rest/connect_program.ts";
import { residentBytes } from "../support/rest/rest_churn.ts";

/** Maximum open files of Sluice, as in the shipped systemd unit. */
const filesMax = 4_096;
/** Client programs: none of them has files for all connections. */
const clients = 4;
/** How long records arrive while one listener has all connections. */
const secondsEach = 20;
const batchesPerSecond = 10;
const topic = "idle.events";
const answerMsMax = 30_000;
const waitMsMax = 600_000;
const mebibyte = 1024 * 1024;

interface IdleConnectionsOptions {
  readonly connections: number;
  readonly eventsPerSecond: number;
}

/** Runs it on its own Kafka; returns whether all is as promised. */
export async function idleConnections(options: IdleConnectionsOptions): Promise<boolean> {
  await using owner = await makeOwnedFolder();
  const kafka = await startKafka({ owner });
  await createTopics(kafka.bootstrap, [topic], 3);
  const folder = await Deno.makeTempDir();
  const file = join(folder, "lines.txt");
  await using worker = await startConnect({
    variables: { CONNECT_BOOTSTRAP_SERVERS: kafka.bootstrap, CONNECT_HEALTH_PORT: "0" },
    filesMax,
  });
  const health = await addressOf(worker.program, "Health and metrics listen");
  const config = { "connector.class": "FileStreamSink", topics: topic, file, ...strings };
  const made = await worker.ask("POST", "/connectors", { name: "idle", config });
  if (made.status !== 201) throw new Error(`Cannot make the connector: ${made.status} ${made.text}`);
  const looks = new Looks(worker, [health, worker.url]);
  await using records = new Records(kafka.bootstrap, options.eventsPerSecond);
  await records.begin();
  for (const [name, address] of [["the API", worker.url], ["health.port", health]] as const) {
    await fillWith(options.connections, address, { name, looks });
  }
  const sent = await records.end();
  const lines = await linesOf(file, sent);
  console.log(`${sent} records sent, ${sent - lines.size} lost; ${looks.told()}`);
  await Deno.remove(folder, { recursive: true });
  for (const problem of looks.problems.slice(0, 20)) console.error(problem);
  return lines.size === sent && looks.problems.length === 0 && looks.answers > 0;
}

const converter = "org.apache.kafka.connect.storage.StringConverter";
const strings = { "value.converter": converter, "offset.flush.interval.ms": "1000" };

interface Filling {
  readonly name: string;
  readonly looks: Looks;
}

/** Opens all connections and waits for a while. */
async function fillWith(
  connections: number,
  address: string,
  { name, looks }: Filling,
): Promise<void> {
  const { port } = new URL(address);
  const program = fileURLToPath(new URL("../support/rest/idle_client.ts", import.meta.url));
  const count = String(Math.ceil(connections / clients));
  const children = Array.from({ length: clients }, () =>
    new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-config", "--allow-net", "--allow-read", program, port, count],
      ...{ stdin: "piped", stdout: "piped", stderr: "inherit" },
    }).spawn());
  const opened = Promise.all(children.map(async ({ stdout }) => (await firstLine(stdout)).trim()));
  let isOpen = false;
  void opened.then(() => isOpen = true);
  const endMs = systemTime.monotonic() + waitMsMax;
  while (!isOpen && systemTime.monotonic() < endMs) await looks.look();
  const seconds = Math.round((systemTime.monotonic() - endMs + waitMsMax) / 1_000);
  console.log(
    `${name} after ${seconds} s: ${isOpen ? (await opened).join("; ") : "not all connections were opened"}`,
  );
  for (let second = 0; second < secondsEach; second++) {
    await looks.look();
    await systemTime.sleep(1_000);
  }
  for (const { stdin } of children) await stdin.close();
  await Promise.all(children.map(({ status }) => status));
}

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  for await (const part of stream.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (text.includes("\n")) break;
  }
  return text;
}

/** Checks health at both listeners and measures the process's files and memory. */
class Looks {
  readonly problems: string[] = [];
  answers = 0;
  #filesMax = 0;
  #bytesMax = 0;
  #msMax = 0;

  constructor(readonly worker: ConnectProgram, readonly addresses: readonly string[]) {}

  async look(): Promise<void> {
    for (const address of this.addresses) await this.#ask(address);
    const { pid } = this.worker.program;
    const files = [...Deno.readDirSync(`/proc/${pid}/fd`)].length;
    this.#filesMax = Math.max(this.#filesMax, files);
    this.#bytesMax = Math.max(this.#bytesMax, await residentBytes(pid));
  }

  told(): string {
    return `${this.answers} times healthy, the slowest after ${Math.round(this.#msMax)} ms; at most ` +
      `${this.#filesMax} files and ${(this.#bytesMax / mebibyte).toFixed(1)} MiB`;
  }

  async #ask(address: string): Promise<void> {
    const startMs = systemTime.monotonic();
    try {
      const client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
      const signal = AbortSignal.timeout(answerMsMax);
      const answer = await fetch(`${address}/health`, { client, signal });
      const text = await answer.text();
      client.close();
      if (answer.status === 200) this.answers++;
      else this.problems.push(`${address}/health is ${answer.status} ${text}`);
    } catch (error) {
      this.problems.push(
        `${address}/health: ${error instanceof Error ? String(error.cause ?? error) : "no answer"}`,
      );
    }
    this.#msMax = Math.max(this.#msMax, systemTime.monotonic() - startMs);
  }
}

/** Produces numbered records at a steady rate until it ends. */
class Records implements AsyncDisposable {
  readonly #producer;
  #isEnding = false;
  #sent = 0;
  #sending: Promise<void> = Promise.resolve();

  constructor(bootstrap: string, readonly perSecond: number) {
    this.#producer = kafkaClient(bootstrap).producer();
  }

  async begin(): Promise<void> {
    await this.#producer.connect();
    this.#sending = this.#send();
  }

  /** Ends it and returns the number of records. */
  async end(): Promise<number> {
    this.#isEnding = true;
    await this.#sending;
    return this.#sent;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
    await this.#producer.disconnect();
  }

  async #send(): Promise<void> {
    const startMs = systemTime.monotonic();
    while (!this.#isEnding) {
      const due = Math.floor((systemTime.monotonic() - startMs) / 1_000 * this.perSecond) - this.#sent;
      const messages = Array.from({ length: due }, (_, index) => ({ value: `${this.#sent + index}` }));
      if (due > 0) await this.#producer.send({ topic, messages });
      this.#sent += due;
      await systemTime.sleep(1_000 / batchesPerSecond);
    }
  }
}

/** Returns the written lines once they are complete or no more arrive. */
async function linesOf(file: string, count: number): Promise<ReadonlySet<string>> {
  const endMs = systemTime.monotonic() + waitMsMax;
  for (;;) {
    const lines = new Set((await Deno.readTextFile(file)).split("\n").slice(0, -1));
    if (lines.size >= count || systemTime.monotonic() > endMs) return lines;
    await systemTime.sleep(500);
  }
}
