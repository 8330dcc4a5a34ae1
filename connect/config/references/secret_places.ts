/** Which options say where a secret goes and how it is protected on the way. @module */

/** Prefixes of options that belong together; all others are the sink's own. */
const prefixes =
  /^(?:(?:consumer|producer|admin)\.override\.|(?:transforms|predicates)\.[^.]+\.|(?:key|value|header)\.converter\.)/;

/** Words of a sink's or a plugin's options that name an address, a protocol or a check. */
const placeWords =
  /(^|[._-])(ur[il]s?|hosts?|hostname|ports?|address(es)?|endpoints?|servers?|brokers?|protocol|mechanism|proxy|proxies|ssl|tls|sslmode|location|algorithm)([._-]|$)/i;

/** Classes: another one may do something else with the secret. */
const classNames = /^connector\.class$|\.type$|^(key|value|header)\.converter$/;

/** Options of Kafka clients that decide about a connection, and of these the ones that only say who logs in, or when. */
const kafkaPlaces = /^(bootstrap\.servers$|security\.|sasl\.|ssl\.)|proxy/;
const kafkaLogins = /^ssl\.(keystore|key)\.|\.client\.(id|secret)$|\.scope$|\.(ms|seconds|factor|jitter)$/;

/**
 * The options that an option shares its connection with, by their common prefix.
 *
 * @example
 * ```ts
 * import { connectionOf } from "./secret_places.ts";
 * if (connectionOf("consumer.override.sasl.jaas.config") !== "consumer.override.") throw new Error("a client's");
 * if (connectionOf("connection.password") !== connectionOf("connection.url")) throw new Error("the sink's own");
 * ```
 */
export function connectionOf(option: string): string {
  if (/^(key|value|header)\.converter$/.test(option)) return `${option}.`;
  return prefixes.exec(option)?.[0] ?? "";
}

/** Whether an option decides where the secrets of its connection go, or how they are protected. */
export function isPlace(option: string): boolean {
  const connection = connectionOf(option);
  const name = option.slice(connection.length);
  if (connection.endsWith(".override.")) return isKafkaPlace(name);
  return classNames.test(option) || placeWords.test(name);
}

/** The same for an option of a Kafka client, without its prefix. */
export function isKafkaPlace(name: string): boolean {
  return kafkaPlaces.test(name) && !kafkaLogins.test(name);
}
