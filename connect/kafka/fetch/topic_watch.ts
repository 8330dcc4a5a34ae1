/** Keeps metadata fresh: leaders, topics that match the subscription, and their partition counts. @module */

import type { MissingTopic, Subscription } from "../../api/ports.ts";
import type { ConsumerSettings } from "../consumer_settings.ts";
import type { ClientServices } from "../wire/client_services.ts";
import type { GroupTopics } from "../group/group_join.ts";
import { codeName, isOutage, isRetriableCode, KafkaCode, KafkaCodeError } from "../wire/kafka_error.ts";
import { OutageLog } from "../wire/outage_log.ts";
import type { TopicMetadata } from "../wire/protocol/topics_api.ts";
import { Backoff, Latch } from "../wire/waiting.ts";

export interface TopicWatchEvents {
  /** Returns the group's topics while this member leads the group. */
  ledTopics(): GroupTopics | undefined;
  /** Returns whether a join is in flight, whose answer a coordinator may delay for minutes. */
  isJoining(): boolean;
  /** Metadata was refreshed. */
  refreshed(): void;
  failed(cause: unknown): void;
}

/** How often missing topics are looked up, unless metadata is refreshed more often. */
const missingTopicMs = 1_000;
/** How often Kafka is asked during a join, since nothing else shows whether it answers. */
const joiningMs = 5_000;

export class TopicWatch {
  readonly #client: ClientServices;
  readonly #settings: Pick<ConsumerSettings, "client" | "autoCreateTopics">;
  readonly #subscription: Subscription;
  readonly #consumer: TopicWatchEvents;
  readonly #latch: Latch;
  readonly #outage: OutageLog;
  /** Topics that can't be read now. */
  readonly #unread = new Map<string, { readonly sinceMs: number; readonly isMissing: boolean }>();
  #topics: readonly string[] | undefined;
  #counts: GroupTopics = new Map();
  #stale = false;

  constructor(
    client: ClientServices,
    settings: Pick<ConsumerSettings, "client" | "autoCreateTopics">,
    subscription: Subscription,
    consumer: TopicWatchEvents,
  ) {
    this.#client = client;
    this.#settings = settings;
    this.#subscription = subscription;
    this.#consumer = consumer;
    this.#latch = new Latch(client.time);
    this.#outage = new OutageLog(client.logger, "Kafka", client);
    if (!("test" in subscription)) this.#topics = [...subscription].toSorted();
  }

  /** Topics listed or matched; undefined before the first refresh. */
  get topics(): readonly string[] | undefined {
    return this.#topics;
  }

  /** Partition counts as last seen, of existing topics of the subscription and the group. */
  get counts(): GroupTopics {
    return this.#counts;
  }

  /** Subscribed topics that don't exist. */
  get missing(): readonly MissingTopic[] {
    return [...this.#unread].flatMap(([topic, { sinceMs, isMissing }]) =>
      isMissing ? [{ topic, sinceMs }] : []
    );
  }

  /** Refreshes soon, because leaders have moved. */
  refreshSoon(): void {
    if (this.#stale) return;
    this.#stale = true;
    this.#latch.notify();
  }

  /** Asks for topics now and returns their partition counts; topics that don't exist are left out. */
  async partitionCounts(topics: readonly string[]): Promise<GroupTopics> {
    const answer = await this.#client.cluster.refresh(topics, this.#settings.autoCreateTopics);
    return countsOf(answer.topics);
  }

  /** Refreshes until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { time } = this.#client;
    const { metadataAgeMsMax: ageMsMax } = this.#settings.client;
    const backoff = new Backoff(time, this.#client.backoff);
    while (!signal.aborted) {
      this.#stale = false;
      const settled = await this.#refresh();
      if (signal.aborted) return;
      if (settled === undefined || this.#stale) {
        await backoff.wait(signal);
        continue;
      }
      backoff.succeeded();
      const waitMsMax = !settled ? missingTopicMs : this.#consumer.isJoining() ? joiningMs : ageMsMax;
      await this.#latch.wait(Math.min(waitMsMax, ageMsMax), signal);
    }
  }

  /** Returns true if all is known, false if topics or leaders are missing, undefined after a failure. */
  async #refresh(): Promise<boolean | undefined> {
    const subscription = this.#subscription;
    const led = [...this.#consumer.ledTopics()?.keys() ?? []];
    const asked = "test" in subscription ? null : [...new Set([...subscription, ...led])];
    this.#outage.asks();
    try {
      const answer = await this.#client.cluster.refresh(asked, this.#settings.autoCreateTopics);
      this.#outage.succeeded();
      this.#keep(answer.topics);
      const whole = this.#warnOfMissing(answer.topics);
      this.#consumer.refreshed();
      return whole;
    } catch (cause) {
      if (!isOutage(cause)) this.#consumer.failed(cause);
      else this.#outage.failed(cause);
      return undefined;
    }
  }

  #keep(found: readonly TopicMetadata[]): void {
    this.#counts = countsOf(found);
    const subscription = this.#subscription;
    if (!("test" in subscription)) return;
    this.#topics = found.filter(({ topic, internal, code }) =>
      code === KafkaCode.none && !internal && subscription.test(topic)
    )
      .map(({ topic }) => topic).toSorted();
  }

  #warnOfMissing(found: readonly TopicMetadata[]): boolean {
    const wanted = this.#topics ?? [];
    for (const topic of wanted) {
      const code = found.find((known) => known.topic === topic)?.code ?? KafkaCode.unknownTopicOrPartition;
      if (code === KafkaCode.none) this.#unread.delete(topic);
      if (code === KafkaCode.none || this.#unread.has(topic)) continue;
      const isMissing = code === KafkaCode.unknownTopicOrPartition;
      this.#unread.set(topic, { sinceMs: this.#client.time.monotonic(), isMissing });
      const text = isMissing ? "doesn't exist: the consumer waits for it" : "can't be read: see the code";
      this.#client.logger.warn(`Topic ${topic} ${text}`, { topic, code: codeName(code) });
      if (!isRetriableCode(code)) this.#consumer.failed(new KafkaCodeError(code, `read topic ${topic}`));
    }
    return wanted.length > 0 && found.filter(({ topic }) => wanted.includes(topic)).every(isWhole) &&
      wanted.every((topic) => this.#counts.has(topic));
  }
}

function countsOf(topics: readonly TopicMetadata[]): GroupTopics {
  const known = topics.filter(({ code, partitions }) => code === KafkaCode.none && partitions.length > 0);
  return new Map(known.map(({ topic, partitions }) => [topic, partitions.length]));
}

function isWhole({ code, partitions }: TopicMetadata): boolean {
  return code === KafkaCode.none && partitions.every(({ leader }) => leader >= 0);
}
