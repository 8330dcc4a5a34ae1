import assert from "node:assert/strict";
import { restHandler } from "../../../../connect/rest/rest_handler.ts";
import { empty, json, type Route } from "../../../../connect/rest/route.ts";
import { FakeLogger } from "../../../support/fakes/fake_logger.ts";

const routes: readonly Route[] = [
  { method: "PUT", path: "/pause", handle: () => empty(202) },
  { method: "PUT", path: "/echo", handle: async (call) => json(await call.json()) },
];
const logger = new FakeLogger();
const handle = restHandler({
  routes,
  guards: [],
  logger,
  timeout: () => new AbortController().signal,
});

function put(
  path: string,
  body: string | null,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  // A stream, as the server makes one of every body: the runtime gives a text a Content-Type of its own.
  const stream = body === null ? null : new Blob([body]).stream();
  return handle(
    new Request(`http://127.0.0.1${path}`, { method: "PUT", body: stream, headers: { ...headers } }),
  );
}

Deno.test("a body of no bytes needs no Content-Type: many clients send Content-Length: 0 with PUT", async () => {
  assert.equal((await put("/pause", "", { "content-length": "0" })).status, 202);
  assert.equal((await put("/pause", null, {})).status, 202);
  assert.equal((await put("/pause", "", {})).status, 202, "the runtime's stream of no body");
});

Deno.test("a body without a Content-Type is refused as by Connect's server", async () => {
  assert.equal((await put("/echo", "{}", { "content-length": "2" })).status, 415);
  assert.equal((await put("/echo", "{}", { "transfer-encoding": "chunked" })).status, 415);
  assert.equal((await put("/echo", "{}", { "content-type": "text/plain" })).status, 415);
  assert.equal((await put("/echo", "{}", { "content-type": "application/json" })).status, 200);
});

Deno.test("each answer is in the log at level debug, without the query", async () => {
  logger.lines.length = 0;
  await handle(new Request("http://127.0.0.1/nowhere/x?password=s3cret"));
  assert.equal(logger.text(), 'debug Request answered {"method":"GET","path":"/nowhere/x","status":404}');
});
