import assert from "node:assert/strict";
import { ConfigException } from "../../../../../connect/api/exceptions.ts";
import { BrokerAwayError } from "../../../../../connect/kafka/wire/kafka_error.ts";
import { ClientSecurity } from "../../../../../connect/kafka/security/client_security.ts";
import { LoginRefusedError } from "../../../../../connect/kafka/security/sasl_exchange.ts";
import { securitySettings } from "../../../../../connect/kafka/security/security_settings.ts";
import { Settings } from "../../../../../connect/kafka/wire/settings.ts";
import { FakeLogger } from "../../../../support/fakes/fake_logger.ts";

const login = {
  "security.protocol": "SASL_PLAINTEXT",
  "sasl.mechanism": "PLAIN",
  "sasl.jaas.config": 'x.PlainLoginModule required username="u" password="s3cret";',
  "sluice.auth.retry.timeout.ms": "1000",
};
const at = { host: "kafka", port: 9093 };
const refused = new LoginRefusedError("the broker refused the login");

function clientOf(properties: Record<string, string> = login) {
  const state = { nowMs: 0, properties };
  const logger = new FakeLogger();
  const read = () => securitySettings(new Settings(state.properties));
  const security = new ClientSecurity({
    current: () => Promise.resolve().then(read),
    first: read(),
    time: { now: () => state.nowMs, monotonic: () => state.nowMs, sleep: () => Promise.resolve() },
    logger,
  });
  return { security, state, messages: () => logger.lines.map(({ message }) => message) };
}

Deno.test("a refused login is a configuration error before the first good one", async () => {
  const { security } = clientOf();
  const error = await security.failed(refused, at, await security.forConnection());
  assert.ok(error instanceof ConfigException);
  assert.match(
    error.message,
    /^Cannot log in to Kafka at kafka:9093: it refuses user or password of sasl\.jaas\.config/,
  );
});

Deno.test("after a good login it's an outage for a while, told once, and then a configuration error", async () => {
  const { security, state, messages } = clientOf();
  security.succeeded();
  const tryAt = async (nowMs: number) => {
    state.nowMs = nowMs;
    return await security.failed(refused, at, await security.forConnection());
  };
  assert.ok(await tryAt(5_000) instanceof BrokerAwayError);
  assert.ok(await tryAt(5_999) instanceof BrokerAwayError);
  assert.ok(await tryAt(6_000) instanceof ConfigException);
  security.succeeded();
  assert.ok(await tryAt(9_000) instanceof BrokerAwayError, "a new while begins");
  assert.deepEqual(messages(), [
    "Kafka refuses the login: the client retries for a while",
    "Kafka accepts the login again",
    "Kafka refuses the login: the client retries for a while",
  ]);
});

Deno.test("a broker that is away stays an outage, however long", async () => {
  const { security, state, messages } = clientOf();
  security.succeeded();
  state.nowMs = 1e9;
  const cause = Object.assign(new Error("connect"), { code: "ECONNREFUSED" });
  const error = await security.failed(cause, at, await security.forConnection());
  assert.ok(error instanceof BrokerAwayError);
  assert.equal(error.message, "no connection to kafka:9093: ECONNREFUSED, nothing listens there");
  assert.deepEqual(messages(), []);
});

Deno.test("settings that lack a line for a moment never lead to plain text", async () => {
  const { security, state } = clientOf();
  security.succeeded();
  for (const without of [{}, { ...login, "security.protocol": "PLAINTEXT" }]) {
    state.properties = without as Record<string, string>;
    await assert.rejects(security.forConnection(), (error: unknown) => {
      assert.ok(error instanceof ConfigException);
      assert.match(error.message, /security\.protocol has changed from SASL_PLAINTEXT to PLAINTEXT/);
      return true;
    });
  }
  const half: Record<string, string> = { ...login };
  delete half["sasl.jaas.config"];
  state.properties = half;
  const missing = await security.forConnection().then(() => undefined, (error: unknown) => error);
  assert.ok(await security.failed(missing, at) instanceof BrokerAwayError, "it may be whole again soon");
});
