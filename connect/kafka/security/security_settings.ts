/**
 * How the clients of one kind reach Kafka: `security.protocol` and what belongs to it.
 *
 * @module
 */

import type { Settings } from "../wire/settings.ts";
import { type SaslSettings, saslSettings } from "./sasl_settings.ts";
import { type TlsSettings, tlsSettings } from "./tls_settings.ts";

/** Names of `org.apache.kafka.common.security.auth.SecurityProtocol`. */
export type SecurityProtocol = "PLAINTEXT" | "SSL" | "SASL_PLAINTEXT" | "SASL_SSL";

/** What the properties say; there is no way from one protocol to a weaker one. */
export interface SecuritySettings {
  readonly protocol: SecurityProtocol;
  /** Null: not encrypted. */
  readonly tls: TlsSettings | null;
  /** Null: nobody logs in. */
  readonly sasl: SaslSettings | null;
  /** After one good login: for so long a refused one is tried again, as while a password is changed. */
  readonly authRetryTimeoutMs: number;
}

const protocols: readonly SecurityProtocol[] = ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"];
const authRetryTimeoutMsDefault = 300_000;

/** Reads the properties. @throws ConfigException that names the one that is wrong */
export function securitySettings(settings: Settings): SecuritySettings {
  const protocol = settings.choice("security.protocol", "PLAINTEXT", protocols);
  return {
    protocol,
    tls: protocol.endsWith("SSL") ? tlsSettings(settings) : null,
    sasl: protocol.startsWith("SASL_") ? saslSettings(settings) : null,
    authRetryTimeoutMs: settings.integer("sluice.auth.retry.timeout.ms", authRetryTimeoutMsDefault),
  };
}
