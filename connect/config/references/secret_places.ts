/** Tells which options decide where a secret is sent and how it is protected in transit. @module */

/** Prefixes that group options into one connection; all others belong to the sink. */
const prefixes =
  /^(?:(?:consumer|producer|admin)\.override\.|(?:transforms|predicates)\.[^.]+\.|(?:key|value|header)\.converter\.)/;

/** Words in option names that mean an address, a protocol or a check. */
const placeWords =
  /(^|[._-])(ur[il]s?|hosts?|hostname|ports?|address(es)?|endpoints?|servers?|brokers?|protocol|mechanism|proxy|proxies|ssl|tls|sslmode|location|algorithm)([._-]|$)/i;

/** Classes: another class may use the secret differently. */
const classNames = /^connector\.class$|\.type$|^(key|value|header)\.converter$/;

/** Kafka client options of a connection, and those of them that only identify the client or set times. */
const kafkaPlaces = /^(bootstrap\.servers$|security\.|sasl\.|ssl\.)|proxy/;
const kafkaLogins = /^ssl\.(keystore|key)\.|\.client\.(id|secret)$|\.scope$|\.(ms|seconds|factor|jitter)$/;

/**
 * Returns the common prefix of the options that share a connection with this one.
 *
 * @example
 * ```ts
 * import { connectionOf } from "./secret_places.ts";
 * if (connectionOf("consumer.override.sasl.jaas.config") !== "consumer.override.") throw new Error("the client's options");
 * if (connectionOf("connection.password") !== connectionOf("connection.url")) throw new Error("the sink's options");
 * ```
 */
export function connectionOf(option: string): string {
  if (/^(key|value|header)\.converter$/.test(option)) return `${option}.`;
  return prefixes.exec(option)?.[0] ?? "";
}

/** Returns whether an option decides where its connection's secrets go or how they are protected. */
export function isPlace(option: string): boolean {
  const connection = connectionOf(option);
  const name = option.slice(connection.length);
  if (connection.endsWith(".override.")) return isKafkaPlace(name);
  return classNames.test(option) || placeWords.test(name);
}

/** Does the same as `isPlace` for a Kafka client option without its prefix. */
export function isKafkaPlace(name: string): boolean {
  return kafkaPlaces.test(name) && !kafkaLogins.test(name);
}
