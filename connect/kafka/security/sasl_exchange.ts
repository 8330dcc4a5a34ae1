/** Logs in on a connection, and tells network failures from refused logins. @module */

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

/** The broker refused the login. The text of its answer isn't kept: it may name a user. */
export class LoginRefusedError extends Error {
  override readonly name = "LoginRefusedError";
}

/** Returns the mechanism for kafkajs. */
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

/** Keeps the original failure of a message, because kafkajs turns all into one error. */
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
        // An answer longer than an empty text is the broker's reason to refuse the token. (RFC 7628, 3.2.2)
        if (answer > lengthBytes) throw new LoginRefusedError("the broker refused the token");
      } catch (cause) {
        tokens.forget();
        throw cause instanceof LoginRefusedError ? cause : failed(cause);
      }
    },
  });
}

/** Returns one message, whose answer is read as its length. */
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

/** Rethrows failures that aren't about the login: the network, and brokers without the mechanism. */
function failed(cause: unknown): never {
  if (cause instanceof BrokerAwayError) throw cause;
  if (cause instanceof Error) {
    const type: unknown = Reflect.get(cause, "type");
    const isOtherAnswer = type !== undefined && type !== "SASL_AUTHENTICATION_FAILED";
    if (isOtherAnswer || connectionErrors.test(cause.name)) throw cause;
  }
  throw new LoginRefusedError("the broker refused the login", { cause });
}
