import assert from "node:assert/strict";
import { keepSecrets, maskSecrets, maskUrl } from "../../../../../connect/config/references/masking.ts";
import { parseConnectionUrl } from "../../../../../sinks/postgres/connection/connection_url.ts";

// The sink takes all of these: what should be percent-encoded is taken as it is.
const urls = [
  "postgres://u:hunter@db/bank2",
  "postgres://u:a#hunter@db/bank2",
  "postgres://u:a@hunter@db/bank2",
  "postgres://u:a:hunter@db,db2:5433/bank2",
  "jdbc:postgresql://u:a#b@hunter@db/bank2",
  "jdbc:postgresql://db/bank2?user=u&password=a#hunter",
  "jdbc:postgresql://db/bank2?user=u;password=hunter",
];

for (const url of urls) {
  Deno.test(`of ${url} the password isn't shown, and the host is`, () => {
    parseConnectionUrl(url);
    const shown = maskUrl(url);
    assert.doesNotMatch(shown, /hunter/);
    assert.match(shown, /\bdb\b.*\/bank2/);
    const stored = { "connection.url": url, topics: "a" };
    assert.deepEqual(keepSecrets(maskSecrets(stored), stored), stored);
  });
}

Deno.test("what holds no password is shown as it is", () => {
  for (
    const url of [
      "postgres://db:5432/bank2",
      "postgres://u@db:5432/bank2?application_name=a@b",
      "https://registry:8081/x?y=z",
      "${env:BANK2_URL}",
    ]
  ) assert.equal(maskUrl(url), url);
});
