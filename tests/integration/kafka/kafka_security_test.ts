/** Every way to reach a real broker: which logins succeed, which fail, and the messages. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { kafkaProblem } from "../../../cli/kafka_check.ts";
import { systemTime } from "../../../cli/process/system_time.ts";
import { systemSources } from "../../../cli/process/config_sources.ts";
import { ConfigException, RetriableException } from "../../../connect/api/exceptions.ts";
import type { KafkaClients } from "../../../connect/api/ports.ts";
import { resolveReferences } from "../../../connect/config/references/config_providers.ts";
import { createKafkaClients } from "../../../connect/kafka/mod.ts";
import { waitMsMax } from "../../../sandbox/wait.ts";
import { FakeLogger } from "../../support/fakes/fake_logger.ts";
import {
  calmSession,
  eventually,
  shortSession,
  TestMember,
  textRecord,
} from "../../support/kafka/kafka_fixture.ts";
import {
  certificates,
  changeScramPassword,
  passwords,
  plainJaas,
  scramJaas,
  startSecuredKafka,
  startTokenServer,
  tokenJaas,
  trusting,
} from "../../support/kafka/secured_kafka.ts";

type Properties = Readonly<Record<string, string>>;

const folder = await Deno.makeTempDir({ prefix: "sluice-test-" });
const pem = (name: string) => Deno.readTextFileSync(join(certificates, name));
const file = (name: string) => join(certificates, name);

/** Enough for a refusal on a busy machine; retries use all of it. */
const apiTimeoutMs = "5000";

const tls = { "security.protocol": "SSL", ...trusting };
const login = (mechanism: string, jaas: string): Properties => ({
  "security.protocol": "SASL_SSL",
  ...trusting,
  "sasl.mechanism": mechanism,
  "sasl.jaas.config": jaas,
});

