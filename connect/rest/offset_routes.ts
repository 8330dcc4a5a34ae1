import { PartitionMap } from "../api/record.ts";
import { BadRequestException, type Herder } from "../runtime/herder/herder.ts";
import type { Json } from "./forms/json_body.ts";
import { RestError } from "./rest_error.ts";
import { json, type Route } from "./route.ts";

/** Routes that show, set and reset a connector's offsets. (`ConnectorsResource`, KIP-875) */
export function offsetRoutes(herder: Herder): readonly Route[] {
  const path = "/connectors/:name/offsets";
  return [
    {
      method: "GET",
      path,
      handle: async (call) => json(offsetsJson(await herder.offsets(call.param("name")))),
    },
    {
      method: "PATCH",
      path,
      handle: async (call) => {
        const wanted = readOffsets(await call.json());
        return json({ message: await herder.alterOffsets(call.param("name"), wanted) });
      },
    },
    {
      method: "DELETE",
      path,
      handle: async (call) => json({ message: await herder.resetOffsets(call.param("name")) }),
    },
  ];
}

/** Most partitions that one request may set. */
const partitionsMax = 10_000;

function offsetsJson(offsets: PartitionMap<bigint>): unknown {
  return {
    offsets: [...offsets].map(([{ topic, partition }, offset]) => ({
      partition: { kafka_partition: partition, kafka_topic: topic },
      offset: { kafka_offset: Number(offset) },
    })),
  };
}

/**
 * Reads the body of PATCH `offsets`; the last entry of a partition wins.
 * (`SinkUtils.parseSinkConnectorOffsets`)
 *
 * @throws BadRequestException in Connect's words
 * @example
 * ```ts
 * import { readOffsets } from "./offset_routes.ts";
 * const partition = { kafka_topic: "people", kafka_partition: "0" };
 * const offsets = readOffsets({ offsets: [{ partition, offset: { kafka_offset: "42" } }] });
 * if (offsets.get({ topic: "people", partition: 0 }) !== 42n) throw new Error("as text or as number");
 * ```
 */
export function readOffsets(body: Json): PartitionMap<bigint | null> {
  const entries = isObject(body) ? body["offsets"] : malformed("an object is expected");
  if (entries === undefined || entries === null || (Array.isArray(entries) && entries.length === 0)) {
    throw new BadRequestException("Partitions / offsets need to be provided for an alter offsets request");
  }
  if (!Array.isArray(entries)) malformed("offsets: a list is expected");
  if (entries.length > partitionsMax) malformed(`offsets: at most ${partitionsMax} are taken`);
  const wanted = new PartitionMap<bigint | null>();
  for (const entry of entries) {
    if (!isObject(entry)) malformed("offsets: a list of objects is expected");
    wanted.set(partitionOf(entry["partition"]), offsetOf(entry["offset"]));
  }
  return wanted;
}

function partitionOf(given: Json | undefined) {
  if (given === undefined || given === null) {
    throw new BadRequestException("The partition for a sink connector offset cannot be null or missing");
  }
  if (!isObject(given)) malformed("partition: an object is expected");
  if (!("kafka_topic" in given) || !("kafka_partition" in given)) {
    throw new BadRequestException(
      "The partition for a sink connector offset must contain the keys 'kafka_topic' and 'kafka_partition'",
    );
  }
  const { kafka_topic: topic, kafka_partition: partition } = given;
  if (topic === null || topic === undefined || typeof topic === "object") {
    throw new BadRequestException("Kafka topic names must be valid strings and may not be null");
  }
  if (partition === null || partition === undefined) {
    throw new BadRequestException("Kafka partitions must be valid numbers and may not be null");
  }
  const number = /^[+-]?\d+$/.test(shown(partition)) ? Number(partition) : NaN;
  if (typeof partition === "object" || !(Math.abs(number) < 2 ** 31)) {
    throw new BadRequestException(
      `Failed to parse the following Kafka partition value in the provided offsets: '${shown(partition)}'. ` +
        "Partition values for sink connectors need to be integers.",
    );
  }
  return { topic: String(topic), partition: number };
}

function offsetOf(given: Json | undefined): bigint | null {
  if (given === undefined || given === null) return null;
  if (!isObject(given)) malformed("offset: an object or null is expected");
  if (!("kafka_offset" in given)) {
    throw new BadRequestException(
      "The offset for a sink connector should either be null or contain the key 'kafka_offset'",
    );
  }
  const text = shown(given["kafka_offset"]);
  if (/^[+-]?\d{1,19}$/.test(text)) {
    const offset = BigInt(text.replace(/^\+/, ""));
    if (BigInt.asIntN(64, offset) === offset) return offset;
  }
  throw new BadRequestException(
    `Failed to parse the following Kafka offset value in the provided offsets: '${text}'. ` +
      "Offset values for sink connectors need to be integers.",
  );
}

function shown(value: Json | undefined): string {
  return (typeof value === "object" && value !== null ? JSON.stringify(value) : String(value)).slice(
    0,
    shownMax,
  );
}

/** Most characters of a wrong value in a message. */
const shownMax = 100;

function isObject(value: Json | undefined): value is { readonly [name: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function malformed(why: string): never {
  throw new RestError(400, `Cannot read the request: ${why}`);
}
