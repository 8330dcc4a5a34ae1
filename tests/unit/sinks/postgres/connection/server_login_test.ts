/** Servers that ask for more than they may have, or prove nothing. */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash, createHmac, pbkdf2Sync } from "node:crypto";
import postgres from "postgres";
import { ConfigException } from "../../../../../connect/api/exceptions.ts";
import { driverOptions } from "../../../../../sinks/postgres/connection/connection_options.ts";
import { parseConnectionUrl } from "../../../../../sinks/postgres/connection/connection_url.ts";
import { saslPrepared } from "../../../../../sinks/postgres/connection/scram_verifier.ts";
import {
  type ClientMessage,
  message,
  type ServedClient,
  startFakePostgres,
  wish,
} from "../../../../support/fakes/fake_postgres.ts";

const password = "canary-p4ssword";
const salt = "c2FsdHNhbHQ=";

/** The result of a login, and the client's messages after its startup message. */
interface Outcome {
  readonly error: string;
  readonly told: readonly ClientMessage[];
}

async function logInTo(script: (client: ServedClient) => Promise<void>, query = ""): Promise<Outcome> {
  const told: ClientMessage[] = [];
  await using server = startFakePostgres(async (client) => {
    const noted: ServedClient = {
      send: client.send,
      next: async () => {
        const next = await client.next();
        if (next !== undefined) told.push(next);
        return next;
      },
    };
    await client.next(); // the startup message
    await script(noted);
    while (await noted.next() !== undefined);
  });
  const target = parseConnectionUrl(
    `postgres://u:${password}@127.0.0.1:${server.port}/d?sslmode=disable${query}`,
  );
  const sql = postgres({ ...await driverOptions(target, "sluice-test"), max: 1, fetch_types: false });
  try {
    await sql`select 1`;
    return { error: "none", told };
  } catch (error) {
    assert.ok(error instanceof Error);
    assert.ok(!error.message.includes(password), "no password in a message");
    const isOurs = error instanceof ConfigException;
    return { error: isOurs ? error.message : `${error.name} ${Reflect.get(error, "code")}`, told };
  } finally {
    await sql.end({ timeout: 0 });
  }
}

/** The server's SCRAM secrets, and its lies. */
interface Lie {
  readonly nonce?: (ours: string) => string;
  readonly iterations?: number | string;
  readonly signature?: (right: string) => string | null;
  readonly isOkAtOnce?: boolean;
  readonly more?: string;
}

function scram(
  { nonce = (ours) => `${ours}x`, iterations = 4096, signature = (right) => right, ...lie }: Lie,
) {
  return async (client: ServedClient) => {
    await client.send(wish(10, "SCRAM-SHA-256\0\0"));
    const first = (await client.next())?.body.toString() ?? "";
    const bare = first.slice(first.indexOf("n,,") + 3);
    const serverFirst = `r=${nonce(bare.slice("n=,r=".length))},s=${salt},i=${iterations}${lie.more ?? ""}`;
    await client.send(wish(11, serverFirst));
    const answer = (await client.next())?.body.toString() ?? "";
    const all = `${bare},${serverFirst},${answer.slice(0, answer.indexOf(",p="))}`;
    const salted = pbkdf2Sync(password, Buffer.from(salt, "base64"), 4096, 32, "sha256");
    const serverKey = createHmac("sha256", salted).update("Server Key").digest();
    const proved = signature(createHmac("sha256", serverKey).update(all).digest("base64"));
    await client.send(...proved === null ? [] : [wish(12, proved)], wish(0), ready);
  };
}

const ready = message("Z", "I");
/** A row for whatever is asked. */
const one = [message("1"), message("2"), message("n"), message("C", "SELECT 0\0"), ready];

Deno.test("a server that proves itself is asked", async () => {
  const { error, told } = await logInTo(async (client) => {
    await scram({ signature: (right) => `v=${right}` })(client);
    await client.next();
    await client.send(...one);
  });
  assert.equal(error, "none");
  assert.match(told.map(({ type }) => type).join(""), /^pp[^p]+$/);
  assert.ok(!told.some(({ body }) => body.toString().includes(password)), "the password itself isn't sent");
});

