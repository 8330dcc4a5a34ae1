/**
 * The worker's own options, by Connect's names. (`org.apache.kafka.connect.runtime.WorkerConfig`)
 *
 * @module
 */

import { ConfigDef, type ConfigValues } from "../api/config_def.ts";
import type { Props } from "../api/sink_task.ts";
import { restKeys } from "./keys/rest_keys.ts";
import { atLeastLong, oneOf } from "./validators.ts";

const keys = {
  ...restKeys,
  "bootstrap.servers": {
    type: "LIST",
    default: "localhost:9092",
    documentation: "Kafka brokers to begin with, `host:port`, separated by commas.",
    importance: "HIGH",
  },
  "key.converter": {
    type: "CLASS",
    default: "org.apache.kafka.connect.storage.StringConverter",
    documentation:
      "Reads keys where a connector names no converter. Its options follow as `key.converter.*`.",
    importance: "HIGH",
  },
  "value.converter": {
    type: "CLASS",
    default: "org.apache.kafka.connect.json.JsonConverter",
    documentation:
      "Reads values where a connector names no converter. Not set at all it is JSON without schemas; its options follow as `value.converter.*`.",
    importance: "HIGH",
  },
  "header.converter": {
    type: "CLASS",
    default: "org.apache.kafka.connect.storage.SimpleHeaderConverter",
    documentation: "Reads headers where a connector names no converter.",
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
    documentation: "Milliseconds that Kafka has to answer an offset commit.",
    importance: "LOW",
    valid: atLeastLong(1n),
  },
  "task.shutdown.graceful.timeout.ms": {
    type: "LONG",
    default: "5000",
    documentation:
      "Milliseconds that all tasks together have to finish the batch in hand when they are stopped.",
    importance: "LOW",
    valid: atLeastLong(0n),
  },
  "connector.client.config.override.policy": {
    type: "STRING",
    default: "All",
    documentation:
      "Which Kafka client settings a connector may bring as `consumer.override.*` and the like: `All`, `Principal` (who it is, only) or `None`.",
    importance: "MEDIUM",
    valid: oneOf("All", "None", "Principal"),
  },
  "config.providers.env.allow": {
    type: "LIST",
    default: "",
    documentation:
      "Environment variables that `${env:NAME}` may name in connectors that come over REST; those given on the command line may name any. `NAME@HOST` or `NAME@HOST:PORT` binds one to where it may be sent; several hosts are several entries.",
    importance: "MEDIUM",
  },
  "allowed.paths": {
    type: "LIST",
    default: "",
    documentation:
      "Folders below which `${file:path:key}` and `${dir:path:name}` may read, and connectors that come over REST may name certificates, keys and token files; none when empty. `FOLDER@HOST` binds what is in it to where it may be sent.",
    importance: "MEDIUM",
  },
  "file.sink.dir": {
    type: "STRING",
    default: null,
    documentation:
      "Folder below which FileStreamSink may write, apart from `allowed.paths` and `config.storage.dir`; where it isn't set, the temporary folder and `files` in `config.storage.dir`.",
    importance: "LOW",
  },
} as const;

/**
 * The options of the worker.
 *
 * @example
 * ```ts
 * import { workerConfig } from "./worker_config.ts";
 * if (workerConfig.parse({})["offset.flush.interval.ms"] !== 60_000n) throw new Error("as in Connect");
 * ```
 */
export const workerConfig = ConfigDef.of(keys);

/** Their parsed values: milliseconds of type LONG are bigint. */
export type WorkerConfig = ConfigValues<typeof keys>;

/** The Kafka clients that a task has. */
export type KafkaClientKind = "consumer" | "producer" | "admin";

const clientOptions = /^(consumer|producer|admin)\./;
const sharedWithClients = /^(security|sasl|ssl|sluice\.auth)\./;
const converterOptions = /^(key|value|header)\.converter\./;

/**
 * Java client properties that the worker's options give to one kind of client: those with its prefix, and who
 * one is (`security.*`, `sasl.*`, `ssl.*`) also without.
 *
 * @example
 * ```ts
 * import { clientProperties } from "./worker_config.ts";
 * const worker = { "security.protocol": "SSL", "consumer.max.poll.records": "100", "producer.acks": "all" };
 * const consumer = clientProperties(worker, "consumer");
 * if (consumer["max.poll.records"] !== "100" || "acks" in consumer) throw new Error("only its own");
 * if (consumer["security.protocol"] !== "SSL") throw new Error("all clients talk to the same Kafka");
 * ```
 */
export function clientProperties(worker: Props, kind: KafkaClientKind): Props {
  const shared = Object.entries(worker).filter(([name]) => sharedWithClients.test(name));
  return { ...Object.fromEntries(shared), ...withPrefix(worker, `${kind}.`) };
}

/** Options of the worker that Sluice doesn't have; named in a warning at start, as Connect does. */
export function unknownWorkerOptions(worker: Props): readonly string[] {
  return Object.keys(worker).filter((name) => !isWorkerOption(name)).sort();
}

function isWorkerOption(name: string): boolean {
  return Object.hasOwn(workerConfig.keys, name) || clientOptions.test(name) ||
    sharedWithClients.test(name) || converterOptions.test(name);
}

/** The options below a prefix, without it. (`AbstractConfig.originalsWithPrefix`) */
export function withPrefix(props: Props, prefix: string): Props {
  const below = Object.entries(props).filter(([name]) =>
    name.startsWith(prefix) && name.length > prefix.length
  );
  return Object.fromEntries(below.map(([name, value]) => [name.slice(prefix.length), value]));
}
