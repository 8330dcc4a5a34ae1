/** Requests that two programs could read in two ways are refused. */

import assert from "node:assert/strict";
import { HttpBytes } from "../../../../cli/http/http_bytes.ts";
import { HttpProblem, readHead } from "../../../../cli/http/http_head.ts";

/** A connection on which these texts come, one at a read. */
function bytesOf(...texts: readonly string[]): HttpBytes {
  const parts = texts.map((text) => Uint8Array.from(text, (char) => char.charCodeAt(0)));
  return new HttpBytes({
    read: (buffer) => {
      const [part] = parts;
      if (part === undefined) return Promise.resolve(null);
      const count = Math.min(part.length, buffer.length);
      buffer.set(part.subarray(0, count));
      if (count === part.length) parts.shift();
      else parts[0] = part.subarray(count);
      return Promise.resolve(count);
    },
  });
}

async function bodyOf(bytes: HttpBytes, length: number | "chunked"): Promise<string> {
  let text = "";
  for await (const part of bytes.body(length)) text += new TextDecoder().decode(part);
  return text;
}

function statusOf(error: unknown): number | undefined {
  return error instanceof HttpProblem ? error.status : undefined;
}

const get = "GET / HTTP/1.1\r\nHost: a";

const refused: readonly (readonly [string, number])[] = [
  ["", 400],
  ["GET /", 400],
  ["GET  / HTTP/1.1\r\nHost: a", 400],
  ["GET / HTTP/1.1 \r\nHost: a", 400],
  ["G(T / HTTP/1.1\r\nHost: a", 400],
  ["GET a HTTP/1.1\r\nHost: a", 400],
  ["GET / HTTP/2.0\r\nHost: a", 505],
  ["GET / HTTP/1.1", 400],
  [`${get}\r\nHost: b`, 400],
  [`${get}\r\nX : y`, 400],
  [`${get}\r\n X: y`, 400],
  [`${get}\r\nX: y\r\n z`, 400],
  [`${get}\r\nX: y\u0000`, 400],
  [`${get}\r\nnonsense`, 400],
  [`${get}\r\nContent-Length: +1`, 400],
  [`${get}\r\nContent-Length: 1, 1`, 400],
  [`${get}\r\nContent-Length: 1\r\nContent-Length: 2`, 400],
  [`${get}\r\nContent-Length: 0x1`, 400],
  [`${get}\r\nContent-Length: 1\r\nTransfer-Encoding: chunked`, 400],
  [`${get}\r\nTransfer-Encoding: gzip, chunked`, 501],
  [`${get}\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked`, 501],
  ["GET / HTTP/1.0\r\nTransfer-Encoding: chunked", 400],
  [`${get}\r\nExpect: wonders`, 417],
];

for (const [text, status] of refused) {
  Deno.test(`refused with ${status}: ${JSON.stringify(text)}`, () => {
    assert.throws(() => readHead(text, "127.0.0.1:1"), (error) => statusOf(error) === status);
  });
}

Deno.test("what a head says of the body and of the connection", () => {
  const of = (more: string, version = "1.1") => readHead(`PUT /x HTTP/${version}\r\nHost: a${more}`, "h:1");
  assert.equal(of("").body, 0);
  assert.equal(of("\r\nContent-Length:  12 ").body, 12);
  assert.equal(of("\r\nTransfer-Encoding: Chunked").body, "chunked");
  assert.equal(of("").isKept, true);
  assert.equal(of("\r\nConnection: TE, Close").isKept, false);
  assert.equal(of("", "1.0").isKept, false);
  assert.equal(of("\r\nExpect: 100-continue").waitsForContinue, true);
  assert.equal(of("\r\nx-Name:\tb c\t").headers.get("x-name"), "b c");
  assert.equal(readHead("GET /a HTTP/1.0", "h:1").url, "http://h:1/a");
  assert.equal(readHead("GET http://b/c HTTP/1.1\r\nHost: a", "h:1").url, "http://b/c");
  assert.equal(readHead("OPTIONS * HTTP/1.1\r\nHost: a", "h:1").url, "http://a/*");
});

Deno.test("heads come in any pieces, one behind the other", async () => {
  const bytes = bytesOf("\r\n", "GET / HT", "TP/1.1\r", "\nHost: a\r\n\r", "\nGET /b HTTP/1.1\r\n", "\r\n");
  assert.equal(await bytes.head(), get);
  assert.equal(await bytes.head(), "GET /b HTTP/1.1");
  assert.equal(await bytes.head(), undefined);
});

for (
  const [text, status] of [
    ["\u0016\u0003\u0001", 400],
    ["GET / HTTP/1.1\n", 400],
    ["GET / HTTP/1.1\rX", 400],
    [`GET / HTTP/1.1\r\nX: ${"y".repeat(40_000)}`, 431],
  ] as const
) {
  Deno.test(`no head, told at once: ${JSON.stringify(text.slice(0, 30))}`, async () => {
    await assert.rejects(bytesOf(text).head(), (error) => statusOf(error) === status);
  });
}

Deno.test("a body ends where it says, and what follows is the next request", async () => {
  const bytes = bytesOf("abcGET / HTTP/1.1\r\nHost: a\r\n\r\n");
  assert.equal(await bodyOf(bytes, 3), "abc");
  assert.equal(await bytes.head(), get);
  const chunks = bytesOf(
    "1\r\na\r",
    "\nA;x=y\r\nbcdefghijk\r\n0\r\nTrailer: t\r\n\r\n",
    "GET /b HTTP/1.1\r\n\r\n",
  );
  assert.equal(await bodyOf(chunks, "chunked"), "abcdefghijk");
  assert.equal(await chunks.head(), "GET /b HTTP/1.1");
});

for (
  const text of [
    "x\r\na\r\n",
    "-1\r\n",
    "1\r\nab\r\n0\r\n\r\n",
    "1 1\r\na\r\n",
    `${"1".repeat(20)}\r\n`,
    "\r\n",
  ]
) {
  Deno.test(`no chunk: ${JSON.stringify(text)}`, async () => {
    await assert.rejects(bodyOf(bytesOf(text), "chunked"), (error) => statusOf(error) === 400);
  });
}

Deno.test("a body that ends too early is no body", async () => {
  await assert.rejects(bodyOf(bytesOf("ab"), 3), /ended too early/);
  await assert.rejects(bodyOf(bytesOf("5\r\nab"), "chunked"), /ended too early/);
});