Deno.test("Kafka's security", async (t) => {
  await using kafka = await startSecuredKafka(folder);
  await using tokens = startTokenServer("address");
  const logger = new FakeLogger();
  let names = 0;
  const at = (listener: string, host = "127.0.0.1") =>
    (kafka.listeners[listener] ?? "").replace("127.0.0.1", host);
  const clientsOf = (properties: Properties, more: { currentWorker?: () => Promise<Properties> } = {}) =>
    createKafkaClients(properties, { time: systemTime, logger, ...more });
  const byToken = {
    ...login("OAUTHBEARER", `${tokenJaas(passwords.token).slice(0, -1)} ${ownTrust};`),
    "sasl.oauthbearer.token.endpoint.url": tokens.url,
    "sasl.login.callback.handler.class":
      "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler",
  };

  const good: readonly (readonly [string, string, Properties])[] = [
    ["TLS", at("TLS"), tls],
    ["TLS to a host with a name", at("NAMED", "localhost"), tls],
    ["TLS, any host", at("NAMED"), { ...tls, ...anyHost }],
    ["TLS, certificates in the configuration, on one line", at("TLS"), {
      "security.protocol": "ssl",
      "ssl.truststore.type": "PEM",
      "ssl.truststore.certificates": `${pem("foreign.pem")}${pem("root.pem")}`.replaceAll("\n", " "),
      "ssl.enabled.protocols": "TLSv1.2",
    }],
    ["mutual TLS, encrypted key", at("MUTUAL"), { ...tls, ...encryptedIdentity }],
    ["PLAIN", at("LOGIN"), login("PLAIN", plainJaas(passwords.plain))],
    ["SCRAM-SHA-256", at("LOGIN"), login("SCRAM-SHA-256", scramJaas(passwords.scram))],
    ["SCRAM-SHA-512", at("LOGIN"), login("SCRAM-SHA-512", scramJaas(passwords.scram))],
    ["SCRAM without TLS", at("OPEN"), {
      ...login("SCRAM-SHA-512", scramJaas(passwords.scram)),
      "security.protocol": "SASL_PLAINTEXT",
    }],
    ["OAUTHBEARER", at("LOGIN"), byToken],
  ];
  for (const [name, bootstrap, properties] of good) {
    await t.step(`writes and reads by ${name}`, async () => {
      await roundTrip(clientsOf({ "bootstrap.servers": bootstrap, ...properties }), `good-${names++}`);
    });
  }

  const refused: readonly (readonly [string, string, Properties, RegExp])[] = [
    [
      "a wrong password (SCRAM)",
      at("LOGIN"),
      login("SCRAM-SHA-512", scramJaas("wr0ng")),
      /password of sasl\.jaas\.config/,
    ],
    [
      "a wrong password (PLAIN)",
      at("LOGIN"),
      login("PLAIN", plainJaas("wr0ng")),
      /password of sasl\.jaas\.config/,
    ],
    [
      "an unknown user",
      at("LOGIN"),
      login("SCRAM-SHA-256", scramJaas("wr0ng", "nob0dy")),
      /user or password of sasl/,
    ],
    ["a mechanism the broker hasn't", at("OPEN"), {
      ...login("PLAIN", plainJaas("wr0ng")),
      "security.protocol": "SASL_PLAINTEXT",
    }, /doesn't offer sasl\.mechanism PLAIN/],
    [
      "a foreign certificate",
      at("TLS"),
      { ...tls, "ssl.truststore.location": file("foreign.pem") },
      /not signed by.*ssl\.truststore\.location/,
    ],
    [
      "a certificate the system doesn't trust",
      at("TLS"),
      { "security.protocol": "SSL" },
      /ssl\.truststore\.location isn't set/,
    ],
    ["an expired certificate", at("EXPIRED", "localhost"), tls, /has expired on 2020-02-01T00:00:00/],
    [
      "an expired certificate for any host",
      at("EXPIRED"),
      { ...tls, ...anyHost },
      /has expired on 2020-02-01T00:00:00/,
    ],
    [
      "another host's certificate",
      at("NAMED"),
      tls,
      /another host; ssl\.endpoint\.identification\.algorithm/,
    ],
    ["no certificate of ours", at("MUTUAL"), tls, /expected ssl\.keystore\.location/],
    [
      "an expired certificate of ours",
      at("MUTUAL"),
      { ...tls, ...inlineIdentity("expired") },
      /of ssl\.keystore\.certificate\.chain/,
    ],
    [
      "a foreign certificate of ours",
      at("MUTUAL"),
      { ...tls, ...inlineIdentity("stranger") },
      /of ssl\.keystore\.certificate\.chain/,
    ],
    ["plain text to a listener with TLS", at("TLS"), {}, /it speaks TLS and security\.protocol is PLAINTEXT/],
    ["a login to a listener without", kafka.bootstrap, {
      ...login("PLAIN", plainJaas("wr0ng")),
      "security.protocol": "SASL_PLAINTEXT",
    }, /its listener has no SASL, security\.protocol is SASL_PLAINTEXT/],
    ["a wrong secret at the token endpoint", at("LOGIN"), {
      ...byToken,
      "sasl.oauthbearer.client.credentials.client.secret": "wr0ng",
    }, /token\.endpoint\.url: it answered 401 invalid_client, expected 200/],
    ["a token endpoint that isn't trusted", at("LOGIN"), {
      ...byToken,
      "sasl.jaas.config": tokenJaas(passwords.token),
    }, /token\.endpoint\.url: TLS refused/],
    [
      "a trust store that isn't there",
      at("TLS"),
      { ...tls, "ssl.truststore.location": file("nothing.pem") },
      /Cannot read the file of ssl\.truststore\.location: .*nothing\.pem \(ENOENT\)/,
    ],
  ];
  for (const [name, bootstrap, properties, expected] of refused) {
    await t.step(`refuses ${name}, and says where to look`, async () => {
      const clients = clientsOf({ "bootstrap.servers": bootstrap, ...properties });
      const error = await refusalOf(clients);
      assert.ok(error instanceof ConfigException, String(error));
      assert.match(error.message, expected);
    });
  }

  await t.step("refuses an expired token, and gets another one next time", async () => {
    tokens.lifeSeconds = -50;
    const clients = clientsOf({ "bootstrap.servers": at("LOGIN"), ...byToken });
    const admin = clients.admin("token", {});
    await assert.rejects(admin.clusterId(), /it refuses the token \(OAUTHBEARER\)/);
    tokens.lifeSeconds = 3600;
    assert.notEqual(await admin.clusterId(), "");
    await admin.close();
  });

  await t.step("waits for a token endpoint that is out of order", async () => {
    tokens.failure = 503;
    const clients = clientsOf({ "bootstrap.servers": at("LOGIN"), ...byToken });
    const admin = clients.admin("token", { "default.api.timeout.ms": apiTimeoutMs });
    await assert.rejects(
      admin.clusterId(),
      (thrown: unknown) => thrown instanceof RetriableException && /it answered 503/.test(thrown.message),
    );
    tokens.failure = null;
    assert.notEqual(await admin.clusterId(), "");
    await admin.close();
  });

  await t.step("says what may be wrong where a listener hangs up, and goes on trying", async () => {
    const hints: readonly (readonly [string, Properties, RegExp])[] = [
      [kafka.bootstrap, tls, /its listener may have no TLS: security\.protocol is SSL/],
      [at("OPEN"), {}, /its listener may want a login: security\.protocol is PLAINTEXT/],
    ];
    for (const [bootstrap, properties, expected] of hints) {
      const admin = clientsOf({ "bootstrap.servers": bootstrap, ...properties })
        .admin("hint", { "default.api.timeout.ms": apiTimeoutMs });
      await assert.rejects(
        admin.clusterId(),
        (thrown: unknown) => thrown instanceof RetriableException && expected.test(thrown.message),
      );
      await admin.close();
    }
  });

  await t.step("validate logs in as a connector's consumer does", async () => {
    const settings = {
      "bootstrap.servers": at("LOGIN"),
      ...login("SCRAM-SHA-512", scramJaas("wr0ng")),
      "consumer.sasl.jaas.config": scramJaas(passwords.scram),
    };
    assert.equal(await kafkaProblem(clientsOf(settings), settings, {}), undefined);
    const other = { "consumer.override.sasl.jaas.config": scramJaas("wr0ng", "nob0dy") };
    assert.match(
      await kafkaProblem(clientsOf(settings), settings, other) ?? "",
      /^Cannot log in to Kafka at 127\.0\.0\.1:\d+: it refuses user or password of sasl\.jaas\.config/,
    );
  });

  await t.step("doesn't wait for ever where nobody answers the TLS handshake", async () => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const taken: Deno.Conn[] = [];
    const taking = (async () => {
      for await (const connection of listener) taken.push(connection);
    })();
    const bootstrap = `127.0.0.1:${(listener.addr as Deno.NetAddr).port}`;
    const admin = clientsOf({ "bootstrap.servers": bootstrap, ...tls }).admin("hang", {
      "socket.connection.setup.timeout.ms": "200",
      "default.api.timeout.ms": apiTimeoutMs,
    });
    await assert.rejects(admin.clusterId(), /no connection to 127\.0\.0\.1:\d+: no answer in time/);
    await admin.close();
    listener.close();
    await taking;
    for (const connection of taken) connection.close();
  });

  await t.step("logs in again on the same connection before a session ends", async () => {
    tokens.lifeSeconds = 20;
    const group = `again-${names++}`;
    const clients = clientsOf({ "bootstrap.servers": at("LOGIN"), ...byToken });
    const member = await memberOf(clients, group);
    await member.until("an assignment", () => member.consumer.assignment().length === 1);
    const before = tokens.given;
    await member.until("a token more", () => tokens.given > before);
    await clients.producer("writer", {}).send([textRecord(group, 0, "after")]);
    await member.until("a record after it", () => member.values().includes("after"));
    assert.equal(member.events.length, 1, "no rebalance");
    await member.close();
    tokens.lifeSeconds = 3600;
  });

  await t.step("takes up a changed password and certificate without a restart", async () => {
    await rotate({ kafka, at, logger, names: `rotated-${names++}` });
  });

  await t.step("shows no secret in any log line", () => {
    const shown = JSON.stringify(
      logger.lines,
      (_, value) => typeof value === "bigint" ? String(value) : value,
    );
    for (
      const secret of [...Object.values(passwords), "wr0ng", "n3w-s3cret", "key-secret", "nob0dy", "PRIVATE"]
    ) {
      assert.ok(!shown.includes(secret), secret);
    }
  });
  await Deno.remove(folder, { recursive: true });
});

