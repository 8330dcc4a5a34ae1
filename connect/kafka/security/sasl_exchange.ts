/**
 * Logs in on a connection, and tells apart who failed: the network, or the login.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { BrokerAwayError } from "../wire/kafka_error.ts";
import { newEncoder, passwordProviders, type RawSasl, type SaslProvider } from "../wire/kafkajs_parts.ts";
import type { PasswordLogin, SaslSettings } from "./sasl_settings.ts";
import type { TokenSettings } from "./token_settings.ts";
import type { TokenSource } from "./token_source.ts";

/** The broker knows us not. The text of its answer isn't kept: it may name a user. */
export class LoginRefusedError extends Error {
  override readonly name = "LoginRefusedError";
}

/** What kafkajs takes to log in. */
export function saslExchange(settings: SaslSettings, tokens: TokenSource): RawSasl {
  const { mechanism } = settings;
  const provider = mechanism === "OAUTHBEARER"
    ? tokenProvider(settings.token, tokens)
    : passwordProvider(settings);
  return { mechanism, authenticationProvider: provider };
}

/** kafkajs makes one error of everything; what a message met on its way is noted before that. */
function passwordProvider({ mechanism, username, password }: PasswordLogin): SaslProvider {
  const login = passwordProviders[mechanism]({ username, password: password.value });
  return (connection) => {
    let met: unknown;
    const exchange = login({
      ...connection,
      saslAuthenticate: (message) =>
        connection.saslAuthenticate(message).catch((cause: unknown) => {
          met = cause;
          throw cause;
        }),
    });
    return {
      authenticate: () => exchange.authenticate().catch((cause) => failed(met ?? cause)),
    };
  };
}

function tokenProvider(settings: TokenSettings, tokens: TokenSource): SaslProvider {
  return ({ saslAuthenticate }) => ({
    authenticate: async () => {
      const token = await tokens.token(settings);
      try {
        const message = Buffer.from(initialResponse(token, settings.extensions), "utf8");
        const answer = await saslAuthenticate({
          request: { encode: () => Promise.resolve(newEncoder().writeBytes(message).buffer) },
          response: {
            decode: (bytes) => Promise.resolve(bytes.length),
            parse: (size) => Promise.resolve(size),
          },
        });
        // Whatever comes besides the empty text's length is the broker's reason to refuse the token. (RFC 7628, 3.2.2)
        if (answer > lengthBytes) throw new LoginRefusedError("the broker refused the token");
      } catch (cause) {
        tokens.forget();
        throw cause instanceof LoginRefusedError ? cause : failed(cause);
      }
    },
  });
}

const lengthBytes = 4;
const separator = "\u{1}";

/** RFC 7628, 3.1; KIP-342. */
function initialResponse(token: string, extensions: Readonly<Record<string, string>>): string {
  const pairs = Object.entries({ auth: `Bearer ${token}`, ...extensions });
  return `n,,${separator}${
    pairs.map(([name, value]) => `${name}=${value}${separator}`).join("")
  }${separator}`;
}

const connectionErrors = /^KafkaJS(Connection|RequestTimeout)/;

/** Passes on what isn't about the login: the network, and brokers that don't offer the mechanism. */
function failed(cause: unknown): never {
  if (cause instanceof BrokerAwayError) throw cause;
  if (cause instanceof Error) {
    const type: unknown = Reflect.get(cause, "type");
    const isOtherAnswer = type !== undefined && type !== "SASL_AUTHENTICATION_FAILED";
    if (isOtherAnswer || connectionErrors.test(cause.name)) throw cause;
  }
  throw new LoginRefusedError("the broker refused the login", { cause });
}
