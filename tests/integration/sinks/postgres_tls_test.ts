import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import postgres from "postgres";
import { ConfigException } from "../../../connect/api/exceptions.ts";
import { driverOptions } from "../../../sinks/postgres/connection/connection_options.ts";
import { parseConnectionUrl } from "../../../sinks/postgres/connection/connection_url.ts";
import { classify, sqlFactsText } from "../../../sinks/postgres/connection/sqlstate.ts";
import { type PostgresServer, startPostgres } from "../../../sandbox/postgres/postgres.ts";
import { pollUntil, waitMsMax } from "../../../sandbox/wait.ts";

const certificates = fileURLToPath(new URL("../../support/tls/", import.meta.url));

/** A certificate, and how to recognize that the server shows it. */
interface Shown {
  readonly name: string;
  readonly mode: "verify-ca" | "verify-full";
  readonly host: string;
  readonly isShown: (outcome: string) => boolean;
}

/** Installs a certificate in the server. */
async function useCertificate(server: PostgresServer, shown: Shown): Promise<void> {
  const { name, mode, host, isShown } = shown;
  const { uid, gid } = await Deno.stat(server.dataDir);
  const files = [[`${name}.pem`, "server.crt"], [`${name}.key`, "server.key"], ["root.pem", "root.crt"]];
  for (const [from = "", to = ""] of files) {
    const target = join(server.dataDir, to);
    await Deno.copyFile(join(certificates, from), target);
    await Deno.chmod(target, 0o600);
    if (Deno.uid() === 0 && uid !== null && gid !== null) await Deno.chown(target, uid, gid);
  }
  await asAdmin(server, async (sql) => {
    await sql`alter system set ssl = 'on'`;
    await sql`alter system set ssl_ca_file = 'root.crt'`;
    await sql`select pg_reload_conf()`;
  });
  // The postmaster reloads it after a while.
  await pollUntil(
    "the server to show its certificate",
    waitMsMax,
    async () => isShown(await connect(server, `?sslmode=${mode}&${root}`, { host })) ? true : undefined,
  );
}

async function asAdmin(server: PostgresServer, run: (sql: postgres.Sql) => Promise<void>): Promise<void> {
  const sql = postgres(server.url, { max: 1, onnotice: () => {} });
  try {
    await run(sql);
  } finally {
    await sql.end();
  }
}

interface Place {
  readonly host?: string;
  readonly user?: string;
  readonly password?: string;
}

/** Returns `encrypted`, `plain`, or the error's text, which must come before the timeout. */
async function connect(server: PostgresServer, query: string, place: Place = {}): Promise<string> {
  const { host = "localhost", user = "postgres", password = "postgres" } = place;
  const target = parseConnectionUrl(`postgres://${user}:${password}@${host}:${server.port}/postgres${query}`);
  const sql = postgres({ ...await driverOptions(target, "sluice-test"), max: 1 });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("nothing came")), waitMsMax);
  });
  try {
    const [row] = await Promise.race([
      sql<{ ssl: boolean }[]>`select ssl from pg_stat_ssl where pid = pg_backend_pid()`,
      late,
    ]);
    return row?.ssl === true ? "encrypted" : "plain";
  } catch (error) {
    if (error instanceof ConfigException) return error.message;
    return `${sqlFactsText(error)} (${classify(error)})`;
  } finally {
    clearTimeout(timer);
    await sql.end({ timeout: 0 });
  }
}

const isEncrypted = (outcome: string) => outcome === "encrypted";
const root = `sslrootcert=${certificates}root.pem`;
const foreign = `sslrootcert=${certificates}foreign.pem`;

