/** The brokers of a cluster: metadata, leaders and connections. @module */

import { BrokerConnection, type ConnectionSetup } from "./broker_connection.ts";
import type { HostPort } from "./client_options.ts";
import { BrokerAwayError, failOnCode, isRetriableCode, KafkaCode } from "./kafka_error.ts";
import { findCoordinator, type Node } from "./protocol/group_api.ts";
import { metadata, type MetadataResponse, type TopicMetadata } from "./protocol/topics_api.ts";

/**
 * What a connection is for. A broker answers the requests of a connection in order, so a delayed fetch or join would
 * hold up all others.
 */
export type Purpose = "control" | "fetch" | "group";

/** A cluster as one client sees it. It retries nothing: callers know how long to wait. */
export class Cluster {
  readonly #setup: ConnectionSetup;
  readonly #nodes = new Map<number, Node>();
  readonly #topics = new Map<string, TopicMetadata>();
  readonly #slots = new Map<string, ConnectionSlot>();
  readonly #coordinators = new Map<string, Node>();
  #clusterId = "";
  #controllerId = -1;
  #closed = false;

  constructor(setup: ConnectionSetup) {
    this.#setup = setup;
  }

  /** The cluster's id by the last metadata; empty before. */
  get clusterId(): string {
    return this.#clusterId;
  }

  /** A topic by the last metadata. */
  topic(name: string): TopicMetadata | undefined {
    return this.#topics.get(name);
  }

  /** A partition's leader; undefined if unknown or none. */
  leader(topic: string, partition: number): number | undefined {
    const found = this.#topics.get(topic)?.partitions.find((known) => known.partition === partition);
    return found === undefined || found.leader < 0 ? undefined : found.leader;
  }

  /** Asks any broker about these topics, or all for null, and keeps the answer. */
  async refresh(topics: readonly string[] | null, autoCreate = false): Promise<MetadataResponse> {
    const connection = await this.#anyBroker();
    const answer = await connection.request(metadata, { topics, autoCreate });
    this.#nodes.clear();
    for (const node of answer.nodes) this.#nodes.set(node.id, node);
    for (const topic of answer.topics) this.#keep(topic);
    this.#clusterId = answer.clusterId;
    this.#controllerId = answer.controllerId;
    return answer;
  }

  async node(id: number, purpose: Purpose): Promise<BrokerConnection> {
    const node = this.#nodes.get(id);
    if (node === undefined) throw new BrokerAwayError(`broker ${id} isn't known`);
    return await this.#connection(node, purpose);
  }

  /** Returns a connection to the controller, which creates topics. */
  async controller(): Promise<BrokerConnection> {
    await this.refresh([]);
    return await this.node(this.#controllerId, "control");
  }

  /** Returns a connection to a group's coordinator. */
  async coordinator(groupId: string, purpose: Purpose = "group"): Promise<BrokerConnection> {
    const known = this.#coordinators.get(groupId);
    if (known !== undefined) return await this.#connection(known, purpose);
    const connection = await this.#anyBroker();
    const answer = await connection.request(findCoordinator, groupId);
    failOnCode(answer.code, `find the coordinator of group ${groupId}`);
    this.#coordinators.set(groupId, answer.node);
    return await this.#connection(answer.node, purpose);
  }

  /** Looks the coordinator up again at the next call. */
  forgetCoordinator(groupId: string): void {
    this.#coordinators.delete(groupId);
  }

  /** Closes the connections of one purpose, pending requests included. */
  closePurpose(purpose: Purpose): void {
    for (const [key, slot] of this.#slots) {
      if (!key.startsWith(`${purpose} `)) continue;
      this.#slots.delete(key);
      slot.opening.then((open) => open.close(), () => {}); // a connection that failed to open needs no close
    }
  }

  /** Closes all connections; safe to call twice. */
  close(): void {
    this.#closed = true;
    for (const purpose of ["control", "fetch", "group"] as const) this.closePurpose(purpose);
  }

  /** A connected broker, else the first known one that can be reached. */
  async #anyBroker(): Promise<BrokerConnection> {
    const candidates: readonly HostPort[] = [...this.#nodes.values(), ...this.#setup.options.bootstrap];
    for (const candidate of candidates) {
      const open = this.#slots.get(connectionKey(candidate, "control"))?.open;
      if (open?.usable) return open;
    }
    let last: unknown;
    for (const candidate of candidates) {
      try {
        return await this.#connection(candidate, "control");
      } catch (cause) {
        last = cause;
      }
    }
    throw last;
  }

  #connection(at: HostPort, purpose: Purpose): Promise<BrokerConnection> {
    const key = connectionKey(at, purpose);
    const known = this.#slots.get(key);
    if (known !== undefined && (known.open === undefined || known.open.usable)) return known.opening;
    if (this.#closed) return Promise.reject(new BrokerAwayError("the client was closed"));
    const slot: ConnectionSlot = {
      opening: BrokerConnection.open({ host: at.host, port: at.port }, this.#setup),
      open: undefined,
    };
    this.#slots.set(key, slot);
    slot.opening.then(
      (connection) => void (slot.open = connection),
      () => void (this.#slots.get(key) === slot && this.#slots.delete(key)), // the next caller retries
    );
    return slot.opening;
  }

  #keep(topic: TopicMetadata): void {
    if (topic.code === KafkaCode.none || isRetriableCode(topic.code)) this.#topics.set(topic.topic, topic);
    else this.#topics.set(topic.topic, { ...topic, partitions: [] });
  }
}

/** A connection that is opening or open; callers share it. */
interface ConnectionSlot {
  readonly opening: Promise<BrokerConnection>;
  open: BrokerConnection | undefined;
}

function connectionKey(at: HostPort, purpose: Purpose): string {
  return `${purpose} ${at.host}:${at.port}`;
}
