/** Sends batches to Kafka byte by byte, which no client would. @module */

import { systemTime } from "../../../cli/process/system_time.ts";
import { clientOptions } from "../../../connect/kafka/wire/client_options.ts";
import { Cluster } from "../../../connect/kafka/wire/cluster.ts";
import { FramePool } from "../../../connect/kafka/wire/frame_pool.ts";
import { failOnCode } from "../../../connect/kafka/wire/kafka_error.ts";
import { kafkajsLogger } from "../../../connect/kafka/wire/kafkajs_internals.ts";
import { produce } from "../../../connect/kafka/wire/protocol/produce_api.ts";
import { ClientSecurity } from "../../../connect/kafka/security/client_security.ts";
import { securitySettings } from "../../../connect/kafka/security/security_settings.ts";
import { Settings } from "../../../connect/kafka/wire/settings.ts";
import { FakeLogger } from "../fakes/fake_logger.ts";

export interface BatchToSend {
  readonly topic: string;
  readonly partition?: number;
  readonly batch: Uint8Array;
}

/** Sends batches in order. Resolves once the broker has accepted all. */
export async function sendBatches(bootstrap: string, batches: readonly BatchToSend[]): Promise<void> {
  const settings = new Settings({ "bootstrap.servers": bootstrap });
  const options = clientOptions(settings, "raw-producer");
  const logger = new FakeLogger();
  const security = new ClientSecurity({
    current: () => Promise.resolve(securitySettings(settings)),
    first: options.security,
    time: systemTime,
    logger,
  });
  const rawLogger = kafkajsLogger(logger);
  const cluster = new Cluster({ options, security, time: systemTime, rawLogger, frames: new FramePool(0) });
  try {
    await cluster.refresh(batches.map(({ topic }) => topic));
    for (const { topic, partition = 0, batch } of batches) {
      const leader = cluster.leader(topic, partition);
      if (leader === undefined) throw new Error(`Cannot send to ${topic}-${partition}: it has no leader`);
      const connection = await cluster.node(leader, "control");
      const request = { timeoutMs: 30_000, topics: [{ topic, partitions: [{ partition, batch }] }] };
      const answer = await connection.request(produce, request, 60_000);
      for (const { code } of answer.topics.flatMap(({ partitions }) => partitions)) {
        failOnCode(code, `send to ${topic}-${partition}`);
      }
    }
  } finally {
    cluster.close();
  }
}
