/** The worker's own Kafka login goes to the worker's own brokers, with the worker's own protection. */

import assert from "node:assert/strict";
import type { Props } from "../../../../connect/api/sink_task.ts";
import {
  connectorClientProperties,
  overridesNow,
  validateOverrides,
} from "../../../../connect/config/client_overrides.ts";
import { propertiesFor } from "../../../../connect/kafka/mod.ts";

const secret = "FILESECRET-77";
const plain: Props = {
  "bootstrap.servers": "kafka:9092",
  "security.protocol": "SASL_SSL",
  "sasl.mechanism": "PLAIN",
  "sasl.jaas.config": `x.PlainLoginModule required username="sluice" password="${secret}";`,
  "ssl.keystore.key": `key ${secret}`,
  "ssl.keystore.certificate.chain": "chain",
  "ssl.key.password": secret,
};
const oauth: Props = {
  "bootstrap.servers": "kafka:9092",
  "security.protocol": "SASL_SSL",
  "sasl.mechanism": "OAUTHBEARER",
  "sasl.jaas.config": "x.OAuthBearerLoginModule required;",
  "sasl.oauthbearer.token.endpoint.url": "https://idp/token",
  "sasl.oauthbearer.client.credentials.client.id": "sluice",
  "sasl.oauthbearer.client.credentials.client.secret": secret,
};
const tokenFile: Props = {
  ...oauth,
  "sasl.oauthbearer.token.endpoint.url": `file:///run/${secret}`,
};

const kinds = ["consumer", "producer", "admin"] as const;

/** The settings of a client, and those of its later connections. */
async function clientsOf(kind: typeof kinds[number], worker: Props, overrides: Props): Promise<string> {
  const connector = Object.fromEntries(
    Object.entries(overrides).map(([name, value]) => [`${kind}.override.${name}`, value]),
  );
  const base = propertiesFor(`${kind}.`, worker);
  const first = { ...base, ...connectorClientProperties(kind, worker, connector) };
  const later = { ...base, ...await overridesNow(kind, worker, () => Promise.resolve(connector))() };
  return JSON.stringify([first, later]);
}

function problems(kind: string, worker: Props, overrides: Props): readonly string[] {
  const connector = Object.entries(overrides).map(([name, value]) => [`${kind}.override.${name}`, value]);
  return validateOverrides(Object.fromEntries(connector), worker).flatMap(({ errors }) => errors);
}

const elsewhere: readonly (readonly [Props, Props])[] = [
  [plain, { "bootstrap.servers": "thief:9092" }],
  [plain, { "security.protocol": "SASL_PLAINTEXT" }],
  [plain, { "sasl.mechanism": "SCRAM-SHA-256" }],
  [plain, { "ssl.endpoint.identification.algorithm": "" }],
  [plain, { "ssl.truststore.certificates": "PEM" }],
  [plain, { "ssl.truststore.location": "/thief.pem" }],
  [plain, { "ssl.enabled.protocols": "TLSv1.2" }],
  [plain, { "socks5.proxy.address": "thief" }],
  [oauth, { "bootstrap.servers": "thief:9092" }],
  [oauth, { "sasl.oauthbearer.token.endpoint.url": "https://thief/token" }],
  [oauth, { "sasl.jaas.config": "x.OAuthBearerLoginModule required ssl.truststore.certificates=thief;" }],
  [tokenFile, { "bootstrap.servers": "thief:9092" }],
];

for (const kind of kinds) {
  for (const [worker, overrides] of elsewhere) {
    const title = `${Object.keys(overrides).join()} of a ${kind} with ${worker["sasl.mechanism"]}`;
    Deno.test(`${title}: none of the worker's login goes there`, async () => {
      assert.doesNotMatch(await clientsOf(kind, worker, overrides), new RegExp(secret));
      const ofKind = Object.fromEntries(
        Object.entries(worker).map(([name, value]) => [name.replace(/^(sasl|ssl)/, `${kind}.$1`), value]),
      );
      assert.doesNotMatch(await clientsOf(kind, ofKind, overrides), new RegExp(secret));
      const told = problems(kind, worker, overrides);
      assert.match(told[0] ?? "", new RegExp(`^Missing ${kind}\\.override\\..*expected the connector's own`));
    });
  }

  Deno.test(`a ${kind} at the worker's own brokers logs in as the worker`, async () => {
    const same = { "bootstrap.servers": "kafka:9092", "security.protocol": "SASL_SSL", "client.id": "x" };
    assert.match(await clientsOf(kind, plain, same), new RegExp(secret));
    assert.deepEqual(problems(kind, plain, same), []);
  });
}

Deno.test("a connector that brings its own login may go where it likes", async () => {
  const own = { "bootstrap.servers": "other:9092", "sasl.jaas.config": "own" };
  const keys = { "ssl.keystore.key": "", "ssl.keystore.certificate.chain": "", "ssl.key.password": "" };
  assert.deepEqual(problems("consumer", plain, { ...own, ...keys }), []);
  const text = await clientsOf("consumer", plain, { ...own, ...keys });
  assert.match(text, /"sasl\.jaas\.config":"own"/);
  assert.doesNotMatch(text, new RegExp(secret));
  assert.deepEqual(problems("consumer", plain, own).map((problem) => problem.split(":")[0]), [
    "Missing consumer.override.ssl.keystore.certificate.chain",
    "Missing consumer.override.ssl.keystore.key",
    "Missing consumer.override.ssl.key.password",
  ]);
});

Deno.test("a connector that is somebody else at the worker's brokers uses the worker's endpoint and key store", async () => {
  const own = { "sasl.jaas.config": 'x.OAuthBearerLoginModule required clientId="c" clientSecret="d";' };
  assert.deepEqual(problems("consumer", oauth, own), []);
  const text = await clientsOf("consumer", oauth, own);
  assert.match(text, /https:\/\/idp\/token/);
  assert.doesNotMatch(text, new RegExp(secret));
  assert.match(
    await clientsOf("consumer", plain, { "sasl.jaas.config": "own" }),
    /"ssl\.keystore\.key":"key FILE/,
  );
});

Deno.test("a place without a login to withhold asks for nothing", () => {
  assert.deepEqual(problems("consumer", {}, { "bootstrap.servers": "other:9092" }), []);
  const overrides = { "bootstrap.servers": "other:9092", "security.protocol": "PLAINTEXT" };
  assert.deepEqual(problems("consumer", plain, overrides), []);
});
