import assert from "node:assert/strict";
import { ConfigException } from "../../../../../connect/api/exceptions.ts";
import { clientOptions, parseBootstrap } from "../../../../../connect/kafka/wire/client_options.ts";
import { consumerSettings } from "../../../../../connect/kafka/consumer_settings.ts";
import { propertiesFor } from "../../../../../connect/kafka/mod.ts";
import { Settings } from "../../../../../connect/kafka/wire/settings.ts";
import { FakeLogger } from "../../../../support/fakes/fake_logger.ts";

const base = { "bootstrap.servers": "a:1" };

Deno.test("consumerSettings() takes Java's defaults but for the heartbeat, and earliest as Connect does", () => {
  const { group, fetch, offsetReset, pollRecordsMax, client } = read({});
  assert.deepEqual(group, {
    groupId: "g",
    instanceId: null,
    sessionTimeoutMs: 45_000,
    heartbeatIntervalMs: 1_000,
    maxPollIntervalMs: 300_000,
  });
  assert.equal(fetch.partitionBytesMax, 1_048_576);
  assert.equal(fetch.waitMsMax, 500);
  assert.equal(fetch.checkCrcs, true);
  assert.equal(offsetReset, "earliest");
  assert.equal(pollRecordsMax, 500);
  assert.equal(client.clientId, "c");
});

Deno.test("consumerSettings() names in one warning what has no effect, and no value of it", () => {
  const logger = new FakeLogger();
  read(
    { "receive.buffer.bytes": "65536", "enable.auto.commit": "false", "interceptor.classes": "x.Secret" },
    logger,
  );
  const texts = logger.lines.map(({ message }) => message);
  assert.deepEqual(texts, [
    "These consumer properties have no effect in Sluice: interceptor.classes, receive.buffer.bytes",
  ]);
});

Deno.test("consumerSettings() refuses what would break the group", () => {
  assert.throws(() => read({ "partition.assignment.strategy": "sticky" }), /expected the range assignor/);
  assert.throws(
    () => read({ "group.protocol": "consumer" }),
    /^ConfigException: Invalid value consumer for configuration group\.protocol: Sluice takes part in groups by the classic protocol: set group\.protocol=classic, or leave it out$/,
  );
  assert.throws(() => read({ "group.protocol": "new" }), /String must be one of: classic/);
  assert.equal(read({ "group.protocol": "CLASSIC" }).group.groupId, "g");
  assert.throws(() => read({ "heartbeat.interval.ms": "50000" }), /lower than the session timeout/);
  assert.throws(() => read({ "security.protocol": "WRONG" }), ConfigException);
  assert.throws(() => read({ "max.poll.records": "1e3" }), /Not a number of type INT/);
  assert.throws(() => read({ "isolation.level": "serializable" }), /String must be one of/);
});

Deno.test("Settings tells what nobody asked for", () => {
  const settings = new Settings({ a: "1", b: "TRUE", c: "x" });
  assert.equal(settings.integer("a", 0), 1);
  assert.equal(settings.boolean("b", false), true);
  assert.deepEqual(settings.unread(), ["c"]);
});

Deno.test("parseBootstrap() reads hosts, addresses and listeners' prefixes", () => {
  assert.deepEqual(parseBootstrap(" a.b:1 , [::1]:9092,PLAINTEXT://c:3"), [
    { host: "a.b", port: 1 },
    { host: "::1", port: 9092 },
    { host: "c", port: 3 },
  ]);
  for (const wrong of ["", " , ", "a", "a:", "a:b", ":1", "::1:9092"]) {
    assert.throws(() => parseBootstrap(wrong), ConfigException, wrong);
  }
});

Deno.test("clientOptions() looks for Kafka where Connect's worker does when nothing is said", () => {
  assert.deepEqual(clientOptions(new Settings({}), "c").bootstrap, [{ host: "localhost", port: 9092 }]);
  assert.throws(() => clientOptions(new Settings({ "bootstrap.servers": "" }), "c"), ConfigException);
});

Deno.test("propertiesFor() gives a client how to connect, then what the worker sets for its kind", () => {
  const worker = {
    "bootstrap.servers": "a:1",
    "group.id": "worker",
    "security.protocol": "SSL",
    "request.timeout.ms": "1",
    "consumer.max.poll.records": "7",
    "consumer.security.protocol": "PLAINTEXT",
    "producer.acks": "1",
  };
  assert.deepEqual(propertiesFor("consumer.", worker), {
    "bootstrap.servers": "a:1",
    "security.protocol": "PLAINTEXT",
    "max.poll.records": "7",
  });
});

function read(overrides: Record<string, string>, logger = new FakeLogger()) {
  return consumerSettings(base, { groupId: "g", clientId: "c", overrides }, logger);
}
