/** A real broker and helpers for tests of the Kafka clients. @module */

import { systemTime } from "../../../cli/process/system_time.ts";
import type {
  Consumer,
  ConsumerRecord,
  KafkaClients,
  ProducerRecord,
  RebalanceListener,
  Subscription,
} from "../../../connect/api/ports.ts";
import { PartitionMap, type TopicPartition } from "../../../connect/api/record.ts";
import { createKafkaClients } from "../../../connect/kafka/mod.ts";
import { waitMsMax } from "../../../sandbox/wait.ts";
import { FakeLogger } from "../fakes/fake_logger.ts";

/** Frequent heartbeats, and a session that doesn't expire on a busy machine. */
export const calmSession = {
  "session.timeout.ms": "120000",
  "heartbeat.interval.ms": "300",
  "max.poll.interval.ms": "60000",
} as const;

/** Milliseconds after which a short session expires. */
export const shortSessionMs = 6_000;

/** For tests that see a session expire, or survive that long. */
export const shortSession = { ...calmSession, "session.timeout.ms": String(shortSessionMs) } as const;

const producedBytes = new TextEncoder();

/** A record whose value is a text. */
export function textRecord(topic: string, partition: number, value: string): ProducerRecord {
  return { topic, partition, key: null, value: producedBytes.encode(value), headers: [] };
}

/** The text of a record's value. */
export function textOf(record: ConsumerRecord): string {
  return new TextDecoder().decode(record.value ?? new Uint8Array());
}

/** Clients of one broker. */
export class KafkaFixture {
  readonly logger = new FakeLogger();
  readonly clients: KafkaClients;
  readonly #admin;
  readonly #producer;
  #names = 0;

  constructor(readonly bootstrap: string) {
    this.clients = createKafkaClients({ "bootstrap.servers": bootstrap }, {
      time: systemTime,
      logger: this.logger,
    });
    this.#admin = this.clients.admin("test-admin", {});
    this.#producer = this.clients.producer("test-producer", {});
  }

  get admin() {
    return this.#admin;
  }

  /** Returns a unique name. */
  name(of: string): string {
    return `${of}-${Date.now().toString(36)}-${this.#names++}`;
  }

  /** Creates a topic of that name. */
  async topic(partitions: number, name = this.name("topic")): Promise<string> {
    await this.#admin.createTopic(name, partitions, 1);
    return name;
  }

  async write(records: readonly ProducerRecord[]): Promise<void> {
    await this.#producer.send(records);
  }

  /** Appends this many records to each partition: `partition:number`. */
  async fill(topic: string, partitions: number, each: number, from = 0): Promise<void> {
    const numbers = Array.from({ length: each }, (_, index) => from + index);
    const records = Array.from(
      { length: partitions },
      (_, p) => numbers.map((n) => textRecord(topic, p, `${p}:${n}`)),
    );
    await this.write(records.flat());
  }

  /** A member that does nothing until it's polled. */
  async member(
    groupId: string,
    subscription: Subscription,
    overrides: Readonly<Record<string, string>> = calmSession,
  ): Promise<TestMember> {
    const member = new TestMember(this.clients.consumer({ groupId, clientId: groupId, overrides }));
    await member.consumer.subscribe(subscription, member);
    return member;
  }

  async close(): Promise<void> {
    await this.#admin.close();
    await this.#producer.close();
  }
}

/** A consumer that records its events. */
export class TestMember implements RebalanceListener {
  readonly events: string[] = [];
  readonly records: ConsumerRecord[] = [];
  /** Runs in `revoked`, before it returns. */
  onRevoked: (partitions: readonly TopicPartition[]) => Promise<void> = () => Promise.resolve();
  onAssigned: (partitions: readonly TopicPartition[]) => void = () => {};
  #polling: { stop: boolean; done: Promise<void> } | undefined;

  constructor(readonly consumer: Consumer) {}

  assigned(partitions: readonly TopicPartition[]): Promise<void> {
    this.#note("assigned", partitions);
    this.onAssigned(partitions);
    return Promise.resolve();
  }
  async revoked(partitions: readonly TopicPartition[]): Promise<void> {
    this.#note("revoked", partitions);
    await this.onRevoked(partitions);
  }
  lost(partitions: readonly TopicPartition[]): Promise<void> {
    this.#note("lost", partitions);
    return Promise.resolve();
  }

  /** Polls until the condition holds, or fails after a while. */
  async until(what: string, holds: () => boolean): Promise<void> {
    const end = Date.now() + waitMsMax;
    while (!holds()) {
      if (Date.now() > end) {
        throw new Error(
          `Cannot go on: ${what} didn't happen; ${this.records.length} records, ${this.events.join(", ")}`,
        );
      }
      this.records.push(...await this.consumer.poll(100));
    }
  }

  /** Polls in the background until `rest`. */
  pollOn(): void {
    const polling = { stop: false, done: Promise.resolve() };
    polling.done = (async () => {
      while (!polling.stop) this.records.push(...await this.consumer.poll(100));
    })();
    this.#polling = polling;
  }

  async rest(): Promise<void> {
    const polling = this.#polling;
    this.#polling = undefined;
    if (polling === undefined) return;
    polling.stop = true;
    this.consumer.wakeup();
    await polling.done;
  }

  /** Commits the positions of all assigned partitions. */
  async commitAll(timeoutMs = waitMsMax): Promise<void> {
    const offsets = new PartitionMap<{ offset: bigint; metadata: string }>();
    for (const at of this.consumer.assignment()) {
      const offset = this.consumer.position(at);
      if (offset !== undefined) offsets.set(at, { offset, metadata: "test" });
    }
    await this.consumer.commit(offsets, timeoutMs);
  }

  /** Texts of the records, sorted. */
  values(): readonly string[] {
    return this.records.map(textOf).toSorted();
  }

  async close(): Promise<void> {
    await this.rest();
    await this.consumer.close(waitMsMax);
  }

  #note(event: string, partitions: readonly TopicPartition[]): void {
    this.events.push(`${event} ${partitions.map((at) => at.partition).toSorted((a, b) => a - b).join("+")}`);
  }
}

/** Waits until the condition holds, while others poll. */
export async function eventually(what: string, holds: () => boolean): Promise<void> {
  const end = Date.now() + waitMsMax;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`Cannot go on: ${what} didn't happen within ${waitMsMax} ms`);
    await systemTime.sleep(20);
  }
}
