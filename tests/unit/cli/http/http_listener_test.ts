/** A listener limits the number and the duration of connections, and none of them blocks others. */

import assert from "node:assert/strict";
import { HttpListener, type HttpListenerOptions } from "../../../../cli/http/http_listener.ts";
import { systemTime } from "../../../../cli/process/system_time.ts";
import { restHandler } from "../../../../connect/rest/rest_handler.ts";
import { json, type Route } from "../../../../connect/rest/route.ts";
import { FakeLogger } from "../../../support/fakes/fake_logger.ts";
import { rawRequest } from "../../../support/rest/raw_http.ts";

const waitMsMax = 30_000;
const logger = new FakeLogger();
const patient = { connectionsMax: 4, headersMsMax: waitMsMax, idleMsMax: waitMsMax };

const routes: readonly Route[] = [
  { method: "GET", path: "/health", handle: () => json("healthy") },
  { method: "PUT", path: "/echo", handle: async (call) => json(await call.json()) },
  { method: "PUT", path: "/early", handle: () => json("no body is needed") },
  { method: "GET", path: "/url", handle: (call) => json(call.url) },
  { method: "GET", path: "/long", handle: () => json("x".repeat(16 * 1024 * 1024)) },
];

function listen(
  limits: Partial<HttpListenerOptions["limits"]> = {},
  handle = restHandler({
    ...{ routes, guards: [], logger },
    timeout: AbortSignal.timeout,
  }),
): HttpListener {
  const address = { hostname: "127.0.0.1", port: 0 };
  return new HttpListener(
    { address, limits: { ...patient, ...limits }, time: systemTime, logger },
    handle,
  );
}

/** A connection that has sent this much. */
async function connect(port: number, text = ""): Promise<Deno.TcpConn> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode(text));
  return connection;
}

/** Reads until the other side closes; undefined if it doesn't. */
async function readToEnd(connection: Deno.TcpConn): Promise<string | undefined> {
  const late = setTimeout(() => connection.close(), waitMsMax);
  let text = "";
  const buffer = new Uint8Array(65_536);
  try {
    for (;;) {
      const count = await connection.read(buffer);
      if (count === null) return text;
      text += new TextDecoder().decode(buffer.subarray(0, count));
    }
  } catch (error) {
    return error instanceof Deno.errors.ConnectionReset ? text : undefined;
  } finally {
    clearTimeout(late);
    try {
      connection.close();
    } catch {
      // it was late
    }
  }
}

async function until(isSo: () => boolean): Promise<void> {
  const endMs = systemTime.monotonic() + waitMsMax;
  while (!isSo()) {
    assert.ok(systemTime.monotonic() < endMs, "it never came to that");
    await systemTime.sleep(10);
  }
}

const unfinished = "GET /health HTTP/1.1\r\nHost: localhost\r\nX: ";

Deno.test("a full listener closes the connection that has waited longest for its headers", async () => {
  await using listener = listen();
  const slow: Deno.TcpConn[] = [];
  for (let index = 0; index < 4; index++) {
    slow.push(await connect(listener.port, unfinished));
    await until(() => listener.connections === index + 1);
  }
  const { status } = await rawRequest(listener.port, { method: "GET", path: "/health" });
  assert.equal(status, 200);
  const [first, ...others] = slow;
  assert.equal(await readToEnd(first!), "");
  for (const connection of others) {
    await connection.write(new TextEncoder().encode("y\r\nConnection: close\r\n\r\n"));
    assert.match(await readToEnd(connection) ?? "", /^HTTP\/1\.1 200 /);
  }
});

Deno.test("connections that are being answered are never closed for others", async () => {
  const answer = Promise.withResolvers<Response>();
  await using listener = listen({ connectionsMax: 2 }, () => answer.promise);
  const asking = [await connect(listener.port, `${unfinished}y\r\nConnection: close\r\n\r\n`)];
  asking.push(await connect(listener.port, `${unfinished}y\r\nConnection: close\r\n\r\n`));
  await until(() => listener.requests === 2);
  assert.equal(await readToEnd(await connect(listener.port, unfinished)), "");
  answer.resolve(new Response("done"));
  // One Response can be read once: the second of them is broken off, and both are let go.
  const answers = await Promise.all(asking.map(readToEnd));
  assert.ok(answers.some((text) => text?.endsWith("done")), JSON.stringify(answers));
});

for (const [what, sent] of [["headers that never end", unfinished], ["nothing at all", ""]] as const) {
  Deno.test(`a connection that sends ${what} is closed`, async () => {
    await using listener = listen({ headersMsMax: 100 });
    assert.equal(await readToEnd(await connect(listener.port, sent)), "");
    await until(() => listener.connections === 0);
  });
}

Deno.test("a connection that asks nothing more is closed, and one that asks again isn't", async () => {
  await using listener = listen({ idleMsMax: 3_000 });
  const request = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
  const connection = await connect(listener.port, request);
  await until(() => listener.connections === 1);
  await connection.write(new TextEncoder().encode(request));
  const text = await readToEnd(connection);
  assert.equal(text?.match(/HTTP\/1\.1 200 /g)?.length, 2, text);
});

