import assert from "node:assert/strict";
import { ControlListeners } from "../../../../cli/control/control_listeners.ts";
import { ConfigException } from "../../../../connect/api/exceptions.ts";
import { FakeLogger } from "../../../support/fakes/fake_logger.ts";

const anyPort = { listeners: "http://127.0.0.1:0,http://localhost:0", "health.port": "0" };
const wanted = { settings: anyPort, hasControl: true, isOpen: false };

function portsIn(logger: FakeLogger): readonly number[] {
  return logger.lines.map(({ fields }) => Number(fields["port"]));
}

async function ask(port: number | undefined): Promise<readonly [number, string]> {
  const response = await fetch(`http://127.0.0.1:${port}/connectors`);
  return [response.status, await response.text()];
}

Deno.test("listeners answer from the first moment: that it starts, what is asked, that it stops", async () => {
  const logger = new FakeLogger();
  await using listeners = await ControlListeners.open({ ...wanted, logger });
  const ports = portsIn(logger);
  assert.equal(ports.length, 3);
  assert.equal(listeners.workerId, `127.0.0.1:${ports[0]}`);
  const starting = '{"status":"starting","message":"Worker is still starting up."}';
  for (const port of ports) assert.deepEqual(await ask(port), [503, starting]);
  listeners.answerWith({
    control: () => Promise.resolve(new Response("control")),
    health: () => Promise.resolve(new Response("health")),
  });
  assert.deepEqual(await Promise.all(ports.map(ask)), [[200, "control"], [200, "control"], [200, "health"]]);
  listeners.stopAnswering();
  const stopping = '{"status":"stopping","message":"Worker is stopping."}';
  for (const port of ports) assert.deepEqual(await ask(port), [503, stopping]);
});

Deno.test("one listener among several that everybody reaches needs a password, and none stays open without", async () => {
  const logger = new FakeLogger();
  const settings = { listeners: "http://127.0.0.1:0,http://0.0.0.0:0" };
  await assert.rejects(
    ControlListeners.open({ ...wanted, settings, logger }),
    (error) =>
      error instanceof ConfigException &&
      /Cannot listen on 0\.0\.0\.0:0 without a password/.test(error.message),
  );
  assert.deepEqual(logger.lines, []);
});

Deno.test("nothing listens where neither control API nor health is asked for", async () => {
  const logger = new FakeLogger();
  await using listeners = await ControlListeners.open({
    settings: {},
    hasControl: false,
    isOpen: false,
    logger,
  });
  assert.equal(listeners.workerId, undefined);
  assert.deepEqual(logger.lines, []);
});
