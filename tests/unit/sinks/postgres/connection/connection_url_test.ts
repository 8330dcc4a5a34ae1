import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { Password } from "../../../../../connect/api/config_def.ts";
import { ConfigException } from "../../../../../connect/api/exceptions.ts";
import { driverOptions, tlsOptions } from "../../../../../sinks/postgres/connection/connection_options.ts";
import {
  describeTarget,
  parseConnectionUrl,
} from "../../../../../sinks/postgres/connection/connection_url.ts";

Deno.test("a libpq URL: user, password, host, port, database, parameters", () => {
  const target = parseConnectionUrl(
    "postgres://wr%40iter:p%2Fw%3A%23@db.example:6432/bank%202?sslmode=verify-full&sslrootcert=/ca.pem&application_name=a+b",
  );
  assert.deepEqual(target.hosts, [{ host: "db.example", port: 6432 }]);
  assert.equal(target.user, "wr@iter");
  assert.equal(target.password?.value, "p/w:#");
  assert.equal(target.database, "bank 2");
  assert.equal(target.sslMode, "verify-full");
  assert.equal(target.sslRootCertFile, "/ca.pem");
  assert.equal(target.applicationName, "a+b");
});

Deno.test("a JDBC URL: user and password as parameters, Java's names", () => {
  const target = parseConnectionUrl(
    "jdbc:postgresql://one,two:5433/bank2?user=writer&password=p%26w&ssl=true&ApplicationName=a+b&currentSchema=s" +
      "&targetServerType=primary&connectTimeout=7&prepareThreshold=0&reWriteBatchedInserts=true",
  );
  assert.deepEqual(target.hosts, [{ host: "one", port: 5432 }, { host: "two", port: 5433 }]);
  assert.equal(target.user, "writer");
  assert.equal(target.password?.value, "p&w");
  assert.equal(target.sslMode, "verify-full");
  assert.equal(target.applicationName, "a b");
  assert.deepEqual(target.sessionSettings, { search_path: "s" });
  assert.equal(target.targetSessionAttributes, "primary");
  assert.equal(target.connectTimeoutSeconds, 7);
  assert.equal(target.prepare, false);
});

Deno.test("connection.user and connection.password go before the URL", () => {
  const target = parseConnectionUrl("postgresql://a:b@db/bank2", { user: "c", password: new Password("d") });
  assert.equal(target.user, "c");
  assert.equal(target.password?.value, "d");
});

Deno.test("what isn't said has a default: port 5432, the user's database, prefer TLS", () => {
  const target = parseConnectionUrl("postgres://writer@db");
  assert.equal(target.database, "writer");
  assert.equal(target.sslMode, "prefer");
  assert.equal(target.password, null);
  assert.equal(target.prepare, true);
  assert.deepEqual(parseConnectionUrl("jdbc:postgresql:bank2", { user: "u" }).hosts, [
    { host: "localhost", port: 5432 },
  ]);
  assert.equal(parseConnectionUrl("jdbc:postgresql:/", { user: "u" }).database, "u");
});

Deno.test("IPv6 addresses and Unix sockets", () => {
  assert.deepEqual(parseConnectionUrl("postgres://u@[::1]:5433/d").hosts, [{ host: "::1", port: 5433 }]);
  const socket = parseConnectionUrl("postgres://u@/d?host=/var/run/postgresql&port=5433");
  assert.equal(socket.socketFolder, "/var/run/postgresql");
  assert.equal(describeTarget(socket), "/var/run/postgresql/d");
});

Deno.test("require with a named root certificate checks it, as libpq does; allow is prefer", () => {
  const mode = (query: string) => parseConnectionUrl(`postgres://u@h/d?${query}`).sslMode;
  assert.equal(mode("sslmode=require"), "require");
  assert.equal(mode("sslmode=require&sslrootcert=/ca.pem"), "verify-ca");
  assert.equal(mode("sslmode=require&sslrootcert=system"), "verify-full");
  assert.equal(mode("sslrootcert=system"), "verify-full");
  assert.equal(mode("sslmode=allow"), "prefer");
  assert.equal(mode("ssl=false"), "disable");
});

