/** A client's credentials and trusted certificates, read anew for each connection. @module */

import type { ConnectionOptions as TlsOptions } from "node:tls";
import { ConfigException } from "../../api/exceptions.ts";
import type { Logger, Time } from "../../api/ports.ts";
import type { HostPort } from "../wire/client_options.ts";
import { BrokerAwayError } from "../wire/kafka_error.ts";
import type { RawSasl } from "../wire/kafkajs_internals.ts";
import { openingFailure } from "./opening_failure.ts";
import { saslExchange } from "./sasl_exchange.ts";
import type { SecurityProtocol, SecuritySettings } from "./security_settings.ts";
import { readTls } from "./tls_settings.ts";
import { TokenSource } from "./token_source.ts";

export interface ConnectionSecurity {
  readonly settings: SecuritySettings;
  readonly ssl: TlsOptions | null;
  readonly sasl: RawSasl | null;
}

interface ClientSecurityOptions {
  /** The current settings. @throws ConfigException */
  readonly current: () => Promise<SecuritySettings>;
  /** The settings when the client was created. */
  readonly first: SecuritySettings;
  readonly time: Time;
  readonly logger: Logger;
}

/** The login state of one client over all its connections. */
export class ClientSecurity {
  readonly #options: ClientSecurityOptions;
  readonly #tokens: TokenSource;
  #hasLoggedIn = false;
  #refusedSinceMs: number | undefined;

  constructor(options: ClientSecurityOptions) {
    this.#options = options;
    this.#tokens = new TokenSource(options.time);
  }

  /** Reads files and references again, so that changes count from the next connection on. */
  async forConnection(): Promise<ConnectionSecurity> {
    const settings = await this.#options.current();
    this.#refuseOtherProtocol(settings.protocol);
    return {
      settings,
      ssl: settings.tls === null ? null : await readTls(settings.tls),
      sasl: settings.sasl === null ? null : saslExchange(settings.sasl, this.#tokens),
    };
  }

  /** A partly written file may lack a line, which must not turn encryption off. */
  #refuseOtherProtocol(now: SecurityProtocol): void {
    const { protocol } = this.#options.first;
    if (now === protocol) return;
    throw new ConfigException(
      `Cannot connect to Kafka: security.protocol has changed from ${protocol} to ${now}, which takes a restart`,
    );
  }

  /** A broker accepted the login. */
  succeeded(): void {
    if (this.#refusedSinceMs !== undefined) this.#options.logger.info("Kafka accepts the login again");
    this.#hasLoggedIn = true;
    this.#refusedSinceMs = undefined;
  }

  /**
   * Returns what to throw. A refusal is a configuration error, but for a while after a good login it counts as an
   * outage: a password or certificate may be changing on both sides.
   */
  async failed(cause: unknown, at: HostPort, security?: ConnectionSecurity): Promise<Error> {
    const { time } = this.#options;
    const failure = security === undefined
      ? notLookedUp(cause)
      : await openingFailure(cause, { at, settings: security.settings, time });
    if (!(failure instanceof ConfigException) || !this.#hasLoggedIn) return failure;
    return this.#maybeChanging(failure);
  }

  #maybeChanging(failure: ConfigException): Error {
    const { time, logger, first: { authRetryTimeoutMs } } = this.#options;
    const now = time.monotonic();
    if (this.#refusedSinceMs === undefined) {
      this.#refusedSinceMs = now;
      logger.warn("Kafka refuses the login: the client retries for a while", {
        reason: failure.message,
        authRetryTimeoutMs,
      });
    }
    if (now - this.#refusedSinceMs >= authRetryTimeoutMs) return failure;
    return new BrokerAwayError(failure.message, { cause: failure });
  }
}

/** Passes ConfigException and other errors on; anything else is an outage. */
function notLookedUp(cause: unknown): Error {
  return cause instanceof Error ? cause : new BrokerAwayError("the settings can't be read", { cause });
}
