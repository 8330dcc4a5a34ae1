/** Worker options with Connect's names. (`org.apache.kafka.connect.runtime.WorkerConfig`) @module */

import { ConfigDef, type ConfigValues } from "../api/config_def.ts";
import type { Props } from "../api/sink_task.ts";
import { restKeys } from "./keys/rest_keys.ts";
import { atLeastLong, oneOf } from "./validators.ts";

const keys = {
  ...restKeys,
  "bootstrap.servers": {
    type: "LIST",
    default: "localhost:9092",
    documentation: "Kafka brokers for the first connection, `host:port`, separated by commas.",
    importance: "HIGH",
  },
  "key.converter": {
    type: "CLASS",
    default: "org.apache.kafka.connect.storage.StringConverter",
    documentation: "Converter of keys if a connector names none. Its options follow as `key.converter.*`.",
    importance: "HIGH",
  },
  "value.converter": {
    type: "CLASS",
    default: "org.apache.kafka.connect.json.JsonConverter",
    documentation:
      "Converter of values if a connector names none; if not set, JSON without schemas. Its options follow as `value.converter.*`.",
    importance: "HIGH",
  },
  "header.converter": {
    type: "CLASS",
    default: "org.apache.kafka.connect.storage.SimpleHeaderConverter",
    documentation: "Converter of headers if a connector names none.",
    importance: "LOW",
  },
  "offset.flush.interval.ms": {
    type: "LONG",
    default: "60000",
    documentation: "Milliseconds between offset commits of a task.",
    importance: "LOW",
    valid: atLeastLong(1n),
  },
  "offset.flush.timeout.ms": {
    type: "LONG",
    default: "5000",
    documentation: "Timeout of an offset commit, in milliseconds.",
    importance: "LOW",
    valid: atLeastLong(1n),
  },
  "task.shutdown.graceful.timeout.ms": {
    type: "LONG",
    default: "5000",
    documentation: "Milliseconds for all tasks together to finish their current batch when they are stopped.",
    importance: "LOW",
    valid: atLeastLong(0n),
  },
  "connector.client.config.override.policy": {
    type: "STRING",
    default: "All",
    documentation:
      "Kafka client settings that a connector may override with `consumer.override.*`, `producer.override.*` and `admin.override.*`: `All`, `Principal` (its identity only) or `None`.",
    importance: "MEDIUM",
    valid: oneOf("All", "None", "Principal"),
  },
  "config.providers.env.allow": {
    type: "LIST",
    default: "",
    documentation:
      "Environment variables that `${env:NAME}` may read in connectors that come over REST; connectors given on the command line may read any. `NAME@HOST` or `NAME@HOST:PORT` allows sending it to that host only; write one entry per host.",
    importance: "MEDIUM",
  },
  "allowed.paths": {
    type: "LIST",
    default: "",
    documentation:
      "Folders from which `${file:path:key}` and `${dir:path:name}` may read and in which connectors that come over REST may name certificates, keys and token files; empty = none. `FOLDER@HOST` allows sending the folder's contents to that host only.",
    importance: "MEDIUM",
  },
  "file.sink.dir": {
    type: "STRING",
    default: null,
    documentation:
      "Folder in which FileStreamSink may write, outside `allowed.paths` and `config.storage.dir`; if not set, the temporary folder and `files` in `config.storage.dir`.",
    importance: "LOW",
  },
} as const;

/**
 * Parses the worker's options.
 *
 * @example
 * ```ts
 * import { workerConfig } from "./worker_config.ts";
 * if (workerConfig.parse({})["offset.flush.interval.ms"] !== 60_000n) throw new Error("Connect's default");
 * ```
 */
export const workerConfig = ConfigDef.of(keys);

/** The parsed values; milliseconds of type LONG are bigint. */
export type WorkerConfig = ConfigValues<typeof keys>;

export type KafkaClientKind = "consumer" | "producer" | "admin";

const clientOptions = /^(consumer|producer|admin)\./;
const sharedWithClients = /^(security|sasl|ssl|sluice\.auth)\./;
const converterOptions = /^(key|value|header)\.converter\./;

/**
 * Returns the client properties that the worker's options give to one kind of client: those with its prefix,
 * and the identity (`security.*`, `sasl.*`, `ssl.*`) also without a prefix.
 *
 * @example
 * ```ts
 * import { clientProperties } from "./worker_config.ts";
 * const worker = { "security.protocol": "SSL", "consumer.max.poll.records": "100", "producer.acks": "all" };
 * const consumer = clientProperties(worker, "consumer");
 * if (consumer["max.poll.records"] !== "100" || "acks" in consumer) throw new Error("only the consumer's options");
 * if (consumer["security.protocol"] !== "SSL") throw new Error("all clients talk to the same Kafka");
 * ```
 */
export function clientProperties(worker: Props, kind: KafkaClientKind): Props {
  const shared = Object.entries(worker).filter(([name]) => sharedWithClients.test(name));
  return { ...Object.fromEntries(shared), ...withPrefix(worker, `${kind}.`) };
}

/** Returns worker options that Sluice doesn't know. The worker logs them at start, as in Connect. */
export function unknownWorkerOptions(worker: Props): readonly string[] {
  return Object.keys(worker).filter((name) => !isWorkerOption(name)).sort();
}

function isWorkerOption(name: string): boolean {
  return Object.hasOwn(workerConfig.keys, name) || clientOptions.test(name) ||
    sharedWithClients.test(name) || converterOptions.test(name);
}

/** Returns the options below a prefix, without the prefix. (`AbstractConfig.originalsWithPrefix`) */
export function withPrefix(props: Props, prefix: string): Props {
  const below = Object.entries(props).filter(([name]) =>
    name.startsWith(prefix) && name.length > prefix.length
  );
  return Object.fromEntries(below.map(([name, value]) => [name.slice(prefix.length), value]));
}