const secret = "canary%7f3a";
const wrong: Readonly<Record<string, readonly [string, RegExp]>> = {
  "another scheme": [`mysql://u:${secret}@h/d`, /Expected postgres:\/\/… or jdbc:postgresql:/],
  "no user": [`postgres://h/d?password=canary7f3a`, /Expected a user/],
  "a port that is none": [`postgres://u:canary7f3a@h:70000/d`, /port between 1 and 65535/],
  "a host that is none": [`postgres://u:canary7f3a@h:x/d`, /Expected HOST or HOST:PORT/],
  "a lone percent sign": [`postgres://u:canary7f3a%@h/d`, /the password to be percent-encoded/],
  "an unknown parameter": [`postgres://u:canary7f3a@h/d?sslmod=require`, /Unknown parameter sslmod$/],
  "a value as a parameter's name": [
    `postgres://u@h/d?canary7f3a=1`,
    /Unknown parameter with an unusual name/,
  ],
  "an unknown sslmode": [`postgres://u:canary7f3a@h/d?sslmode=canary7f3a`, /Expected sslmode to be/],
  "an unknown session": [`postgres://u@h/d?target_session_attrs=canary7f3a`, /Expected target_session_attrs/],
  "a slash in the password": [
    `postgres://u:canary7f3a/x@h/d`,
    /Expected . in user and password to be percent-encoded, as %2F/,
  ],
};

for (const [what, [url, expected]] of Object.entries(wrong)) {
  Deno.test(`${what} is refused by the option's name, without the URL`, () => {
    assert.throws(() => parseConnectionUrl(url, { option: "connection.url" }), (error: Error) => {
      assert.ok(error instanceof ConfigException);
      assert.match(error.message, /^Invalid value \[hidden\] for configuration connection\.url: /);
      assert.match(error.message, expected);
      assert.doesNotMatch(`${inspect(error)} ${error.connectText}`.replaceAll(import.meta.url, ""), /canary/);
      return true;
    });
  });
}

/** All parameters of pgjdbc 42.7.14, with a value that isn't its default. */
const pgjdbc: Readonly<Record<"meant" | "ignored" | "refused", readonly string[]>> = {
  meant: [
    ...["channelBinding=require", "requireAuth=scram-sha-256"],
    ...[
      "ApplicationName=a",
      "connectTimeout=5",
      "currentSchema=s",
      "loginTimeout=5",
      "password=p",
      "PGDBNAME=d",
    ],
    ...["PGHOST=h", "PGPORT=5433", "preferQueryMode=simple", "preparedStatementCacheQueries=0"],
    ...["prepareThreshold=0", "ssl", "sslcert=/c", "sslkey=/k", "sslmode=require", "sslpassword=p"],
    ...["sslrootcert=/r", "targetServerType=preferSlave", "user=u"],
  ],
  ignored: [
    ...[
      "adaptiveFetch=true",
      "adaptiveFetchMaximum=9",
      "adaptiveFetchMinimum=1",
      "allowEncodingChanges=true",
    ],
    ...["assumeMinServerVersion=18", "autosave=always", "binaryTransfer=false", "binaryTransferDisable=date"],
    ...["binaryTransferEnable=date", "cancelSignalTimeout=1", "classLoaderStrategy=driver"],
    ...[
      "cleanupSavepoints=true",
      "connectExecutor=x.Y",
      "connectExecutorArg=a",
      "convertBooleanToNumeric=true",
    ],
    ...["databaseMetadataCacheFields=1", "databaseMetadataCacheFieldsMiB=1", "defaultRowFetchSize=9"],
    ...["disableColumnSanitiser=true", "escapeSyntaxCallMode=call", "flushCacheOnDdl=false"],
    ...[
      "groupStartupParameters=true",
      "gsslib=gssapi",
      "gssResponseTimeout=1",
      "hideUnprivilegedObjects=true",
    ],
    ...["hostRecheckSeconds=1", "jaasApplicationName=a", "jaasLogin=false", "loadBalanceHosts=true"],
    ...["loggerFile=/l", "loggerLevel=TRACE", "logServerErrorDetail=false", "logUnclosedConnections=true"],
    ...["maxResultBuffer=1M", "maxSendBufferSize=1", "pemKeyAlgorithm=EC", "preparedStatementCacheSizeMiB=1"],
    ...["queryTimeout=1", "quoteReturningIdentifiers=false", "readOnlyMode=always", "receiveBufferSize=1"],
    ...["reWriteBatchedInserts=true", "reWriteBatchedInsertsSize=8", "sendBufferSize=1", "socketTimeout=30"],
    ...["sslResponseTimeout=1", "sspiServiceClass=S", "stringtype=unspecified", "tcpKeepAlive=true"],
    ...["tcpNoDelay=false", "unknownLength=1", "xmlFactoryFactory=x.Y"],
  ],
  refused: [
    ...["authenticationPluginClassName=x.Y", "gssEncMode=require"],
    ...["gssUseDefaultCreds=true", "kerberosServerName=k", "localSocketAddress=10.0.0.1"],
    ...["options=-c%20work_mem=1", "protocolVersion=2", "readOnly=true", "replication=database"],
    ...["scramMaxIterations=5", "service=s", "socketFactory=x.Y"],
    ...["socketFactoryArg=a", "sslfactory=org.postgresql.ssl.NonValidatingFactory", "sslfactoryarg=a"],
    ...["sslhostnameverifier=x.Y", "sslNegotiation=direct", "sslpasswordcallback=x.Y", "useSpnego=true"],
  ],
};

