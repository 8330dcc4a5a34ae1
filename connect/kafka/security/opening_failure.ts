/** Says why a connection to a broker failed: which option to change, or that a retry can help. @module */

import { ConfigException } from "../../api/exceptions.ts";
import type { Time } from "../../api/ports.ts";
import type { HostPort } from "../wire/client_options.ts";
import { BrokerAwayError } from "../wire/kafka_error.ts";
import { validityOf } from "./certificate_look.ts";
import { LoginRefusedError } from "./sasl_exchange.ts";
import type { SecuritySettings } from "./security_settings.ts";
import { networkText } from "../../security/network_failure.ts";
import { type TlsFailure, tlsFailure } from "../../security/tls_failure.ts";

interface Opening {
  readonly at: HostPort;
  readonly settings: SecuritySettings;
  readonly time: Time;
}

/** Returns ConfigException if the operator must change an option, else BrokerAwayError. */
export async function openingFailure(cause: unknown, opening: Opening): Promise<Error> {
  if (cause instanceof ConfigException) return cause;
  const { at, settings: { protocol, sasl } } = opening;
  const where = `${at.host}:${at.port}`;
  if (cause instanceof LoginRefusedError) {
    const what = sasl?.mechanism === "OAUTHBEARER" ? "the token" : "user or password of sasl.jaas.config";
    return refusal(`Cannot log in to Kafka at ${where}: it refuses ${what} (${sasl?.mechanism})`, cause);
  }
  const root = rootOf(cause);
  const answer: unknown = Reflect.get(root, "type");
  if (answer === "UNSUPPORTED_SASL_MECHANISM") {
    return refusal(
      `Cannot log in to Kafka at ${where}: it doesn't offer sasl.mechanism ${sasl?.mechanism}`,
      cause,
    );
  }
  if (answer === "ILLEGAL_SASL_STATE") {
    return refusal(
      `Cannot log in to Kafka at ${where}: its listener has no SASL, security.protocol is ${protocol}`,
      cause,
    );
  }
  const tls = tlsFailure(root);
  if (tls === undefined) return away(root, { where, opening, cause });
  return refusal(`Cannot connect to Kafka at ${where}: TLS refused, ${await explained(tls, opening)}`, cause);
}

function refusal(text: string, cause: unknown): ConfigException {
  return new ConfigException(text, { cause, rule: "kafka_login_refused" });
}

function away(
  root: Error,
  { where, opening, cause }: { readonly where: string; readonly opening: Opening; readonly cause: unknown },
): BrokerAwayError {
  if (cause instanceof BrokerAwayError) return cause;
  const code: unknown = Reflect.get(root, "code");
  const known = typeof code === "string"
    ? `: ${networkText(code)}`
    : /timeout/i.test(root.message)
    ? ": no answer in time"
    : "";
  // A broker without TLS closes the connection on the first bytes; so does one that is stopping.
  const isNotTls = /before secure TLS connection/.test(root.message);
  const hint = isNotTls
    ? `, its listener may have no TLS: security.protocol is ${opening.settings.protocol}`
    : "";
  return new BrokerAwayError(`no connection to ${where}${known}${hint}`, { cause });
}

/** kafkajs' errors copy code and text of the socket's error; Sluice's have it as cause. */
function rootOf(cause: unknown): Error {
  if (!(cause instanceof Error)) return new Error("unknown");
  return cause instanceof BrokerAwayError && cause.cause instanceof Error ? cause.cause : cause;
}

async function explained(failure: TlsFailure, opening: Opening): Promise<string> {
  const { settings: { tls, protocol } } = opening;
  switch (failure) {
    case "the certificate is for another host":
      return `${failure}; ssl.endpoint.identification.algorithm is https`;
    case "it doesn't take our certificate":
      return tls?.identity
        ? `it doesn't take the certificate of ${tls.identity.chain.option}`
        : "it asks for a client certificate, expected ssl.keystore.location or ssl.keystore.certificate.chain";
    case "it doesn't speak TLS":
      return `${failure}; security.protocol is ${protocol}`;
    case "no TLS version or cipher in common":
      return `${failure}; ssl.enabled.protocols is ${tls?.versions.min} to ${tls?.versions.max}`;
    default:
      return await aboutTrust(failure, opening);
  }
}

async function aboutTrust(
  failure: TlsFailure,
  { at, settings: { tls, protocol }, time }: Opening,
): Promise<string> {
  const validity = await validityOf(at, time);
  const now = time.now();
  if (validity !== null && validity.to.getTime() < now) {
    return `the broker's certificate has expired on ${validity.to.toISOString()}; security.protocol is ${protocol}`;
  }
  if (validity !== null && validity.from.getTime() > now) {
    return `the broker's certificate isn't valid before ${validity.from.toISOString()}; security.protocol is ${protocol}`;
  }
  return `${failure}; trusted are those of ${
    tls?.trust?.option ?? "the system, ssl.truststore.location isn't set"
  }`;
}