const anyHost = { "ssl.endpoint.identification.algorithm": "" };
const ownTrust = `ssl.truststore.location="${file("root.pem")}"`;
const encryptedIdentity = {
  "ssl.keystore.type": "PEM",
  "ssl.keystore.certificate.chain": pem("client.pem"),
  "ssl.keystore.key": pem("client.encrypted.key"),
  "ssl.key.password": "key-secret",
};

function inlineIdentity(name: string): Properties {
  return { "ssl.keystore.certificate.chain": pem(`${name}.pem`), "ssl.keystore.key": pem(`${name}.key`) };
}

async function memberOf(clients: KafkaClients, topic: string, overrides: Properties = calmSession) {
  const admin = clients.admin("maker", {});
  await admin.createTopic(topic, 1, 1);
  await admin.close();
  const member = new TestMember(
    clients.consumer({ groupId: topic, clientId: topic, overrides }),
  );
  await member.consumer.subscribe([topic], member);
  return member;
}

async function roundTrip(clients: KafkaClients, topic: string): Promise<void> {
  const member = await memberOf(clients, topic);
  const producer = clients.producer("writer", {});
  const texts = ["a", "b", "c".repeat(300_000)];
  await producer.send(texts.map((text) => textRecord(topic, 0, text)));
  await member.until("all records", () => member.records.length === texts.length);
  assert.deepEqual(member.values(), texts);
  await member.close();
  await producer.close();
}

