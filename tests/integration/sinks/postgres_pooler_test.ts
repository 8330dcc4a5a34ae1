/**
 * The wire behind a pooler such as PgBouncer, which gives each transaction another server connection: state that
 * outlives a transaction would reach another client.
 */

import assert from "node:assert/strict";
import { person, startTask } from "../../contract/sink_contract.ts";
import { postgresSinkWorld } from "../../support/sinks/postgres_sink_world.ts";
import { spanStatement, spanWriter } from "../../support/wire/span_writer.ts";
import { sharedWorld } from "../../support/world.ts";

await sharedWorld();

/** Forwards bytes and records what the client sends. */
class Tap implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #sent: Uint8Array[][] = [];
  readonly #done: Promise<void>;

  constructor(serverPort: number) {
    this.#done = this.#serve(serverPort);
  }
  get port(): number {
    return (this.#listener.addr as Deno.NetAddr).port;
  }
  /** Messages of all connections, without each one's first, which has no type. */
  messages(): readonly { readonly type: string; readonly body: Uint8Array }[] {
    return this.#sent.flatMap((chunks) => {
      const bytes = Uint8Array.from(chunks.flatMap((chunk) => [...chunk]));
      const view = new DataView(bytes.buffer);
      const found = [];
      for (let at = view.byteLength < 4 ? 0 : view.getInt32(0); at + 5 <= bytes.length;) {
        const end = at + 1 + view.getInt32(at + 1);
        found.push({ type: String.fromCharCode(bytes[at] ?? 0), body: bytes.subarray(at + 5, end) });
        at = end;
      }
      return found;
    });
  }
  async #serve(serverPort: number): Promise<void> {
    const ended: Promise<unknown>[] = [];
    for await (const client of this.#listener) {
      const server = await Deno.connect({ hostname: "127.0.0.1", port: serverPort });
      const chunks: Uint8Array[] = [];
      this.#sent.push(chunks);
      const keep = new TransformStream<Uint8Array, Uint8Array>({
        transform: (chunk, to) => {
          chunks.push(chunk.slice());
          to.enqueue(chunk);
        },
      });
      const passed = [
        client.readable.pipeThrough(keep).pipeTo(server.writable),
        server.readable.pipeTo(client.writable),
      ];
      ended.push(Promise.allSettled(passed));
    }
    await Promise.all(ended);
  }
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#done;
  }
}

async function sentBy(prepare: "true" | "false"): Promise<ReturnType<Tap["messages"]>> {
  await using world = await postgresSinkWorld();
  await world.createTable("people", { columns: { id: "integer", name: "text" }, key: ["id"] });
  const url = new URL(world.url);
  await using tap = new Tap(Number(url.port));
  url.port = String(tap.port);
  const { task } = await startTask(world, {
    "connection.url": `${url.href}?sslmode=disable`,
    "connection.prepare": prepare,
    "insert.mode": "upsert",
    "pk.mode": "record_value",
    "pk.fields": "id",
    "exactly.once.enabled": "true",
  });
  try {
    for (const round of [0, 1, 2]) await task.put([person(round, { id: BigInt(round), name: "x" })]);
  } finally {
    await task.stop();
  }
  assert.equal((await world.rows("people")).length, 3);
  return tap.messages();
}

const parse = "P";
const text = (body: Uint8Array) => new TextDecoder().decode(body);
/** Name of the prepared statement; empty for the unnamed one. */
const nameOf = (body: Uint8Array) => text(body).split("\0")[0] ?? "";

Deno.test("with connection.prepare=false no statement outlives its transaction", async () => {
  const messages = await sentBy("false");
  const parsed = messages.filter(({ type }) => type === parse);
  assert.ok(parsed.length > 3, `${parsed.length} statements`);
  assert.deepEqual(parsed.map(({ body }) => nameOf(body)).filter((name) => name !== ""), []);
  const all = messages.map(({ body }) => text(body)).join("\n");
  assert.doesNotMatch(
    all,
    /\bset\s+(?!local|constraints|transaction)\w+\s*(=|to)\b/i,
    "no setting of a session",
  );
  assert.doesNotMatch(all, /pg_advisory_lock|\blisten\b|temp table|with hold/i, "nothing else of a session");
});

Deno.test("flights of spans keep to it, too", async () => {
  await using world = await postgresSinkWorld();
  await world.createTable("people", { columns: { id: "integer", name: "text" }, key: ["id"] });
  const url = new URL(world.url);
  await using tap = new Tap(Number(url.port));
  url.port = String(tap.port);
  await using writer = spanWriter(url.href, {
    ...{ "insert.mode": "upsert", "pk.mode": "record_value", "pk.fields": "id" },
    ...{ "table.name.format": "people", "connection.prepare": "false" },
  });
  const plan = await writer.plan(["id", "name"]);
  for (const id of [0n, 1n, 2n]) {
    await writer.dialect.spans.write([spanStatement(writer, "upsert", plan, [{ id, name: "x" }])], []);
  }
  await writer.dialect.close();
  assert.equal((await world.rows("people")).length, 3);
  const messages = tap.messages();
  const flights = messages.filter(({ type, body }) => type === parse && text(body).includes("set_config"));
  assert.equal(flights.length, 3);
  assert.deepEqual(messages.filter(({ type, body }) => type === parse && nameOf(body) !== ""), []);
  const settings = flights.map(({ body }) => text(body)).join();
  assert.doesNotMatch(settings, /set_config\((?!'[a-z_]+', '[a-z0-9_]+', true\))/, "no setting of a session");
});

Deno.test("with connection.prepare=true statements have names, or the test above shows nothing", async () => {
  const messages = await sentBy("true");
  const names = messages.filter(({ type }) => type === parse).map(({ body }) => nameOf(body));
  assert.ok(names.some((name) => name !== ""), names.join());
});
