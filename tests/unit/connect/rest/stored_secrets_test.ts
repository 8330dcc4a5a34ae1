/** A stored secret stays with the address, the protocol and the class it was given for. */

import assert from "node:assert/strict";
import type { Props } from "../../../../connect/api/sink_task.ts";
import { RestWorld } from "../../../support/rest/rest_world.ts";

const secret = "STOREDPW-55";
const jaas = `x.PlainLoginModule required username="w" password="${secret}";`;
const needed = /It is masked; expected the real value/;

interface Case {
  readonly title: string;
  readonly stored: Props;
  readonly changes: Readonly<Record<string, string | null>>;
  /** Options whose secret must be given again; none = the change is accepted. */
  readonly asksFor: readonly string[];
}

const database = { "connection.url": "postgres://w@db/bank2", "connection.password": secret };
const consumer = {
  "consumer.override.bootstrap.servers": "kafka:9092",
  "consumer.override.security.protocol": "SASL_SSL",
  "consumer.override.sasl.mechanism": "PLAIN",
  "consumer.override.sasl.jaas.config": jaas,
};
const oauth = {
  ...consumer,
  "consumer.override.sasl.oauthbearer.token.endpoint.url": "https://idp/token",
  "consumer.override.sasl.oauthbearer.client.credentials.client.secret": secret,
};
const asksForLogin = ["consumer.override.sasl.jaas.config"];
const asksForPassword = ["connection.password"];

const cases: readonly Case[] = [
  {
    title: "connection.url to another host",
    stored: database,
    changes: { "connection.url": "postgres://w@thief/bank2" },
    asksFor: asksForPassword,
  },
  {
    title: "connection.url to weaker protection",
    stored: database,
    changes: { "connection.url": "postgres://w@db/bank2?sslmode=disable" },
    asksFor: asksForPassword,
  },
  {
    title: "connection.url by null",
    stored: database,
    changes: { "connection.url": null },
    asksFor: asksForPassword,
  },
  {
    title: "an address with the password given again",
    stored: database,
    changes: { "connection.url": "postgres://w@db2/bank2", "connection.password": secret },
    asksFor: [],
  },
  {
    title: "an address and no password any more",
    stored: database,
    changes: { "connection.url": "postgres://w@db2/bank2", "connection.password": null },
    asksFor: [],
  },
  {
    title: "an option that leads nowhere",
    stored: { ...database, ...consumer },
    changes: { "tasks.max": "2", "consumer.override.max.poll.records": "10" },
    asksFor: [],
  },
  {
    title: "a host beside the address of a sink of one's own",
    stored: { "fake.host": "db", "fake.secret": secret },
    changes: { "fake.host": "thief" },
    asksFor: ["fake.secret"],
  },
  {
    title: "the sink's address while the login to Kafka stays where it is",
    stored: { ...database, ...consumer },
    changes: { "connection.url": "postgres://w@db2/bank2", "connection.password": "other" },
    asksFor: [],
  },
  {
    title: "bootstrap.servers",
    stored: consumer,
    changes: { "consumer.override.bootstrap.servers": "thief:9092" },
    asksFor: asksForLogin,
  },
  {
    title: "bootstrap.servers by null",
    stored: consumer,
    changes: { "consumer.override.bootstrap.servers": null },
    asksFor: asksForLogin,
  },
  {
    title: "security.protocol",
    stored: consumer,
    changes: { "consumer.override.security.protocol": "SASL_PLAINTEXT" },
    asksFor: asksForLogin,
  },
  {
    title: "sasl.mechanism",
    stored: consumer,
    changes: { "consumer.override.sasl.mechanism": "SCRAM-SHA-256" },
    asksFor: asksForLogin,
  },
  {
    title: "the check of the broker's name",
    stored: consumer,
    changes: { "consumer.override.ssl.endpoint.identification.algorithm": "" },
    asksFor: asksForLogin,
  },
  {
    title: "whom the client trusts",
    stored: consumer,
    changes: { "consumer.override.ssl.truststore.certificates": "PEM" },
    asksFor: asksForLogin,
  },
  {
    title: "the token endpoint",
    stored: oauth,
    changes: { "consumer.override.sasl.oauthbearer.token.endpoint.url": "https://thief/token" },
    asksFor: [...asksForLogin, "consumer.override.sasl.oauthbearer.client.credentials.client.secret"],
  },
  {
    title: "what the token endpoint is trusted by",
    stored: oauth,
    changes: { "consumer.override.sasl.jaas.config": 'x.OAuthBearerLoginModule required a="b";' },
    asksFor: ["consumer.override.sasl.oauthbearer.client.credentials.client.secret"],
  },
  ...["producer", "admin"].map((kind) => ({
    title: `the address of the ${kind}`,
    stored: { [`${kind}.override.sasl.jaas.config`]: jaas },
    changes: { [`${kind}.override.bootstrap.servers`]: "thief:9092" },
    asksFor: [`${kind}.override.sasl.jaas.config`],
  })),
  {
    title: "the class of the connector",
    stored: { "fake.secret": secret },
    changes: { "connector.class": "example.OtherSinkConnector" },
    asksFor: ["fake.secret"],
  },
  {
    title: "the class of a converter",
    stored: { "value.converter.password": secret },
    changes: { "value.converter": "org.apache.kafka.connect.json.JsonConverter" },
    asksFor: ["value.converter.password"],
  },
];

