import assert from "node:assert/strict";
import { join } from "node:path";
import { ConfigException } from "../../../../../connect/api/exceptions.ts";
import { BrokerAwayError } from "../../../../../connect/kafka/wire/kafka_error.ts";
import { securitySettings } from "../../../../../connect/kafka/security/security_settings.ts";
import type { TokenSettings } from "../../../../../connect/kafka/security/token_settings.ts";
import { TokenSource } from "../../../../../connect/kafka/security/token_source.ts";
import { Settings } from "../../../../../connect/kafka/wire/settings.ts";
import { FakeClock } from "../../../../support/fakes/fake_clock.ts";

type Answer = () => Response;

/** An endpoint on this machine, and what it was asked. */
async function withEndpoint(
  answer: Answer,
  work: (url: string, asked: { readonly authorization: string; readonly body: string }[]) => Promise<void>,
): Promise<void> {
  const asked: { authorization: string; body: string }[] = [];
  const options = { port: 0, hostname: "127.0.0.1", onListen: () => {} };
  const server = Deno.serve(options, async (request) => {
    asked.push({ authorization: request.headers.get("authorization") ?? "", body: await request.text() });
    return answer();
  });
  try {
    await work(`http://127.0.0.1:${server.addr.port}/token`, asked);
  } finally {
    await server.shutdown();
  }
}

function settingsOf(url: string, more: Readonly<Record<string, string>> = {}): TokenSettings {
  const { sasl } = securitySettings(
    new Settings({
      "security.protocol": "SASL_PLAINTEXT",
      "sasl.mechanism": "OAUTHBEARER",
      "sasl.jaas.config": "x.OAuthBearerLoginModule required;",
      "sasl.oauthbearer.client.credentials.client.id": "me/1 +",
      "sasl.oauthbearer.client.credentials.client.secret": "s3cret",
      "sasl.oauthbearer.token.endpoint.url": url,
      ...more,
    }),
  );
  assert.ok(sasl?.mechanism === "OAUTHBEARER");
  return sasl.token;
}

/** The clock moves only where the test moves it, so no deadline passes. */
const still = () => new FakeClock();

Deno.test("a token is used for 80 % of its life, and only by whom it was given to", async () => {
  let count = 0;
  const answer = () => Response.json({ access_token: `token-${++count}`, expires_in: 100 });
  await withEndpoint(answer, async (url) => {
    let now = 0;
    const source = new TokenSource({
      now: () => now,
      monotonic: () => now,
      sleep: () => new Promise(() => {}),
    });
    assert.equal(await source.token(settingsOf(url)), "token-1");
    now = 79_000;
    assert.equal(await source.token(settingsOf(url)), "token-1");
    now = 81_000;
    assert.equal(await source.token(settingsOf(url)), "token-2");
    const other = settingsOf(url, { "sasl.oauthbearer.client.credentials.client.secret": "another" });
    assert.equal(await source.token(other), "token-3");
    assert.equal(await source.token(other), "token-3");
    source.forget();
    assert.equal(await source.token(other), "token-4");
  });
});

Deno.test("a token of unknown or short life is got anew for each login", async () => {
  const lives = [{}, {}, { expires_in: 14 }, { expires_in: "14" }, { expires_in: "soon" }];
  let count = 0;
  await withEndpoint(() => Response.json({ access_token: "t", ...lives[count++] }), async (url) => {
    const source = new TokenSource(still());
    for (const _ of lives) await source.token(settingsOf(url));
    assert.equal(count, lives.length);
  });
});

Deno.test("the endpoint is told who we are as RFC 6749 says, encoded only where that is asked for", async () => {
  await withEndpoint(() => Response.json({ access_token: "t" }), async (url, asked) => {
    const source = new TokenSource(still());
    await source.token(settingsOf(url));
    await source.token(
      settingsOf(url, { "sasl.oauthbearer.scope": "a b", "sasl.oauthbearer.header.urlencode": "true" }),
    );
    assert.deepEqual(asked, [
      { authorization: `Basic ${btoa("me/1 +:s3cret")}`, body: "grant_type=client_credentials" },
      {
        authorization: `Basic ${btoa("me%2F1+%2B:s3cret")}`,
        body: "grant_type=client_credentials&scope=a+b",
      },
    ]);
  });
});

const answers: readonly (readonly [string, Answer, "mistake" | "outage", RegExp])[] = [
  [
    "a refusal",
    () => Response.json({ error: "invalid_scope" }, { status: 400 }),
    "mistake",
    /answered 400 invalid_scope, /,
  ],
  [
    "a refusal with our secret in it",
    () => Response.json({ error: "s_cret" }, { status: 403 }),
    "mistake",
    /answered 403, expected 200/,
  ],
  [
    "a page that isn't there",
    () => new Response("<html>s3cret", { status: 404 }),
    "mistake",
    /answered 404, /,
  ],
  [
    "a redirection, which isn't followed",
    () => new Response(null, { status: 302, headers: { location: "/x" } }),
    "mistake",
    /answered 302, /,
  ],
  ["no token", () => Response.json({ token: "s3cret" }), "mistake", /holds no access_token/],
  [
    "a token that is none",
    () => Response.json({ access_token: "s3cret\u0001" }),
    "mistake",
    /holds no access_token/,
  ],
  ["no JSON", () => new Response("s3cret"), "mistake", /holds no access_token/],
  ["too many requests", () => new Response("", { status: 429 }), "outage", /answered 429/],
  ["an error of its own", () => new Response("s3cret", { status: 502 }), "outage", /answered 502/],
  ["no end", () => new Response("x".repeat(100_000)), "outage", /the connection broke/],
];
for (const [name, answer, kind, expected] of answers) {
  Deno.test(`a token endpoint that answers with ${name} is ${kind === "outage" ? "an outage" : "a mistake"}`, async () => {
    await withEndpoint(answer, async (url) => {
      await assert.rejects(new TokenSource(still()).token(settingsOf(url)), (error: unknown) => {
        assert.ok(error instanceof (kind === "outage" ? BrokerAwayError : ConfigException), String(error));
        assert.match(error.message, expected);
        assert.match(error.message, /of sasl\.oauthbearer\.token\.endpoint\.url: /);
        assert.doesNotMatch(error.message, /s[3_]cret/);
        return true;
      });
    });
  });
}

Deno.test("a token endpoint that isn't there is an outage", async () => {
  const settings = settingsOf("http://127.0.0.1:1/token");
  await assert.rejects(
    new TokenSource(still()).token(settings),
    (error: unknown) => error instanceof BrokerAwayError && /ECONNREFUSED/.test(error.message),
  );
});

Deno.test("a token in a file is read each time", async () => {
  const folder = await Deno.makeTempDir();
  const path = join(folder, "a token");
  try {
    const settings = settingsOf(`file://${path.replaceAll(" ", "%20")}`);
    const source = new TokenSource(still());
    await assert.rejects(
      source.token(settings),
      (error: unknown) => error instanceof ConfigException && error.message.endsWith(`endpoint.url: ${path}`),
    );
    await Deno.writeTextFile(path, "");
    await assert.rejects(source.token(settings), BrokerAwayError);
    await Deno.writeTextFile(path, "first\n");
    assert.equal(await source.token(settings), "first");
    await Deno.writeTextFile(path, "second");
    assert.equal(await source.token(settings), "second");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
