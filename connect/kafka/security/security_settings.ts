/** `security.protocol` and the properties that belong to it. @module */

import type { Settings } from "../wire/settings.ts";
import { type SaslSettings, saslSettings } from "./sasl_settings.ts";
import { type TlsSettings, tlsSettings } from "./tls_settings.ts";

/** Names of `org.apache.kafka.common.security.auth.SecurityProtocol`. */
export type SecurityProtocol = "PLAINTEXT" | "SSL" | "SASL_PLAINTEXT" | "SASL_SSL";

/** Settings of one protocol; Sluice never falls back to a weaker one. */
export interface SecuritySettings {
  readonly protocol: SecurityProtocol;
  /** Null = not encrypted. */
  readonly tls: TlsSettings | null;
  /** Null = no login. */
  readonly sasl: SaslSettings | null;
  /** How long a refused login is retried after a good one, because a password may be changing. */
  readonly authRetryTimeoutMs: number;
}

const protocols: readonly SecurityProtocol[] = ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"];
const authRetryTimeoutMsDefault = 300_000;

/** Parses the properties. @throws ConfigException that names the wrong one */
export function securitySettings(settings: Settings): SecuritySettings {
  const protocol = settings.choice("security.protocol", "PLAINTEXT", protocols);
  return {
    protocol,
    tls: protocol.endsWith("SSL") ? tlsSettings(settings) : null,
    sasl: protocol.startsWith("SASL_") ? saslSettings(settings) : null,
    authRetryTimeoutMs: settings.integer("sluice.auth.retry.timeout.ms", authRetryTimeoutMsDefault),
  };
}