for (const { title, stored, changes, asksFor } of cases) {
  Deno.test(`PATCH of ${title}: ${asksFor.length === 0 ? "is taken" : "asks for the secret"}`, async () => {
    const world = new RestWorld();
    const config = { ...world.config, ...stored };
    const made = await world.ask("POST", "/connectors", { name: "g", config, initial_state: "STOPPED" });
    assert.equal(made.status, 201, await made.text());
    const patched = await world.ask("PATCH", "/connectors/g/config", changes);
    const text = await patched.text();
    assert.ok(!text.includes(secret), text);
    assert.equal(patched.status, asksFor.length === 0 ? 200 : 400, text);
    for (const option of asksFor) {
      assert.ok(text.includes(`for configuration ${option}: It is masked`), text);
    }
    assert.equal(text.match(new RegExp(needed, "g"))?.length ?? 0, asksFor.length, text);
    if (asksFor.length > 0) assert.deepEqual(world.herder.info("g").config, { ...config, name: "g" });
    await world.end();
  });
}

Deno.test("what was a secret isn't shown once no plugin says so any more", async () => {
  const world = new RestWorld();
  const config = {
    ...world.config,
    transforms: "hide",
    "transforms.hide.type": "sluice.transforms.Pseudonymize$Key",
    "transforms.hide.secret": "s".repeat(32),
    "fake.pin": secret,
  };
  await world.ask("POST", "/connectors", { name: "g", config, initial_state: "STOPPED" });
  const patched = await world.ask("PATCH", "/connectors/g/config", {
    "connector.class": "example.OtherSinkConnector",
  });
  assert.match(await patched.text(), /for configuration fake\.pin: It is masked/);
  const shown = await world.ask("GET", "/connectors/g/config");
  assert.ok(!(await shown.text()).includes(secret));
  await world.end();
});

Deno.test("PUT and validate ask for the secret as PATCH does", async () => {
  const world = new RestWorld();
  const config = { ...world.config, ...consumer };
  await world.ask("POST", "/connectors", { name: "g", config, initial_state: "STOPPED" });
  const shown = await (await world.ask("GET", "/connectors/g/config")).json();
  const moved = { ...shown, "consumer.override.security.protocol": "SASL_PLAINTEXT" };
  const put = await world.ask("PUT", "/connectors/g/config", moved);
  assert.equal(put.status, 400);
  assert.match(await put.text(), needed);
  const path = "/connector-plugins/FakeSinkConnector/config/validate";
  const checked = await world.ask("PUT", path, moved);
  assert.match(await checked.text(), needed);
  const same = await world.ask("PUT", path, shown);
  assert.doesNotMatch(await same.text(), needed);
  await world.end();
});
