/** Renames topics with the record's timestamp. @module */

import { ConfigDef } from "../../api/config_def.ts";
import { DataException } from "../../api/exceptions.ts";
import { javaToString } from "../../java/text.ts";
import type { ConnectRecord } from "../../api/record.ts";
import { CONNECT_TRANSFORMS, wholeRecord } from "../parts/record_part.ts";
import { schemaText } from "../parts/struct_schema.ts";
import { problemOf } from "../parts/options.ts";
import { SimpleDateFormat } from "../../java/simple_date_format.ts";

/**
 * Inserts the record's topic and then its formatted timestamp (UTC) into `topic.format`.
 * (`org.apache.kafka.connect.transforms.TimestampRouter`)
 *
 * @example
 * ```ts
 * import { ConnectRecord } from "../../api/record.ts";
 * import { timestampRouter } from "./timestamp_router.ts";
 * const record = ConnectRecord.of({ topic: "orders", timestamp: Date.UTC(2026, 0, 31) });
 * const routed = timestampRouter.create({ "timestamp.format": "yyyyMM" }).apply(record);
 * if (routed?.topic !== "orders-202601") throw new Error("the month is in the topic");
 * ```
 */
export const timestampRouter = wholeRecord({
  className: `${CONNECT_TRANSFORMS}TimestampRouter`,
  documentation: "Inserts the record's timestamp into its topic.",
  config: ConfigDef.of({
    "topic.format": {
      type: "STRING",
      default: "${topic}-${timestamp}",
      importance: "HIGH",
      documentation: "The new topic; `${topic}` and `${timestamp}` insert the record's topic and timestamp.",
    },
    "timestamp.format": {
      type: "STRING",
      default: "yyyyMMdd",
      importance: "HIGH",
      documentation: "`java.text.SimpleDateFormat` pattern of the timestamp.",
    },
  }),
  problems: ({ "timestamp.format": pattern }) =>
    problemOf("timestamp.format", () => void new SimpleDateFormat(pattern)),
  create: ({ "topic.format": topicFormat, "timestamp.format": pattern }) => {
    let format: SimpleDateFormat | undefined;
    return (record) => {
      if (record.timestamp === null) throw missingTimestamp(record);
      format ??= new SimpleDateFormat(pattern); // like Connect, which detects a bad pattern only at the first record
      const timestamp = format.format(BigInt(record.timestamp));
      const topic = topicFormat.replaceAll("${topic}", () => record.topic);
      return record.with({ topic: topic.replaceAll("${timestamp}", () => timestamp) });
    };
  },
});

function missingTimestamp(record: ConnectRecord): DataException {
  return new DataException("Timestamp missing on record", {
    rule: "timestamp_missing",
    connectText: `Timestamp missing on record: ${recordText(record)}`,
    jvmMessage: true,
  });
}

/** `SinkRecord.toString`. */
function recordText(record: ConnectRecord): string {
  const { topic, partition, offset, origin, timestampType } = record;
  const { key, keySchema, value, valueSchema } = record;
  const headers = record.headers.map((header) =>
    `ConnectHeader(key=${header.key}, value=${javaToString(header.value, header.schema)}, ` +
    `schema=${header.schema === null ? "null" : schemaText(header.schema)})`
  );
  return `SinkRecord{kafkaOffset=${offset}, timestampType=${timestampType}, originalTopic=${origin.topic}, ` +
    `originalKafkaPartition=${origin.partition}, originalKafkaOffset=${offset}} ` +
    `ConnectRecord{topic='${topic}', kafkaPartition=${partition}, key=${javaToString(key, keySchema)}, ` +
    `keySchema=${keySchema === null ? "null" : schemaText(keySchema)}, ` +
    `value=${javaToString(value, valueSchema)}, ` +
    `valueSchema=${valueSchema === null ? "null" : schemaText(valueSchema)}, ` +
    `timestamp=${record.timestamp}, headers=ConnectHeaders(headers=${headers.join(", ")})}`;
}
