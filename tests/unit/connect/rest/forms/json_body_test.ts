import assert from "node:assert/strict";
import { readJson, requestBytesMax } from "../../../../../connect/rest/forms/json_body.ts";
import { RestError } from "../../../../../connect/rest/rest_error.ts";

const never = new AbortController().signal;

function request(
  chunks: readonly (Uint8Array | string)[],
  options: { readonly isEndless?: boolean } = {},
): Request {
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) {
        controller.enqueue(typeof chunk === "string" ? encoder.encode(chunk) : chunk);
      }
      if (options.isEndless !== true) controller.close();
    },
  });
  return new Request("http://localhost/", { method: "POST", body });
}

async function refusal(sent: Request, signal = never): Promise<readonly [number, string]> {
  try {
    await readJson(sent, signal);
  } catch (error) {
    assert.ok(error instanceof RestError);
    return [error.status, error.message];
  }
  throw new Error("it was taken");
}

Deno.test("scalars become text with the digits they were written with", async () => {
  const body = '{"a":1.50,"b":12345678901234567890,"c":true,"d":null,"e":[-0,1e3]}';
  assert.deepEqual(await readJson(request([body]), never), {
    a: "1.50",
    b: "12345678901234567890",
    c: true,
    d: null,
    e: ["-0", "1e3"],
  });
});

Deno.test("a character may arrive in pieces", async () => {
  const bytes = new TextEncoder().encode('{"name":"ü"}');
  const pieces = [...bytes].map((byte) => Uint8Array.of(byte));
  assert.deepEqual(await readJson(request(pieces), never), { name: "ü" });
});

Deno.test("a body is read up to its limit, whether or not it says how long it is", async () => {
  const limit = `"${"x".repeat(requestBytesMax - 2)}"`;
  assert.equal(String(await readJson(request([limit]), never)).length, requestBytesMax - 2);
  const tooLong = [413, `Cannot read the request: its body has more than ${requestBytesMax} bytes`];
  assert.deepEqual(await refusal(request([limit, " "])), tooLong);
  assert.deepEqual(await refusal(request([limit, " "], { isEndless: true })), tooLong);
  const headers = { "content-length": String(requestBytesMax + 1) };
  assert.deepEqual(
    await refusal(new Request("http://localhost/", { method: "POST", body: "{}", headers })),
    tooLong,
  );
});

Deno.test("a body that doesn't come is waited for until the signal", async () => {
  const ending = new AbortController();
  const waiting = refusal(request(['{"name":'], { isEndless: true }), ending.signal);
  ending.abort();
  assert.deepEqual(await waiting, [408, "Cannot read the request: its body took too long"]);
});

Deno.test("what is no JSON is refused without a word of it", async () => {
  for (
    const body of ['{"password":"s3cret"', "{} s3cret", "s3cret", "NaN", "{'a':1}", '{"a":"\u0001s3cret"}']
  ) {
    assert.deepEqual(await refusal(request([body])), [400, "Cannot read the request: its body is not JSON"]);
  }
  assert.deepEqual(await refusal(request(["  \n"])), [
    400,
    "Cannot read the request: a JSON body is expected",
  ]);
  const latin1 = Uint8Array.of(0x22, 0xfc, 0x22);
  assert.match((await refusal(request([latin1])))[1], /is not UTF-8/);
});
