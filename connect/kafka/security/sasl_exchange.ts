/**
 * Logs in on a connection, and tells apart who failed: the network, or the login.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { BrokerAwayError } from "../wire/kafka_error.ts";
import {
  newEncoder,
  type RawSasl,
  type SaslMessage,
  type SaslProvider,
  scramProvider,
} from "../wire/kafkajs_internals.ts";
import type { PasswordLogin, SaslSettings } from "./sasl_settings.ts";
import type { TokenSettings } from "./token_settings.ts";
import type { TokenSource } from "./token_source.ts";

/** The broker knows us not. The text of its answer isn't kept: it may name a user. */
export class LoginRefusedError extends Error {
  override readonly name = "LoginRefusedError";
}

/** What kafkajs takes to log in. */
export function saslExchange(settings: SaslSettings, tokens: TokenSource): RawSasl {
  return { mechanism: settings.mechanism, authenticationProvider: providerFor(settings, tokens) };
}

function providerFor(settings: SaslSettings, tokens: TokenSource): SaslProvider {
  switch (settings.mechanism) {
    case "OAUTHBEARER":
      return tokenProvider(settings.token, tokens);
    case "PLAIN":
      return plainProvider(settings);
    case "SCRAM-SHA-256":
      return notingFailures(scramProvider("SHA256", loginOf(settings)));
    case "SCRAM-SHA-512":
      return notingFailures(scramProvider("SHA512", loginOf(settings)));
  }
}

const loginOf = ({ username, password }: PasswordLogin) => ({ username, password: password.value });

/** RFC 4616. */
function plainProvider({ username, password }: PasswordLogin): SaslProvider {
  return ({ saslAuthenticate }) => ({
    authenticate: async () => {
      await saslAuthenticate(message(`\0${username}\0${password.value}`)).catch(failed);
    },
  });
}

/** kafkajs makes one error of everything; what a message met on its way is noted before that. */
function notingFailures(login: SaslProvider): SaslProvider {
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
        const answer = await saslAuthenticate(message(initialResponse(token, settings.extensions)));
        // Whatever comes besides the empty text's length is the broker's reason to refuse the token. (RFC 7628, 3.2.2)
        if (answer > lengthBytes) throw new LoginRefusedError("the broker refused the token");
      } catch (cause) {
        tokens.forget();
        throw cause instanceof LoginRefusedError ? cause : failed(cause);
      }
    },
  });
}

/** One message; what comes back is the number of bytes of the answer. */
function message(text: string): SaslMessage<number> {
  const bytes = newEncoder().writeBytes(Buffer.from(text, "utf8")).buffer;
  return {
    request: { encode: () => Promise.resolve(bytes) },
    response: { decode: (answer) => Promise.resolve(answer.length), parse: (size) => Promise.resolve(size) },
  };
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
