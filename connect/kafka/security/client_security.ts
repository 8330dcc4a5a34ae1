/**
 * How one client proves itself and what it trusts, looked up anew for each connection.
 *
 * @module
 */

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

/** What one connection is opened with. */
export interface ConnectionSecurity {
  readonly settings: SecuritySettings;
  readonly ssl: TlsOptions | null;
  readonly sasl: RawSasl | null;
}

interface ClientSecurityOptions {
  /** The settings as they are now. @throws ConfigException */
  readonly current: () => Promise<SecuritySettings>;
  /** As they were when the client was made. */
  readonly first: SecuritySettings;
  readonly time: Time;
  readonly logger: Logger;
}

/** The login of one client over all its connections. */
export class ClientSecurity {
  readonly #options: ClientSecurityOptions;
  readonly #tokens: TokenSource;
  #hasLoggedIn = false;
  #refusedSinceMs: number | undefined;

  constructor(options: ClientSecurityOptions) {
    this.#options = options;
    this.#tokens = new TokenSource(options.time);
  }

  /** Files and references are read again: what was changed counts from the next connection on. */
  async forConnection(): Promise<ConnectionSecurity> {
    const settings = await this.#options.current();
    this.#refuseOtherProtocol(settings.protocol);
    return {
      settings,
      ssl: settings.tls === null ? null : await readTls(settings.tls),
      sasl: settings.sasl === null ? null : saslExchange(settings.sasl, this.#tokens),
    };
  }

  /** A file that is just being written may lack a line: nothing may become plain text by that. */
  #refuseOtherProtocol(now: SecurityProtocol): void {
    const { protocol } = this.#options.first;
    if (now === protocol) return;
    throw new ConfigException(
      `Cannot connect to Kafka: security.protocol has changed from ${protocol} to ${now}, which takes a restart`,
    );
  }

  /** A broker let us in. */
  succeeded(): void {
    if (this.#refusedSinceMs !== undefined) this.#options.logger.info("Kafka takes the login again");
    this.#hasLoggedIn = true;
    this.#refusedSinceMs = undefined;
  }

  /**
   * What to throw. A refusal is a configuration error at once, but after one good login it's an outage for a while: a
   * password or certificate may just be changed on both sides.
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
      logger.warn("Kafka refuses the login, which is tried again for a while", {
        reason: failure.message,
        authRetryTimeoutMs,
      });
    }
    if (now - this.#refusedSinceMs >= authRetryTimeoutMs) return failure;
    return new BrokerAwayError(failure.message, { cause: failure });
  }
}

/** What a changed configuration says can't be used, or can't be read right now. */
function notLookedUp(cause: unknown): Error {
  return cause instanceof Error ? cause : new BrokerAwayError("the settings can't be read", { cause });
}
