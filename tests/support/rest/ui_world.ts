/** A worker with telesales, a selling shop, and the page's address. @module */

import { type DemoWorld, openEmbeddedWorld } from "../../../sandbox/demo/demo_world.ts";
import { kafkaClient } from "../../../sandbox/kafka/kafka_client.ts";
import { pollUntil, waitMsMax } from "../../../sandbox/wait.ts";
import { type RunningProgram, runTask, startTask } from "../programs/program.ts";

export interface UiWorld extends AsyncDisposable {
  readonly world: DemoWorld;
  readonly program: RunningProgram;
  /** `http://127.0.0.1:PORT` of the control API. */
  readonly origin: string;
}

const past = { customers: 200, events: 2_000 };

/** Starts it. The shop's past events arrive meanwhile, and one unreadable record. */
export async function startUiWorld(): Promise<UiWorld> {
  await using stack = new AsyncDisposableStack();
  const world = stack.use(await openEmbeddedWorld());
  const variables = {
    BANK2_URL: world.workerUrl,
    TELESALES_KEY_SECRET: world.keySecret,
    CONNECT_BOOTSTRAP_SERVERS: world.bootstrap,
    CONNECT_LISTENERS: "http://127.0.0.1:0",
  };
  const connector = ["--connector", "telesales"];
  const admin = { ...variables, BANK2_ADMIN_URL: world.adminUrl };
  const migrated = await runTask("migrate", { args: connector, variables: admin });
  if (migrated.code !== 0) throw new Error(migrated.stderr);
  await world.bank1.fill(past);
  await sendUnreadable(world);
  stack.use(await world.startProducer());
  const program = stack.use(startTask("start", { args: [...connector, "--rest"], variables }));
  const port = await pollUntil("the control API", waitMsMax, () => portIn(program.log()));
  const everything = stack.move();
  return {
    ...{ world, program },
    origin: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  };
}

/** Reads the port from the log's JSON line about the listener. */
function portIn(log: string): string | undefined {
  return /The control API listens.*?"port":\s*"?(\d+)/.exec(log)?.[1];
}

async function sendUnreadable({ bootstrap, topics }: DemoWorld): Promise<void> {
  const producer = kafkaClient(bootstrap).producer();
  await producer.connect();
  try {
    await producer.send({ topic: topics.registration, messages: [{ key: "1", value: "not JSON" }] });
  } finally {
    await producer.disconnect();
  }
}
