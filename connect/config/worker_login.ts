/**
 * Keeps the worker's own login to the worker's own brokers and protection: a connector that names other
 * brokers brings its own login.
 *
 * @module
 */

import type { Props } from "../api/sink_task.ts";
import { isKafkaPlace } from "./references/secret_places.ts";
import type { KafkaClientKind } from "./worker_config.ts";

export const jaas = "sasl.jaas.config";

const tokenClient = [
  "sasl.oauthbearer.client.credentials.client.id",
  "sasl.oauthbearer.client.credentials.client.secret",
];

/** All credentials of the worker; the token endpoint may be a file with a token. */
const login: readonly string[] = [
  jaas,
  ...tokenClient,
  "sasl.oauthbearer.token.endpoint.url",
  ...["location", "certificate.chain", "key", "password"].map((part) => `ssl.keystore.${part}`),
  "ssl.key.password",
];

/** Defaults of Kafka's clients. */
const defaults: Props = {
  "bootstrap.servers": "localhost:9092",
  "security.protocol": "PLAINTEXT",
  "sasl.mechanism": "GSSAPI",
  "ssl.endpoint.identification.algorithm": "https",
};

/** Returns the overrides that change the brokers or the protection of the connection. */
export function placesChanged(kind: KafkaClientKind, worker: Props, overrides: Props): readonly string[] {
  return Object.entries(overrides)
    .filter(([name, value]) => isKafkaPlace(name) && name !== jaas && value !== workers(kind, worker, name))
    .map(([name]) => name);
}

/**
 * Returns the options of the worker's login that a client with these overrides doesn't get. With a
 * connector's own login module these are the token client's: the module also decides which token endpoint is
 * trusted.
 *
 * @example
 * ```ts
 * import { withheldLogin } from "./worker_login.ts";
 * const worker = { "bootstrap.servers": "kafka:9092", "sasl.jaas.config": "…" };
 * const same = withheldLogin("consumer", worker, { "bootstrap.servers": "kafka:9092" });
 * const other = withheldLogin("consumer", worker, { "bootstrap.servers": "elsewhere:9092" });
 * if (same.length > 0 || !other.includes("sasl.jaas.config")) throw new Error("the login is withheld from other brokers");
 * ```
 */
export function withheldLogin(kind: KafkaClientKind, worker: Props, overrides: Props): readonly string[] {
  if (placesChanged(kind, worker, overrides).length > 0) return login;
  const own = overrides[jaas];
  return own === undefined || own === workers(kind, worker, jaas) ? [] : tokenClient;
}

/** Returns whether the worker sets a client option, for all clients or for one kind. */
export function isSetBy(worker: Props, name: string): boolean {
  return ["", "consumer.", "producer.", "admin."].some((prefix) => (worker[prefix + name] ?? "") !== "");
}

/** Returns whether a connection with these overrides uses an option of the login. */
export function isNeeded(
  name: string,
  { kind, worker, overrides }: {
    readonly kind: KafkaClientKind;
    readonly worker: Props;
    readonly overrides: Props;
  },
): boolean {
  const now = (option: string) =>
    (overrides[option] ?? workers(kind, worker, option) ?? "").trim().toUpperCase();
  const protocol = now("security.protocol");
  if (name.startsWith("ssl.")) return protocol.endsWith("SSL");
  if (!protocol.startsWith("SASL_")) return false;
  if (name === jaas) return true;
  if (now("sasl.mechanism") !== "OAUTHBEARER") return false;
  const isClient = tokenClient.includes(name);
  return !isClient || !(/\bclientSecret\b/.test(overrides[jaas] ?? "") || isTokenFile(overrides));
}

function isTokenFile(overrides: Props): boolean {
  return /^\s*file:/i.test(overrides["sasl.oauthbearer.token.endpoint.url"] ?? "");
}

function workers(kind: KafkaClientKind, worker: Props, name: string): string | undefined {
  return worker[`${kind}.${name}`] ?? worker[name] ?? defaults[name];
}
