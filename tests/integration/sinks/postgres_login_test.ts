/** Logins to PostgreSQL while passwords change. */

import assert from "node:assert/strict";
import postgres from "postgres";
import { systemTime } from "../../../cli/process/system_time.ts";
import { ConfigException } from "../../../connect/api/exceptions.ts";
import { readPostgresSettings } from "../../../sinks/postgres/postgres_settings.ts";
import { SessionKeeper } from "../../../sinks/postgres/connection/session_keeper.ts";
import { SqlFailure } from "../../../sinks/sql/sql_failure.ts";
import { FakeLogger } from "../../support/fakes/fake_logger.ts";
import { sharedWorld } from "../../support/world.ts";

const { postgresUrl } = await sharedWorld();

type Props = Readonly<Record<string, string>>;

interface Role extends AsyncDisposable {
  /** Options of a connector that logs in by this password. */
  props(password: string, more?: Props): Props;
  setPassword(password: string): Promise<void>;
  /** Cuts its connections. */
  cut(): Promise<void>;
}

async function makeRole(password: string): Promise<Role> {
  const name = `role_${crypto.randomUUID().replaceAll("-", "")}`;
  const sql = postgres(postgresUrl, { max: 1, onnotice: () => {} });
  await sql.unsafe(`create role ${name} login password '${password}'`);
  const { host, pathname } = new URL(postgresUrl);
  return {
    props: (given, more = {}) => ({
      "connection.url": `postgres://${host}${pathname}`,
      "connection.user": name,
      "connection.password": given,
      ...more,
    }),
    setPassword: async (next) => void await sql.unsafe(`alter role ${name} password '${next}'`),
    cut: async () =>
      void await sql`select pg_terminate_backend(pid) from pg_stat_activity where usename = ${name}`,
    [Symbol.asyncDispose]: async () => {
      await sql.unsafe(`drop role ${name}`);
      await sql.end();
    },
  };
}

function keeperOf(props: Props, current?: () => Props, logger = new FakeLogger()): SessionKeeper {
  return new SessionKeeper({
    settings: readPostgresSettings(props),
    ...(current === undefined
      ? {}
      : { currentTarget: () => Promise.resolve().then(() => readPostgresSettings(current()).target) }),
    applicationName: "sluice-test",
    time: systemTime,
    logger,
    signal: new AbortController().signal,
  });
}

/** Cuts the connections and waits until the session notices. */
async function lose(role: Role, keeper: SessionKeeper): Promise<void> {
  const session = await keeper.session();
  await role.cut();
  await assert.rejects(async () => void await session.query("select pg_sleep(10)"));
}

const isOutage = (error: unknown) =>
  error instanceof SqlFailure && error.kind === "outage" &&
  /login refused, SQLSTATE 28P01/.test(error.message);

Deno.test("a changed password is taken up by the next connection, and waited for until it comes", async () => {
  await using role = await makeRole("first");
  let password = "first";
  const keeper = keeperOf(role.props("first"), () => role.props(password));
  await role.setPassword("second");
  await assert.rejects(keeper.session(), ConfigException, "before the first good login it's a mistake");
  password = "second";
  await keeper.session();
  await role.setPassword("third");
  await lose(role, keeper);
  await assert.rejects(keeper.session(), isOutage);
  await assert.rejects(keeper.session(), isOutage);
  password = "third";
  const [row] = await (await keeper.session()).query<{ one: number }>("select 1 as one");
  assert.equal(row?.one, 1);
  await keeper.close();
});

Deno.test("a password that isn't changed on our side becomes a configuration error in the end", async () => {
  await using role = await makeRole("first");
  const keeper = keeperOf(role.props("first", { "auth.retry.timeout.ms": "0" }));
  await keeper.session();
  await role.setPassword("second");
  await lose(role, keeper);
  await assert.rejects(
    keeper.session(),
    (error: unknown) =>
      error instanceof ConfigException && /of connection\.url: SQLSTATE 28P01/.test(error.message) &&
      !/first|second/.test(error.message),
  );
  await keeper.close();
});

Deno.test("a secret that can't be looked up for a moment is waited for too", async () => {
  await using role = await makeRole("first");
  let isThere = true;
  const keeper = keeperOf(role.props("first"), () => {
    if (!isThere) throw new ConfigException("Cannot resolve ${file:…} of connection.password");
    return role.props("first");
  });
  await keeper.session();
  isThere = false;
  await lose(role, keeper);
  await assert.rejects(
    keeper.session(),
    (error: unknown) =>
      error instanceof SqlFailure && error.kind === "outage" && /Cannot resolve/.test(error.message),
  );
  isThere = true;
  await keeper.session();
  await keeper.close();
});

Deno.test("a server elsewhere that may be talked to in plain text is worth a warning, once", async () => {
  await using role = await makeRole("first");
  const warnings = async (host: string, query: string) => {
    const logger = new FakeLogger();
    const { "connection.url": url = "", ...rest } = role.props("first");
    const elsewhere = url.replace("127.0.0.1", host) + query;
    const keeper = keeperOf({ ...rest, "connection.url": elsewhere }, undefined, logger);
    await keeper.session();
    keeper.drop();
    await keeper.session();
    await keeper.close();
    return logger.lines.filter(({ level }) => level === "warn").map(({ message }) => message);
  };
  // Also this machine, by an address that isn't loopback.
  assert.deepEqual(await warnings("0.0.0.0", ""), [
    "The connection to the database may be in plain text: sslmode is prefer, its default; set sslmode=verify-full",
  ]);
  assert.deepEqual(await warnings("0.0.0.0", "?sslmode=disable"), [], "somebody has decided");
  assert.deepEqual(await warnings("127.0.0.1", ""), []);
});

Deno.test("of several servers that aren't there the last one's error is told, at once", async () => {
  await using role = await makeRole("first");
  const keeper = keeperOf({
    ...role.props("first"),
    "connection.url": "postgres://127.0.0.1:1,127.0.0.1:2/d",
  });
  await assert.rejects(
    keeper.session(),
    (error: unknown) => error instanceof SqlFailure && /ECONNREFUSED/.test(error.message),
  );
});

Deno.test("a password is taken as PostgreSQL prepares it", async () => {
  await using role = await makeRole("Ⅸ\u00a0é\u00adx");
  for (const same of ["Ⅸ\u00a0é\u00adx", "IX éx"]) await (await keeperOf(role.props(same)).session()).close();
});

Deno.test("a server without TLS is refused in words where the URL wants TLS", async () => {
  await using role = await makeRole("first");
  for (const mode of ["require", "verify-ca", "verify-full"]) {
    const { "connection.url": url, ...rest } = role.props("first");
    const keeper = keeperOf({ ...rest, "connection.url": `${url}?sslmode=${mode}` });
    await assert.rejects(
      keeper.session(),
      (error: unknown) =>
        error instanceof ConfigException &&
        /TLS refused: the server offers none, and sslmode wants it/.test(error.message),
    );
    await keeper.close();
  }
});