/** The error that all three clients throw, before the timeout. */
async function refusalOf(clients: KafkaClients): Promise<unknown> {
  const consumer = clients.consumer({ groupId: "g", clientId: "c", overrides: {} });
  const nobody = { assigned: done, revoked: done, lost: done };
  await consumer.subscribe(["nothing"], nobody);
  const producer = clients.producer("p", {});
  const admin = clients.admin("a", {});
  const attempts = [
    async () => {
      while (true) await consumer.poll(1_000);
    },
    () => producer.send([textRecord("nothing", 0, "")]),
    () => admin.clusterId(),
  ];
  try {
    const errors = await Promise.all(attempts.map((attempt) => failureOf(attempt)));
    const [first] = errors;
    for (const error of errors) assert.equal(String(error), String(first), "all clients are told the same");
    return first;
  } finally {
    await Promise.all([consumer.close(waitMsMax), producer.close(), admin.close()]);
  }
}

const done = () => Promise.resolve();

async function failureOf(attempt: () => Promise<unknown>): Promise<unknown> {
  const stop = new AbortController();
  const late = systemTime.sleep(waitMsMax, stop.signal).then(() => new Error("no answer in time"));
  const failed = attempt().then(() => new Error("it was let in"), (error: unknown) => error);
  const outcome = await Promise.race([failed, late]);
  stop.abort();
  return outcome;
}

interface Rotation {
  readonly kafka: { readonly bootstrap: string; restart(): Promise<void> };
  readonly at: (listener: string) => string;
  readonly logger: FakeLogger;
  readonly names: string;
}

/** Rotates the broker's secret, then the clients'. Running clients continue by themselves; new ones throw. */
async function rotate({ kafka, at, logger, names }: Rotation): Promise<void> {
  const secretFile = join(folder, "kafka.properties");
  const trustFile = join(folder, "trust.pem");
  await Deno.writeTextFile(secretFile, `password=${passwords.scram}\n`);
  await Deno.copyFile(file("root.pem"), trustFile);
  const written = {
    "bootstrap.servers": at("LOGIN"),
    ...login("SCRAM-SHA-512", scramJaas(`\${file:${secretFile}:password}`)),
  };
  const policy = { variables: "all", allowedPaths: [folder] } as const;
  const currentWorker = async () => (await resolveReferences(written, systemSources, policy)).props;
  const services = { time: systemTime, logger };
  const byPassword = createKafkaClients(await currentWorker(), { ...services, currentWorker });
  const byTrust = createKafkaClients({
    "bootstrap.servers": at("TLS"),
    ...tls,
    "ssl.truststore.location": trustFile,
  }, services);
  const hasty = createKafkaClients({
    ...await currentWorker(),
    "sluice.auth.retry.timeout.ms": "0",
  }, services);
  const members = [
    await memberOf(byPassword, `${names}-password`, shortSession),
    await memberOf(byTrust, `${names}-trust`, shortSession),
  ];
  const impatient = await memberOf(hasty, `${names}-hasty`);
  for (const member of [...members, impatient]) {
    await member.until("an assignment", () => member.consumer.assignment().length === 1);
  }

  await changeScramPassword(kafka.bootstrap, "n3w-s3cret");
  await Deno.copyFile(file("foreign.pem"), trustFile);
  await kafka.restart();
  for (const member of members) member.pollOn();
  const warned = () =>
    logger.lines.filter(({ message }) =>
      message === "Kafka refuses the login: the client retries for a while"
    );
  await eventually("both to be refused", () => warned().length >= members.length);
  await assert.rejects(
    impatient.until("never", () => false),
    (thrown: unknown) => thrown instanceof ConfigException && /password of sasl\.jaas/.test(thrown.message),
  );

  await Deno.writeTextFile(secretFile, "password=n3w-s3cret\n");
  await Deno.copyFile(file("root.pem"), trustFile);
  const producer = createKafkaClients({ "bootstrap.servers": kafka.bootstrap }, services).producer("w", {});
  await producer.send(["password", "trust"].map((of) => textRecord(`${names}-${of}`, 0, "after")));
  for (const member of members) {
    await eventually("the record after it", () => member.values().includes("after"));
    await member.close();
  }
  await impatient.close();
  await producer.close();
}
