/**
 * Where OAUTHBEARER tokens come from: a token endpoint, by client credentials (RFC 6749, 4.4), or a file that another
 * program renews. (KIP-768, KIP-1139) @module
 */

import { Password } from "../../api/config_def.ts";
import { ConfigException } from "../../api/exceptions.ts";
import { Settings } from "../wire/settings.ts";
import type { JaasEntry } from "./jaas.ts";
import { type TlsSettings, tlsSettings } from "./tls_settings.ts";

export type TokenSettings = EndpointSettings | TokenFileSettings;

export interface EndpointSettings {
  readonly kind: "endpoint";
  readonly url: URL;
  readonly clientId: string;
  readonly clientSecret: Password;
  readonly scope: string | null;
  /** Percent-encodes the id and the secret first, as RFC 6749 says but few servers expect. */
  readonly encodesHeader: boolean;
  readonly tls: TlsSettings;
  readonly timeoutMs: number;
  readonly extensions: Readonly<Record<string, string>>;
}

interface TokenFileSettings {
  readonly kind: "file";
  readonly path: string;
  readonly extensions: Readonly<Record<string, string>>;
}

const endpointOption = "sasl.oauthbearer.token.endpoint.url";
const timeoutMsDefault = 10_000;

/** Java class names whose behaviour Sluice has built in. */
const knownClasses: Readonly<Record<string, RegExp>> = {
  "sasl.login.callback.handler.class":
    /^org\.apache\.kafka\.common\.security\.oauthbearer\.(secured\.)?OAuthBearerLoginCallbackHandler$/,
  "sasl.oauthbearer.jwt.retriever.class":
    /^org\.apache\.kafka\.common\.security\.oauthbearer\.(Default|ClientCredentials|File)JwtRetriever$/,
};

/** Parses the properties; client id, secret and scope may be in `sasl.jaas.config` too, as before Kafka 4.1. */
export function tokenSettings(settings: Settings, { options }: JaasEntry): TokenSettings {
  for (const [option, known] of Object.entries(knownClasses)) {
    const name = settings.optional(option);
    if (name !== null && !known.test(name)) {
      throw new ConfigException(
        `Invalid value ${name} for configuration ${option}: Sluice has no such class`,
      );
    }
  }
  const extensions = extensionsOf(options);
  const url = urlOf(settings);
  if (url.protocol === "file:") return { kind: "file", path: decodeURIComponent(url.pathname), extensions };
  const credentials = "sasl.oauthbearer.client.credentials.client";
  const clientId = settings.optional(`${credentials}.id`) ?? options["clientId"];
  const secret = settings.optional(`${credentials}.secret`) ?? options["clientSecret"];
  if (!clientId || !secret) {
    const [option, older] = clientId
      ? [`${credentials}.secret`, "clientSecret"]
      : [`${credentials}.id`, "clientId"];
    throw new ConfigException(`Missing ${option}: expected it, or ${older} in sasl.jaas.config`);
  }
  return {
    kind: "endpoint",
    url,
    clientId,
    clientSecret: new Password(secret),
    scope: settings.optional("sasl.oauthbearer.scope") ?? options["scope"] ?? null,
    encodesHeader: settings.boolean("sasl.oauthbearer.header.urlencode", false),
    // As in Java, the broker's ssl.* don't apply to the endpoint: its own are in sasl.jaas.config.
    tls: tlsSettings(new Settings(options)),
    timeoutMs: settings.integer("sasl.login.read.timeout.ms", timeoutMsDefault, 1),
    extensions,
  };
}

function urlOf(settings: Settings): URL {
  const text = settings.optional(endpointOption);
  if (text === null) {
    throw new ConfigException(`Missing ${endpointOption}: expected the URL of a token endpoint`);
  }
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url !== null && ["https:", "http:", "file:"].includes(url.protocol) && url.username === "") return url;
  throw new ConfigException(
    `Invalid value [hidden] for configuration ${endpointOption}: Expected https://…, http://… or file://…, ` +
      "without a user in it",
  );
}

const extensionPrefix = "extension_";
const extensionForm = /^[A-Za-z]+$/;

/** Returns the extensions `extension_NAME=…` that are sent with the token. (KIP-342) */
function extensionsOf(options: JaasEntry["options"]): Readonly<Record<string, string>> {
  const found = Object.entries(options).filter(([name]) => name.startsWith(extensionPrefix))
    .map(([name, value]) => [name.slice(extensionPrefix.length), value] as const);
  for (const [name, value] of found) {
    if (extensionForm.test(name) && name !== "auth" && /^[\t\n\r\x20-\x7e]*$/.test(value)) continue;
    throw new ConfigException(
      "Invalid value [hidden] for configuration sasl.jaas.config: Expected extensions of ASCII letters and text",
    );
  }
  return Object.fromEntries(found);
}
