import assert from "node:assert/strict";
import { requestPath } from "../../../../connect/rest/request_path.ts";
import { RestError } from "../../../../connect/rest/rest_error.ts";

const at = (path: string) => requestPath(`http://127.0.0.1:8083${path}`);

Deno.test("a path keeps its escapes, and loses path parameters, the query and a slash at its end", () => {
  const paths: readonly (readonly [string, string])[] = [
    ["", "/"],
    ["/", "/"],
    ["/connectors/", "/connectors"],
    ["/connectors?expand=info", "/connectors"],
    ["/connectors#x", "/connectors"],
    ["/connectors/a%2Fb/status", "/connectors/a%2Fb/status"],
    ["/connectors/a%25b", "/connectors/a%25b"],
    ["/connectors/a;x=1b/status", "/connectors/a/status"],
    ["/connectors/a%3Bb", "/connectors/a%3Bb"],
    ["/connectors/%C3%BC", "/connectors/%C3%BC"],
  ];
  for (const [sent, path] of paths) assert.equal(at(sent), path);
});

Deno.test("a path that could be read in two ways is refused in the words of Connect's server", () => {
  const refused: readonly (readonly [string, string])[] = [
    ["//connectors", "Ambiguous URI empty segment"],
    ["/connectors//status", "Ambiguous URI empty segment"],
    ["/connectors/%2e%2e", "Ambiguous URI path segment"],
    ["/connectors/.%2e/x", "Ambiguous URI path segment"],
    ["/connectors/a%5Cb", "Suspicious Path Character"],
    ["/connectors/a%0Ab", "Suspicious Path Character"],
    ["/connectors/a%7Fb", "Suspicious Path Character"],
    ["/connectors/a%00b", "Bad Request"],
    ["/connectors/%zz", "Bad Request"],
    ["/connectors/a%C3b", "Bad UTF-8 encoding"],
    ['/connectors/a"b', "Illegal Path Character"],
    ["/connectors/a|b", "Illegal Path Character"],
  ];
  for (const [path, text] of refused) {
    assert.throws(
      () => at(path),
      (error) => error instanceof RestError && error.status === 400 && error.message === text,
    );
  }
  const long = `/${"x".repeat(8_192)}`;
  assert.throws(() => at(long), (error) => error instanceof RestError && error.status === 414);
});
