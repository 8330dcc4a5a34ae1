import assert from "node:assert/strict";
import { systemTime } from "../../../../../cli/process/system_time.ts";
import { BrokerConnection } from "../../../../../connect/kafka/wire/broker_connection.ts";
import { clientOptions } from "../../../../../connect/kafka/wire/client_options.ts";
import { FramePool } from "../../../../../connect/kafka/wire/frame_pool.ts";
import { BrokerAwayError } from "../../../../../connect/kafka/wire/kafka_error.ts";
import { kafkajsLogger } from "../../../../../connect/kafka/wire/kafkajs_internals.ts";
import { ClientSecurity } from "../../../../../connect/kafka/security/client_security.ts";
import { securitySettings } from "../../../../../connect/kafka/security/security_settings.ts";
import { Settings } from "../../../../../connect/kafka/wire/settings.ts";
import { FakeLogger } from "../../../../support/fakes/fake_logger.ts";

Deno.test("a broker that answers without a request is left at once", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const served = (async () => {
    const connection = await listener.accept();
    await connection.read(new Uint8Array(1_000));
    const frame = Uint8Array.of(0, 0, 0, 8, 0x7f, 0, 0, 0, 0, 0, 0, 0);
    let sent = 0;
    try {
      for (; sent < 100_000; sent++) await connection.write(frame);
    } catch {
      // it hung up, which is what is wanted
    }
    connection.close();
    return sent;
  })();
  const settings = new Settings({ "bootstrap.servers": `127.0.0.1:${port}` });
  const options = clientOptions(settings, "test");
  const logger = new FakeLogger();
  const security = new ClientSecurity({
    current: () => Promise.resolve(securitySettings(settings)),
    first: options.security,
    time: systemTime,
    logger,
  });
  const rawLogger = kafkajsLogger(logger);
  const opening = BrokerConnection.open(
    { host: "127.0.0.1", port },
    { options, security, time: systemTime, rawLogger, frames: new FramePool(0) },
  );
  await assert.rejects(opening, (error) => {
    assert.ok(error instanceof BrokerAwayError);
    assert.match(`${error.message} ${error.cause}`, /an answer without a request/);
    return true;
  });
  assert.ok(await served < 100_000, "it doesn't listen to the end");
  listener.close();
});
