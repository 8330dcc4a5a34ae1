import assert from "node:assert/strict";
import { postgresSink } from "../../../../sinks/postgres/postgres_sink.ts";

const secret = "open-sesame-9";

for (
  const [what, url] of Object.entries({
    "of another database": `mysql://u:${secret}@h/d`,
    "that is none": `not a url ${secret}`,
    "with an impossible port": `postgres://u:${secret}@h:99999/d`,
    "without a user": "postgres://h/d",
  })
) {
  Deno.test(`validate() refuses a URL ${what} before anything connects, and doesn't show it`, () => {
    const problems = postgresSink.validate?.({ "connection.url": url });
    const [text = "", ...others] = problems?.get("connection.url") ?? [];
    assert.match(text, /^Invalid value \[hidden\] for configuration connection\.url: Expected /);
    assert.deepEqual(others, []);
    assert.ok(!text.includes(secret));
  });
}

Deno.test("validate() tells a wrong URL together with the other mistakes", () => {
  const problems = postgresSink.validate?.({
    "connection.url": "mysql://u@h/d",
    "batch.size": "many",
    "auto.create": "true",
  });
  assert.deepEqual([...problems?.keys() ?? []].toSorted(), ["auto.create", "connection.url"]);
});

Deno.test("validate() takes the user from its own option, and leaves a missing URL to the option itself", () => {
  const named = postgresSink.validate?.({
    "connection.url": "jdbc:postgresql://h/d",
    "connection.user": "u",
  });
  assert.deepEqual([...named ?? []], []);
  assert.deepEqual([...postgresSink.validate?.({ "connection.user": "u" }) ?? []], []);
});
