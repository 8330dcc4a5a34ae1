/**
 * The settings of the sandbox's broker.
 *
 * @module
 */

/** One more listener, for tests of TLS and SASL; its port is chosen unless given. */
export interface KafkaListener {
  /** In capitals, as Kafka wants it; PLAINTEXT and CONTROLLER are taken. */
  readonly name: string;
  readonly protocol: "PLAINTEXT" | "SSL" | "SASL_PLAINTEXT" | "SASL_SSL";
  readonly port?: number;
  /** The name it tells clients to come back to, 127.0.0.1 unless given. */
  readonly advertisedHost?: string;
  /** Settings of this listener alone, without their `listener.name.NAME.` prefix; SASL listeners know SCRAM anyway. */
  readonly properties?: Readonly<Record<string, string>>;
}

/** What the settings depend on. */
export interface KafkaPropertiesInput {
  readonly dataDir: string;
  readonly ports: { readonly client: number; readonly controller: number };
  readonly listeners: readonly (KafkaListener & { readonly port: number })[];
  /** Win over everything else. */
  readonly extra: Readonly<Record<string, string>>;
}

/** A single KRaft node, as a small production broker where tests don't say otherwise. */
export function kafkaProperties(input: KafkaPropertiesInput): Readonly<Record<string, string>> {
  const { ports, listeners } = input;
  const bound = listeners.map(({ name, port }) => `${name}://127.0.0.1:${port}`);
  const advertised = listeners.map(({ name, port, advertisedHost }) =>
    `${name}://${advertisedHost ?? "127.0.0.1"}:${port}`
  );
  const protocols = listeners.map(({ name, protocol }) => `${name}:${protocol}`);
  const client = `PLAINTEXT://127.0.0.1:${ports.client}`;
  return {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.quorum.voters": `1@127.0.0.1:${ports.controller}`,
    "controller.listener.names": "CONTROLLER",
    "listeners": [client, `CONTROLLER://127.0.0.1:${ports.controller}`, ...bound].join(","),
    "advertised.listeners": [client, ...advertised].join(","),
    "listener.security.protocol.map": ["PLAINTEXT:PLAINTEXT", "CONTROLLER:PLAINTEXT", ...protocols].join(","),
    "log.dirs": input.dataDir,
    ...ofOneNode,
    ...Object.fromEntries(listeners.flatMap(ownProperties)),
    ...input.extra,
  };
}

const ofOneNode = {
  "group.initial.rebalance.delay.ms": "0",
  "offsets.topic.replication.factor": "1",
  // Kafka's 50 cost about a second at the first use of a group.
  "offsets.topic.num.partitions": "4",
  "transaction.state.log.replication.factor": "1",
  "transaction.state.log.min.isr": "1",
  "transaction.state.log.num.partitions": "4",
  "share.coordinator.state.topic.replication.factor": "1",
  "share.coordinator.state.topic.min.isr": "1",
  // After a kill -9 the controller lets the broker in again only when its former life has timed out (default 9 s).
  "broker.session.timeout.ms": "3000",
  "broker.heartbeat.interval.ms": "500",
  // A test's group may want to notice a dead member soon.
  "group.min.session.timeout.ms": "1000",
  // Topics are made on purpose, as in a well-kept cluster.
  "auto.create.topics.enable": "false",
  // The log's first segment is made at its full size otherwise.
  "log.index.size.max.bytes": "1048576",
};

const scramModule = "org.apache.kafka.common.security.scram.ScramLoginModule required;";
const scramProperties = {
  "sasl.enabled.mechanisms": "SCRAM-SHA-256,SCRAM-SHA-512",
  "scram-sha-256.sasl.jaas.config": scramModule,
  "scram-sha-512.sasl.jaas.config": scramModule,
};

function ownProperties(listener: KafkaListener): readonly (readonly [string, string])[] {
  const prefix = `listener.name.${listener.name.toLowerCase()}.`;
  const properties = {
    ...(listener.protocol.startsWith("SASL_") ? scramProperties : {}),
    ...listener.properties,
  };
  return Object.entries(properties).map(([name, value]) => [prefix + name, value] as const);
}
