/** The `sasl.*` properties: the mechanism and the credentials. @module */

import { Password } from "../../api/config_def.ts";
import { ConfigException } from "../../api/exceptions.ts";
import type { Settings } from "../wire/settings.ts";
import { type JaasEntry, parseJaas } from "./jaas.ts";
import { type TokenSettings, tokenSettings } from "./token_settings.ts";

export interface PasswordLogin {
  readonly mechanism: "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512";
  readonly username: string;
  readonly password: Password;
}

/** A token from an authorization server. (KIP-768) */
interface TokenLogin {
  readonly mechanism: "OAUTHBEARER";
  readonly token: TokenSettings;
}

export type SaslSettings = PasswordLogin | TokenLogin;

const mechanisms = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"] as const;

const moduleOf = {
  "PLAIN": "PlainLoginModule",
  "SCRAM-SHA-256": "ScramLoginModule",
  "SCRAM-SHA-512": "ScramLoginModule",
  "OAUTHBEARER": "OAuthBearerLoginModule",
} as const;

/** Parses the properties. @throws ConfigException that names the wrong one */
export function saslSettings(settings: Settings): SaslSettings {
  const mechanism = settings.choice("sasl.mechanism", kerberos, [...mechanisms, kerberos]);
  if (mechanism === kerberos) {
    throw new ConfigException(
      `Invalid value ${kerberos} for configuration sasl.mechanism, which is its default: expected ` +
        mechanisms.join(", "),
    );
  }
  const entry = jaasOf(settings, mechanism);
  if (mechanism === "OAUTHBEARER") return { mechanism, token: tokenSettings(settings, entry) };
  if (entry.options["tokenauth"]?.toLowerCase() === "true") {
    throw new ConfigException("Cannot use tokenauth of sasl.jaas.config: delegation tokens aren't supported");
  }
  const { username, password } = entry.options;
  if (!username || password === undefined) {
    throw new ConfigException(
      `Invalid value [hidden] for configuration sasl.jaas.config: Expected ${
        username ? "password" : "username"
      }`,
    );
  }
  return { mechanism, username, password: new Password(password) };
}

const kerberos = "GSSAPI";

function jaasOf(settings: Settings, mechanism: typeof mechanisms[number]): JaasEntry {
  const text = settings.optional("sasl.jaas.config");
  const expected = moduleOf[mechanism];
  if (text === null) {
    throw new ConfigException(
      `Missing sasl.jaas.config: expected ${expected} for sasl.mechanism ${mechanism}`,
    );
  }
  const entry = parseJaas(text);
  // Compares the class's last name: some vendors ship the same class in their own package.
  if (entry.module.split(".").at(-1) === expected) return entry;
  throw new ConfigException(
    `Invalid value [hidden] for configuration sasl.jaas.config: Expected ${expected} for sasl.mechanism ${mechanism}`,
  );
}