Deno.test("every parameter of pgjdbc is meant, ignored, or refused with what to write instead", () => {
  assert.equal(Object.values(pgjdbc).flat().length, 92, "as many as PGProperty has");
  const plain = parseConnectionUrl("jdbc:postgresql://h/d?user=u");
  for (const parameter of pgjdbc.ignored) {
    assert.deepEqual(parseConnectionUrl(`jdbc:postgresql://h/d?user=u&${parameter}`), plain, parameter);
  }
  for (const parameter of pgjdbc.meant) {
    const target = parseConnectionUrl(`jdbc:postgresql://x/y?user=v&${parameter}`);
    assert.notDeepEqual(target, parseConnectionUrl("jdbc:postgresql://x/y?user=v"), parameter);
  }
  for (const parameter of pgjdbc.refused) {
    const [name] = parameter.split("=");
    assert.throws(
      () => parseConnectionUrl(`jdbc:postgresql://h/d?user=u&${parameter}`),
      new RegExp(
        `\\[hidden\\] for configuration .*: Parameter ${name} asks for what Sluice doesn't do: .{10}`,
      ),
    );
    parseConnectionUrl(`jdbc:postgresql://h/d?user=u&${name}=`);
  }
});

Deno.test("parameters with the driver's own default ask for nothing", () => {
  const defaults = [
    ...["channelBinding=prefer", "gssEncMode=disable", "gssUseDefaultCreds=false"],
    ...["protocolVersion=3", "readOnly=FALSE", "scramMaxIterations=100000", "sslNegotiation=postgres"],
    ...["sslfactory=org.postgresql.ssl.LibPQFactory", "useSpnego=false"],
  ];
  parseConnectionUrl(`jdbc:postgresql://h/d?user=u&${defaults.join("&")}`);
  assert.throws(() => parseConnectionUrl("postgres://u@h/d?options=-csearch_path%3Dx"), /search_path/);
});

Deno.test("ssl without a value is pgjdbc's verify-full", () => {
  const mode = (query: string) => parseConnectionUrl(`jdbc:postgresql://h/d?user=u&${query}`).sslMode;
  assert.equal(mode("ssl"), "verify-full");
  assert.equal(mode("ssl="), "verify-full");
  assert.equal(mode("ssl=TRUE"), "verify-full");
  assert.equal(mode("ssl&sslmode=require"), "require");
});

Deno.test("printing or serialising a target shows no password", () => {
  const target = parseConnectionUrl("postgres://writer:canary7f3a@db/bank2");
  assert.doesNotMatch(JSON.stringify(target) + describeTarget(target), /canary/);
  assert.equal(describeTarget(target), "db:5432/bank2");
});

Deno.test("driverOptions() leaves nothing for the driver to take from PG* variables", async () => {
  const options = await driverOptions(
    parseConnectionUrl("postgres://u@h1:1,h2:2/d?sslmode=disable"),
    "sluice-x-0",
  );
  const { host, port, database, user, password, ssl } = options;
  assert.deepEqual([host, port, database, user, password, ssl], ["socket", 1, "d", "u", "", false]);
  assert.equal(
    typeof Reflect.get(options, "socket"),
    "function",
    "hosts, TLS and the login are the socket's",
  );
  assert.equal(options.connection?.application_name, "sluice-x-0");
  assert.equal(options.debug, false);
});

Deno.test("tlsOptions() checks what sslmode asks for", async () => {
  const of = async (query: string) =>
    await tlsOptions(parseConnectionUrl(`postgres://u@h/d?sslrootcert=${file("root.pem")}&${query}`));
  const ca = await Deno.readTextFile(file("root.pem"));
  assert.deepEqual(await of("sslmode=verify-full"), { rejectUnauthorized: true, ca });
  const verifyCa = await of("sslmode=verify-ca");
  assert.ok(verifyCa !== null && "checkServerIdentity" in verifyCa && "ca" in verifyCa);
  const socket = parseConnectionUrl("postgres://u@/d?host=/run/postgresql&sslmode=verify-full");
  assert.equal(await tlsOptions(socket), null, "no network, no TLS");
  const target = parseConnectionUrl("postgres://u@h/d?sslmode=require");
  assert.deepEqual(await tlsOptions(target), { rejectUnauthorized: false });
});

