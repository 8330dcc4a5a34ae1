import assert from "node:assert/strict";
import { readJson } from "../../../../connect/rest/json_body.ts";
import { RestError } from "../../../../connect/rest/rest_error.ts";

async function refusal(body: string): Promise<RestError> {
  const request = new Request("http://127.0.0.1/", { method: "POST", body });
  try {
    await readJson(request, new AbortController().signal);
  } catch (error) {
    assert.ok(error instanceof RestError, String(error));
    return error;
  }
  throw new Error("it was read");
}

Deno.test("half a surrogate pair is refused as a name and as a value: nothing could carry it further", async () => {
  for (const body of ['{"name":"\\ud800"}', '{"\\udc00":1}', '["a\\ud83d"]']) {
    const { status, message } = await refusal(body);
    assert.equal(status, 400);
    assert.match(message, /half a surrogate pair/);
  }
});

Deno.test("what is no JSON is 400, and the answer doesn't quote it", async () => {
  const { status, message } = await refusal('{"password":"s3cret"');
  assert.equal(status, 400);
  assert.doesNotMatch(message, /s3cret/);
});
