/** The settings of the sandbox's broker. @module */

/** A further listener, for tests of TLS and SASL. Its port is chosen if absent. */
export interface KafkaListener {
  /** In capitals, as Kafka requires; PLAINTEXT and CONTROLLER are taken. */
  readonly name: string;
  readonly protocol: "PLAINTEXT" | "SSL" | "SASL_PLAINTEXT" | "SASL_SSL";
  readonly port?: number;
  /** The host it advertises to clients; defaults to 127.0.0.1. */
  readonly advertisedHost?: string;
  /** Settings of this listener, without the prefix `listener.name.NAME.`; SASL listeners have SCRAM. */
  readonly properties?: Readonly<Record<string, string>>;
}

interface KafkaPropertiesInput {
  readonly dataDir: string;
  readonly ports: { readonly client: number; readonly controller: number };
  readonly listeners: readonly (KafkaListener & { readonly port: number })[];
  /** Override everything else. */
  readonly extra: Readonly<Record<string, string>>;
}

/** Returns the settings of a single KRaft node, like a small production broker unless tests differ. */
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
  // Kafka's default of 50 costs about a second at the first use of a group.
  "offsets.topic.num.partitions": "4",
  "transaction.state.log.replication.factor": "1",
  "transaction.state.log.min.isr": "1",
  "transaction.state.log.num.partitions": "4",
  "share.coordinator.state.topic.replication.factor": "1",
  "share.coordinator.state.topic.min.isr": "1",
  // After a kill -9 the controller accepts the broker only when its old session has timed out (default 9 s).
  "broker.session.timeout.ms": "3000",
  "broker.heartbeat.interval.ms": "500",
  // Lets a test's group notice a dead member quickly.
  "group.min.session.timeout.ms": "1000",
  // Topics are created explicitly, as in a well-run cluster.
  "auto.create.topics.enable": "false",
  // Otherwise the log's first segment is created at full size.
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