Deno.test("driverOptions() says which file can't be used, and why", async () => {
  const refusal = (query: string, why: RegExp) =>
    assert.rejects(
      driverOptions(parseConnectionUrl(`postgres://u@h/d?sslmode=verify-full&${query}`), "x"),
      (error: unknown) => error instanceof ConfigException && why.test(error.message),
    );
  await refusal(
    `sslrootcert=${file("none.pem")}`,
    /Cannot read the file of sslrootcert: .*none\.pem \(NotFound\)/,
  );
  await refusal(`sslrootcert=${file("client.key")}`, /file of sslrootcert: .*no certificate in PEM found/);
  await refusal(`sslkey=${file("client.key")}`, /Cannot use sslkey alone: expected sslcert too/);
  const certificate = `sslcert=${file("client.pem")}`;
  await refusal(certificate, /Cannot use sslcert alone: expected sslkey too/);
  await refusal(
    `${certificate}&sslkey=${file("server.key")}`,
    /the private key isn't that of the first certificate/,
  );
  const encrypted = `${certificate}&sslkey=${file("client.encrypted.key")}`;
  await refusal(encrypted, /encrypted and has no password/);
  await refusal(
    `${encrypted}&sslpassword=wr0ng`,
    /file of sslkey: \S+client\.encrypted\.key, its password doesn't decrypt/,
  );
});

function file(name: string): string {
  return fileURLToPath(new URL(`../../../../support/tls/${name}`, import.meta.url));
}

const nul = "a%00options%00-c%20role%3Dpostgres";
const parameters = ["application_name", "search_path", "dbname", "user", "sslrootcert", "sslcert", "host"];
const withControls: Readonly<Record<string, string>> = {
  "user": `postgres://${nul}:p@h/d`,
  "password": `postgres://u:${nul}@h/d`,
  "database": `postgres://u:p@h/${nul}`,
  "host": `postgres://u:p@${nul}/d`,
  "a line break in the user": "postgres://a%0Ab:p@h/d",
  "an escape in the database": "postgres://u:p@h/d%1B",
  "Java's name": `jdbc:postgresql://h/d?user=u&ApplicationName=${nul}`,
  "Java's schema": `jdbc:postgresql://h/d?user=u&currentSchema=${nul}`,
  ...Object.fromEntries(
    [...parameters, "password", "sslpassword", "port"].map((name) => [
      `parameter ${name}`,
      `postgres://u:p@h/d?${name}=${nul}`,
    ]),
  ),
  ...Object.fromEntries(parameters.map((name) => [`escape in ${name}`, `postgres://u:p@h/d?${name}=a%1Bb`])),
};

for (const [what, url] of Object.entries(withControls)) {
  Deno.test(`a NUL or control character is refused: ${what}`, () => {
    assert.throws(() => parseConnectionUrl(url), (error: Error) => {
      assert.ok(error instanceof ConfigException);
      assert.match(
        error.message,
        /^Invalid value \[hidden\] for configuration connection\.url: Expected no (NUL|control character) in /,
      );
      assert.doesNotMatch(error.message, /role|\0/);
      return true;
    });
  });
}

Deno.test("connection.user and connection.password hold no NUL either", () => {
  for (
    const options of [{ user: "a\0b" }, { user: "a\x1bb" }, { password: "a\0b" }, {
      password: new Password("a\0b"),
    }]
  ) {
    assert.throws(
      () => parseConnectionUrl("postgres://u@h/d", options),
      /Expected no (NUL|control character) in /,
    );
  }
  const odd = parseConnectionUrl("postgres://u:a%09b@h/d");
  assert.equal(odd.password?.value, "a\tb", "a password may be odd");
});

Deno.test("channel_binding and require_auth are libpq's, by pgjdbc's names too", () => {
  const java = parseConnectionUrl("jdbc:postgresql://h/d?user=u&channelBinding=require&requireAuth=md5");
  assert.deepEqual([java.channelBinding, java.requireAuth], ["require", ["md5"]]);
  const of = (query: string) => parseConnectionUrl(`postgres://u@h/d?${query}`);
  assert.equal(of("").channelBinding, "prefer");
  assert.equal(of("channel_binding=require").channelBinding, "require");
  assert.equal(of("").requireAuth, null);
  assert.deepEqual(of("require_auth=scram-sha-256,md5").requireAuth, ["scram-sha-256", "md5"]);
  assert.deepEqual(of("require_auth=!password,!none").requireAuth, ["!password", "!none"]);
  assert.throws(
    () => of("channel_binding=maybe"),
    /Expected channel_binding to be disable, prefer or require/,
  );
  for (const wrong of ["scram", "md5,!none", "!", "md5,"]) {
    assert.throws(
      () => of(`require_auth=${wrong}`),
      /Expected require_auth to list some of none, password, md5/,
    );
  }
});

Deno.test("a URL names at most a hundred hosts", () => {
  const url = (count: number) => `postgres://u@${"db,".repeat(count - 1)}db/d`;
  assert.equal(parseConnectionUrl(url(100)).hosts.length, 100);
  assert.throws(
    () => parseConnectionUrl(url(101)),
    /connection\.url: Expected at most 100 hosts, found 101$/,
  );
});