Deno.test("connections to PostgreSQL are as safe as sslmode says", async (t) => {
  await using server = await startPostgres({
    hostRules: [
      "host all alone 127.0.0.1/32 trust",
      "host all clear 127.0.0.1/32 password",
      "host all hashed 127.0.0.1/32 md5",
    ],
  });

  await t.step(
    "without TLS on the server, prefer goes on in plain text and everything stronger refuses",
    async () => {
      assert.equal(await connect(server, ""), "plain");
      assert.equal(await connect(server, "?sslmode=disable"), "plain");
      for (const mode of ["require", "verify-ca", "verify-full"]) {
        const outcome = await connect(server, `?sslmode=${mode}`);
        assert.doesNotMatch(outcome, /^(plain|encrypted)|nothing came/, mode);
      }
    },
  );

  await asAdmin(server, async (sql) => {
    await sql`set password_encryption = 'md5'`;
    await sql`create role hashed login password 'p'`;
    await sql`create role clear login password 'p'`;
    await sql`create role alone login`;
  });
  await useCertificate(server, {
    name: "server",
    mode: "verify-full",
    host: "localhost",
    isShown: isEncrypted,
  });

  await t.step("prefer and require encrypt, whoever signed", async () => {
    assert.equal(await connect(server, ""), "encrypted");
    assert.equal(await connect(server, "?sslmode=require"), "encrypted");
    assert.equal(await connect(server, "?sslmode=disable"), "plain");
  });

  await t.step("verify-full wants the right root and the right name", async () => {
    assert.equal(await connect(server, `?sslmode=verify-full&${root}`), "encrypted");
    assert.match(await connect(server, `?sslmode=verify-full&${foreign}`), /^TLS refused: .*\(auth\)$/);
    assert.match(
      await connect(server, `?sslmode=verify-full&${root}`, { host: "127.0.0.1" }),
      /^TLS refused: .*\(auth\)$/,
    );
    assert.match(
      await connect(server, "?sslmode=verify-full"),
      /^TLS refused: .*\(auth\)$/,
      "the system's roots",
    );
  });

  await t.step("verify-ca wants the right root and takes any name", async () => {
    assert.equal(await connect(server, `?sslmode=verify-ca&${root}`, { host: "127.0.0.1" }), "encrypted");
    assert.match(await connect(server, `?sslmode=verify-ca&${foreign}`), /^TLS refused: .*\(auth\)$/);
    assert.match(
      await connect(server, `?sslmode=require&${foreign}`),
      /^TLS refused: .*\(auth\)$/,
      "require with a named root checks it",
    );
  });

  await t.step("a wrong password is said at once", async () => {
    assert.equal(
      await connect(server, `?sslmode=verify-full&${root}`, { password: "wrong" }),
      "SQLSTATE 28P01 invalid_password (auth)",
    );
  });

  await t.step("the login is bound to the certificate where the server offers it", async () => {
    const bound = `?sslmode=require&channel_binding=require`;
    assert.equal(await connect(server, bound), "encrypted");
    assert.match(await connect(server, bound, { password: "wrong" }), /^SQLSTATE 28P01/);
    assert.match(await connect(server, bound, { user: "alone" }), /channel_binding is require/);
    assert.equal(await connect(server, "?sslmode=require&channel_binding=disable"), "encrypted");
    assert.match(
      await connect(server, "?sslmode=disable&channel_binding=require"),
      /it can't bind the login to its certificate/,
    );
  });

  await t.step("a password that others could read goes only over a verified certificate", async () => {
    for (const [user, method] of [["clear", "password"], ["hashed", "md5"]] as const) {
      for (
        const query of [
          "?sslmode=disable",
          "",
          "?sslmode=require",
          "?sslmode=require&require_auth=scram-sha-256",
        ]
      ) {
        assert.match(
          await connect(server, query, { user, password: "p" }),
          /^Cannot log in .*: it asks for/,
          query,
        );
      }
      const allowed = [
        `?sslmode=verify-full&${root}`,
        `?sslmode=verify-ca&${root}`,
        `?require_auth=${method}`,
      ];
      for (const query of allowed) {
        assert.equal(await connect(server, query, { user, password: "p" }), "encrypted", query);
      }
    }
    assert.match(
      await connect(server, "?require_auth=!none,!md5", { user: "alone" }),
      /it asks for no login at all/,
    );
  });

  await t.step("a client's certificate is shown where the server wants one", async () => {
    const rules = join(server.dataDir, "pg_hba.conf");
    const before = await Deno.readTextFile(rules);
    await Deno.writeTextFile(rules, `hostssl all writer 127.0.0.1/32 cert\n${before}`);
    await asAdmin(server, async (sql) => {
      await sql`create role writer login`;
      await sql`select pg_reload_conf()`;
    });
    const own = `sslcert=${certificates}client.pem&sslkey=${certificates}client.key`;
    assert.equal(
      await connect(server, `?sslmode=verify-full&${root}&${own}`, { user: "writer" }),
      "encrypted",
    );
    assert.match(await connect(server, `?sslmode=verify-full&${root}`, { user: "writer" }), /\(auth\)$/);
    const encrypted = `sslcert=${certificates}client.pem&sslkey=${certificates}client.encrypted.key`;
    assert.equal(
      await connect(server, `?sslmode=verify-full&${root}&${encrypted}&sslpassword=key-secret`, {
        user: "writer",
      }),
      "encrypted",
    );
    for (const name of ["stranger", "expired"]) {
      const theirs = `sslcert=${certificates}${name}.pem&sslkey=${certificates}${name}.key`;
      const outcome = await connect(server, `?sslmode=verify-full&${root}&${theirs}`, { user: "writer" });
      assert.doesNotMatch(outcome, /^(plain|encrypted)|nothing came/, name);
    }
  });

  await useCertificate(server, {
    name: "address",
    mode: "verify-full",
    host: "127.0.0.1",
    isShown: isEncrypted,
  });

  await t.step("an address has to be in the certificate, and is no localhost", async () => {
    const query = `?sslmode=verify-full&${root}`;
    assert.equal(await connect(server, query, { host: "127.0.0.1" }), "encrypted");
    assert.match(await connect(server, query), /^TLS refused: .*\(auth\)$/);
    assert.equal(await connect(server, query, { host: `127.0.0.1:${server.port},localhost` }), "encrypted");
    assert.match(
      await connect(server, query, { host: `localhost:${server.port},127.0.0.1` }),
      /^TLS refused: .*\(auth\)$/,
    );
  });

  await useCertificate(server, {
    name: "expired",
    mode: "verify-ca",
    host: "localhost",
    isShown: (outcome) => !isEncrypted(outcome),
  });

  await t.step("an expired certificate is refused", async () => {
    assert.match(await connect(server, `?sslmode=verify-full&${root}`), /^TLS refused: .*\(auth\)$/);
    assert.match(await connect(server, `?sslmode=verify-ca&${root}`), /^TLS refused: .*\(auth\)$/);
  });
});
