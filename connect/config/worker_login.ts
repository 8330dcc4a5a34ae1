/**
 * The worker's own login to Kafka, which goes to the worker's own brokers and with the worker's own protection: a
 * connector that names another place brings a login of its own.
 *
 * @module
 */

import type { Props } from "../api/sink_task.ts";
import { isKafkaPlace } from "./references/secret_places.ts";
import type { KafkaClientKind } from "./worker_config.ts";

/** The option that says who logs in. */
export const jaas = "sasl.jaas.config";

const tokenClient = [
  "sasl.oauthbearer.client.credentials.client.id",
  "sasl.oauthbearer.client.credentials.client.secret",
];

/** All that proves who the worker is; the endpoint may be a file with a token in it. */
const login: readonly string[] = [
  jaas,
  ...tokenClient,
  "sasl.oauthbearer.token.endpoint.url",
  ...["location", "certificate.chain", "key", "password"].map((part) => `ssl.keystore.${part}`),
  "ssl.key.password",
];

/** What Kafka's clients take where nothing is said. */
const defaults: Props = {
  "bootstrap.servers": "localhost:9092",
  "security.protocol": "PLAINTEXT",
  "sasl.mechanism": "GSSAPI",
  "ssl.endpoint.identification.algorithm": "https",
};

/** The overrides that lead elsewhere than the worker's own settings, or change how the connection is protected. */
export function placesChanged(kind: KafkaClientKind, worker: Props, overrides: Props): readonly string[] {
  return Object.entries(overrides)
    .filter(([name, value]) => isKafkaPlace(name) && name !== jaas && value !== workers(kind, worker, name))
    .map(([name]) => name);
}

/**
 * Options of the worker's login that a client with these overrides doesn't get. With a login module of the connector's
 * own these are the token client's: the module also says by what the token endpoint is trusted.
 *
 * @example
 * ```ts
 * import { withheldLogin } from "./worker_login.ts";
 * const worker = { "bootstrap.servers": "kafka:9092", "sasl.jaas.config": "…" };
 * const same = withheldLogin("consumer", worker, { "bootstrap.servers": "kafka:9092" });
 * const other = withheldLogin("consumer", worker, { "bootstrap.servers": "elsewhere:9092" });
 * if (same.length > 0 || !other.includes("sasl.jaas.config")) throw new Error("only to the worker's own brokers");
 * ```
 */
export function withheldLogin(kind: KafkaClientKind, worker: Props, overrides: Props): readonly string[] {
  if (placesChanged(kind, worker, overrides).length > 0) return login;
  const own = overrides[jaas];
  return own === undefined || own === workers(kind, worker, jaas) ? [] : tokenClient;
}

/** Whether the worker says anything of a client's option, for all clients or for one kind. */
export function isSetBy(worker: Props, name: string): boolean {
  return ["", "consumer.", "producer.", "admin."].some((prefix) => (worker[prefix + name] ?? "") !== "");
}

/** Whether a connection with these overrides makes use of an option of the login. */
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

/** The worker's own value of a client's option. */
function workers(kind: KafkaClientKind, worker: Props, name: string): string | undefined {
  return worker[`${kind}.${name}`] ?? worker[name] ?? defaults[name];
}