Deno.test("a client that doesn't fetch its answer is let go", async () => {
  await using listener = listen({ idleMsMax: 200 });
  await connect(listener.port, "GET /long HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await until(() => listener.connections === 1);
  await until(() => listener.connections === 0);
});

Deno.test("a body is read as it comes, and one that isn't wanted doesn't take the answer with it", async () => {
  await using listener = listen();
  const put = (path: string, body: string) =>
    rawRequest(listener.port, {
      ...{ method: "PUT", path, body },
      headers: { "Content-Type": "application/json" },
    });
  const long = JSON.stringify("x".repeat(900_000));
  assert.equal((await put("/echo", long)).text, long);
  const tooLong = await put("/echo", JSON.stringify("x".repeat(2_000_000)));
  assert.equal(tooLong.status, 413);
  assert.equal((await put("/early", long)).status, 200);
});

Deno.test("behind a body that broke off nothing is taken for a request", async () => {
  await using listener = listen();
  const head = "PUT /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
  const next = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
  const broken = await connect(listener.port, `${head}Transfer-Encoding: chunked\r\n\r\nx\r\n${next}`);
  const text = await readToEnd(broken);
  assert.match(text ?? "", /^HTTP\/1\.1 400 /);
  assert.equal(text?.match(/HTTP\/1\.1 /g)?.length, 1, text);
});

Deno.test("a body in more chunks than any client makes is refused", async () => {
  await using listener = listen();
  const head = "PUT /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" +
    "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
  const send = async (chunks: number) => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: listener.port });
    const answer = readToEnd(connection);
    const bytes = new TextEncoder().encode(`${head}1\r\n1\r\n${"1\r\n0\r\n".repeat(chunks - 1)}0\r\n\r\n`);
    for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
    return await answer ?? "";
  };
  assert.match(await send(1_000), /^HTTP\/1\.1 200 /);
  assert.match(await send(70_000), /^HTTP\/1\.1 400 /);
});

Deno.test("a client that waits for a word before its body gets it where the body is wanted", async () => {
  await using listener = listen();
  const head = "HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" +
    "Expect: 100-continue\r\nContent-Length: 4\r\nConnection: close\r\n\r\n";
  const wanted = await connect(listener.port, `PUT /echo ${head}`);
  const buffer = new Uint8Array(100);
  const count = await wanted.read(buffer) ?? 0;
  assert.equal(new TextDecoder().decode(buffer.subarray(0, count)), "HTTP/1.1 100 Continue\r\n\r\n");
  await wanted.write(new TextEncoder().encode("true"));
  assert.match(await readToEnd(wanted) ?? "", /^HTTP\/1\.1 200 [^]*true$/);
  const early = await connect(listener.port, `PUT /early ${head.replace("Connection: close\r\n", "")}`);
  assert.match(await readToEnd(early) ?? "", /^HTTP\/1\.1 200 [^]*connection: close/);
});

Deno.test("a path comes as it was sent, and so do methods and names", async () => {
  await using listener = listen();
  const url = await rawRequest(listener.port, {
    ...{ method: "GET", path: "/url?a=%2e/../b" },
    headers: { Host: "Example:1" },
  });
  assert.equal(url.text, '"http://Example:1/url?a=%2e/../b"');
  assert.equal((await rawRequest(listener.port, { method: "TRACE", path: "/url" })).status, 405);
  assert.equal((await rawRequest(listener.port, { method: "FOO", path: "/url" })).status, 405);
  const garbage = await connect(listener.port, "\u0001\u0002\r\n\r\n");
  assert.match(await readToEnd(garbage) ?? "", /^HTTP\/1\.1 400 /);
  const long = await connect(listener.port, `${unfinished}${"y".repeat(64 * 1024)}\r\n\r\n`);
  assert.match(await readToEnd(long) ?? "", /^HTTP\/1\.1 431 /);
});

Deno.test("what closes lets requests end, and nobody in any more", async () => {
  const answer = Promise.withResolvers<Response>();
  const listener = listen({}, () => answer.promise);
  const asking = await connect(listener.port, `${unfinished}y\r\n\r\n`);
  const silent = await connect(listener.port);
  await until(() => listener.requests === 1 && listener.connections === 2);
  const closing = listener[Symbol.asyncDispose]();
  assert.equal(await readToEnd(silent), "");
  answer.resolve(new Response("done"));
  assert.match(await readToEnd(asking) ?? "", /done$/);
  await closing;
  await listener[Symbol.asyncDispose]();
  await assert.rejects(connect(listener.port));
});

Deno.test("health is answered while requests are at their limit", async () => {
  const held = Promise.withResolvers<Response>();
  const handle = restHandler({
    routes: [...routes, { method: "GET", path: "/held", handle: () => held.promise }],
    ...{ guards: [], logger, requestsMax: 2, timeout: AbortSignal.timeout },
  });
  const get = (path: string) => handle(new Request(`http://localhost${path}`));
  const waiting = [get("/held"), get("/held")];
  assert.equal((await get("/url")).status, 503);
  assert.equal((await get("/health")).status, 200);
  held.resolve(new Response("done"));
  await Promise.all(waiting);
  assert.equal((await get("/url")).status, 200);
});