/** A lie, the error, and the number of messages that the server gets: none of them may be a query. */
const liars: Readonly<Record<string, readonly [Lie, RegExp, number]>> = {
  "a nonce of its own": [{ nonce: () => "evil" }, /nonce doesn't begin with the client's/, 1],
  "our nonce and nothing more": [{ nonce: (ours) => ours }, /nonce doesn't begin with the client's/, 1],
  "one iteration": [{ iterations: 1 }, /asks for 1 iterations, expected 4096 to 1000000/, 1],
  "4,095 iterations": [{ iterations: 4095 }, /asks for 4095 iterations/, 1],
  "two thousand million iterations": [{ iterations: 2_000_000_000 }, /asks for 2000000000 iterations/, 1],
  "iterations that are no number": [{ iterations: "x" }, /first SCRAM message is malformed/, 1],
  "an extension that has to be understood": [{ more: ",m=x" }, /first SCRAM message is malformed/, 1],
  "no signature": [{ signature: () => null }, /hasn't proved that it knows the password/, 2],
  "another signature": [{ signature: () => `v=${salt}` }, /server's signature is wrong/, 2],
  "an empty signature": [{ signature: () => "v=" }, /server's signature is wrong/, 2],
  "an error for a signature": [{ signature: () => "e=other-error" }, /server's signature is wrong/, 2],
};

for (const [what, [lie, why, messages]] of Object.entries(liars)) {
  Deno.test(`SCRAM: ${what} ends the login, and nothing is asked`, async () => {
    const { error, told } = await logInTo(scram(lie));
    assert.match(error, /^Cannot log in to the database 127\.0\.0\.1:\d+\/d: /);
    assert.match(error, why);
    assert.deepEqual(told.map(({ type }) => type), Array.from({ length: messages }, () => "p"));
  });
}

/** Messages of a server instead of a login's, and the error; the client may send nothing. */
const strangers: Readonly<Record<string, readonly [readonly Uint8Array[], RegExp]>> = {
  "consent in the middle of nothing": [[ready], /first message is no authentication request/],
  "a query's answer": [one, /first message is no authentication request/],
  "SCRAM's second message first": [[wish(11, "r=x,s=c2FsdA==,i=4096")], /an unknown authentication method/],
  "SCRAM's last message first": [[wish(12, "v=x"), wish(0), ready], /an unknown authentication method/],
  "only mechanisms that nobody knows": [[wish(10, "SCRAM-SHA-1\0\0")], /offers no SCRAM-SHA-256/],
  "Kerberos": [[wish(7)], /asks for Kerberos/],
  "the password in clear text": [[wish(3)], /the password in clear text, .*require_auth=password/],
  "the password as MD5": [[wish(5, "salt")], /the password as MD5, .*require_auth=md5/],
  "a refusal": [[message("E", "SFATAL\0C28P01\0Mpassword\0\0")], /^ServerRefusal 28P01/],
  "a refusal and then consent": [
    [message("E", "SFATAL\0C53300\0Mno\0\0"), wish(0), ready],
    /^ServerRefusal 53300/,
  ],
  "a message without an end": [[Buffer.from("R\x7f\xff\xff\xff", "latin1")], /^NoAnswerError/],
  "notices without end": [
    Array.from({ length: 1_000 }, () => message("N", "SNOTICE\0\0")),
    /too many notices/,
  ],
  "nothing": [[], /^NoAnswerError/],
};

for (const [what, [messages, why]] of Object.entries(strangers)) {
  Deno.test(`${what} instead of a login is refused, and nothing is told`, async () => {
    const outcomes: ClientMessage[] = [];
    await using server = startFakePostgres(async (client) => {
      await client.next();
      await client.send(...messages);
      if (messages.length === 0) return;
      for (let next = await client.next(); next !== undefined; next = await client.next()) {
        outcomes.push(next);
      }
    });
    const target = parseConnectionUrl(`postgres://u:${password}@127.0.0.1:${server.port}/d?sslmode=disable`);
    const sql = postgres({ ...await driverOptions(target, "x"), max: 1, fetch_types: false });
    await assert.rejects(async () => await sql`select 1`, (error: Error) => {
      const text = error instanceof ConfigException
        ? error.message
        : `${error.name} ${Reflect.get(error, "code")}`;
      assert.match(text, why);
      return true;
    });
    await sql.end({ timeout: 0 });
    assert.deepEqual(outcomes, []);
  });
}

Deno.test("require_auth names what a server may ask for", async () => {
  const clear = async (client: ServedClient) => {
    await client.send(wish(3));
    await client.next();
    await client.send(wish(0), ready);
    await client.next();
    await client.send(...one);
  };
  const { error, told } = await logInTo(clear, "&require_auth=password,md5");
  assert.equal(error, "none");
  assert.equal(told[0]?.body.toString(), `${password}\0`);
  const refused = async (query: string, first: Uint8Array) =>
    (await logInTo((client) => client.send(first), query)).error;
  assert.match(
    await refused("&require_auth=scram-sha-256", wish(3)),
    /clear text, require_auth is scram-sha-256/,
  );
  assert.match(await refused("&require_auth=scram-sha-256", wish(0)), /no login at all, require_auth is/);
  assert.match(await refused("&require_auth=!none", wish(0)), /no login at all, require_auth is !none/);
  assert.match(await refused("&require_auth=!none", wish(3)), /this connection doesn't protect that/);
  assert.match(
    await refused("&channel_binding=require", wish(0)),
    /no login at all, and channel_binding is require/,
  );
  assert.match(
    await refused("&channel_binding=require", wish(10, "SCRAM-SHA-256\0\0")),
    /can't bind the login/,
  );
  assert.match(
    await refused("&channel_binding=require", wish(10, "SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0")),
    /can't bind the login/,
  );
});

Deno.test("MD5 is what PostgreSQL computes", async () => {
  const { told } = await logInTo(async (client) => {
    await client.send(wish(5, "salt"));
    await client.next();
    await client.send(message("E", "SFATAL\0C28P01\0Mpassword\0\0"));
  }, "&require_auth=md5");
  const md5 = (text: string) => createHash("md5").update(text).digest("hex");
  assert.equal(told[0]?.body.toString(), `md5${md5(`${md5(`${password}u`)}salt`)}\0`);
});

Deno.test("what stands behind the letter for TLS in plain text isn't taken", async () => {
  await using server = startFakePostgres(async (client) => {
    await client.next();
    await client.send(Buffer.from("S"), wish(0), ready);
    await client.next();
  });
  const target = parseConnectionUrl(`postgres://u:p@127.0.0.1:${server.port}/d?sslmode=require`);
  const sql = postgres({ ...await driverOptions(target, "x"), max: 1 });
  await assert.rejects(async () => await sql`select 1`, /more than one byte/);
  await sql.end({ timeout: 0 });
});

Deno.test("saslPrepared() is what PostgreSQL makes of a password", () => {
  assert.equal(saslPrepared("plain \t ascii"), "plain \t ascii");
  assert.equal(saslPrepared("I\u00adX"), "IX");
  assert.equal(saslPrepared("\u2168"), "IX");
  assert.equal(saslPrepared("a\u00a0b"), "a b");
  assert.equal(saslPrepared("\u0007é"), "\u0007é", "what SASLprep refuses is taken as it is");
});
