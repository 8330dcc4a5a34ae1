/** A broker with a listener for every way to reach it, and a fake authorization server. @module */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { installKafka } from "../../../sandbox/kafka/kafka_install.ts";
import { type KafkaServer, startKafka } from "../../../sandbox/kafka/kafka.ts";
import { runOwned } from "../../../sandbox/owned_process.ts";

/** Folder with the certificates. */
export const certificates = fileURLToPath(new URL("../tls/", import.meta.url));

/** Users of the SASL listeners. Messages may show only the names of these constants. */
export const passwords = { scram: "scram-s3cret", plain: "plain-s3cret", token: "token-s3cret" } as const;

const modules = "org.apache.kafka.common.security";

/** `sasl.jaas.config` for SCRAM. */
export function scramJaas(password: string, username = "writer"): string {
  return `${modules}.scram.ScramLoginModule required username="${username}" password="${password}";`;
}
/** `sasl.jaas.config` for PLAIN. */
export function plainJaas(password: string): string {
  return `${modules}.plain.PlainLoginModule required username="writer" password="${password}";`;
}
/** `sasl.jaas.config` for OAUTHBEARER. */
export function tokenJaas(secret: string): string {
  return `${modules}.oauthbearer.OAuthBearerLoginModule required clientId="sluice" clientSecret="${secret}" ` +
    `scope="read write" extension_tenant="bank";`;
}

/** Properties that trust the tests' root. */
export const trusting = {
  "ssl.truststore.type": "PEM",
  "ssl.truststore.location": join(certificates, "root.pem"),
} as const;

/** Starts the broker, with its key stores in `folder`. */
export async function startSecuredKafka(folder: string): Promise<KafkaServer> {
  const of = (name: string) => tlsListener(folder, name);
  return await startKafka({
    scramUsers: (["SCRAM-SHA-256", "SCRAM-SHA-512"] as const).map((mechanism) => ({
      user: "writer",
      password: passwords.scram,
      mechanism,
    })),
    listeners: [
      { name: "TLS", protocol: "SSL", properties: await of("address") },
      { name: "NAMED", protocol: "SSL", advertisedHost: "localhost", properties: await of("server") },
      { name: "EXPIRED", protocol: "SSL", advertisedHost: "localhost", properties: await of("expired") },
      {
        name: "MUTUAL",
        protocol: "SSL",
        properties: { ...await of("address"), "ssl.client.auth": "required" },
      },
      { name: "LOGIN", protocol: "SASL_SSL", properties: { ...await of("address"), ...allMechanisms } },
      { name: "OPEN", protocol: "SASL_PLAINTEXT" },
    ],
  });
}

const allMechanisms = {
  "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER",
  "plain.sasl.jaas.config": `${modules}.plain.PlainLoginModule required user_writer="${passwords.plain}";`,
  // By default the broker accepts unsigned tokens, and checks their dates and subject.
  "oauthbearer.sasl.jaas.config":
    `${modules}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";`,
  "oauthbearer.connections.max.reauth.ms": "3600000",
} as const;

async function tlsListener(folder: string, name: string): Promise<Readonly<Record<string, string>>> {
  const store = join(folder, `${name}.store.pem`);
  const parts = await Promise.all(
    [`${name}.key`, `${name}.pem`].map((file) => Deno.readTextFile(join(certificates, file))),
  );
  await Deno.writeTextFile(store, parts.join(""));
  return { "ssl.keystore.type": "PEM", "ssl.keystore.location": store, ...trusting };
}

/** Changes the password of the SCRAM-SHA-512 user. */
export async function changeScramPassword(bootstrap: string, password: string): Promise<void> {
  const { java, jars } = await installKafka();
  const { code, stderr } = await runOwned(java, {
    args: [
      ...["-Xmx64m", "-XX:TieredStopAtLevel=1", "-cp", join(jars, "*"), "kafka.admin.ConfigCommand"],
      ...["--bootstrap-server", bootstrap, "--alter", "--entity-type", "users", "--entity-name", "writer"],
      ...["--add-config", `SCRAM-SHA-512=[password=${password}]`],
    ],
  });
  if (code !== 0) throw new Error(`Cannot change the password: ${stderr}`);
}

/** The fake authorization server's next answer. */
export interface TokenServer extends AsyncDisposable {
  readonly url: string;
  /** Number of tokens given. */
  given: number;
  /** A token's lifetime in seconds; negative = it has expired. */
  lifeSeconds: number;
  /** HTTP status of an error, or null for a token. */
  failure: number | null;
}

/** Starts it on a free port, with TLS if a certificate is named. */
export function startTokenServer(certificate: string | null): TokenServer {
  const tls = certificate === null ? {} : {
    cert: Deno.readTextFileSync(join(certificates, `${certificate}.pem`)),
    key: Deno.readTextFileSync(join(certificates, `${certificate}.key`)),
  };
  const options = { port: 0, hostname: "127.0.0.1", onListen: () => {}, ...tls };
  const server = Deno.serve(options, async (request) => {
    const asked = new URLSearchParams(await request.text());
    if (state.failure !== null) return new Response("out of order", { status: state.failure });
    const expected = `Basic ${btoa(`sluice:${passwords.token}`)}`;
    if (request.headers.get("authorization") !== expected) {
      return Response.json({ error: "invalid_client", error_description: "quotes you" }, { status: 401 });
    }
    if (asked.get("grant_type") !== "client_credentials" || asked.get("scope") !== "read write") {
      return Response.json({ error: "invalid_request" }, { status: 400 });
    }
    state.given += 1;
    return Response.json({ access_token: unsignedToken(state.lifeSeconds), expires_in: state.lifeSeconds });
  });
  const state: TokenServer = {
    url: `${certificate === null ? "http" : "https"}://127.0.0.1:${server.addr.port}/token`,
    given: 0,
    lifeSeconds: 3600,
    failure: null,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
  return state;
}

function unsignedToken(lifeSeconds: number): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = { sub: "writer", scope: "read write", iat: now - 100, exp: now + lifeSeconds };
  const parts = [{ alg: "none" }, claims].map((part) =>
    new TextEncoder().encode(JSON.stringify(part)).toBase64({ alphabet: "base64url", omitPadding: true })
  );
  return `${parts.join(".")}.`;
}
