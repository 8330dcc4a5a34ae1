/** Keeps one session, and opens a new one if it was lost. @module */

import { ConfigException } from "../../../connect/api/exceptions.ts";
import type { Logger, Time } from "../../../connect/api/ports.ts";
import { SqlFailure } from "../../sql/sql_failure.ts";
import { type ConnectionTarget, describeTarget } from "./connection_url.ts";
import { sqlFailure } from "./failures.ts";
import type { PostgresSettings } from "../postgres_settings.ts";
import { takesNoneSql } from "../statements/session.ts";
import { Session } from "./session.ts";

export interface SessionKeeperOptions {
  readonly settings: PostgresSettings;
  /** Returns the current URL's target, for a password that may have changed; absent = the settings' own. */
  readonly currentTarget?: () => Promise<ConnectionTarget>;
  readonly applicationName: string;
  readonly time: Time;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

const connectTimeoutMsDefault = 10_000;
/** Added to the server's own limit, for a network that drops packets. */
const answerGraceMsMax = 10_000;

const checkMsMax = 4_000;
const readOnlyText = "the server accepts no rows: it is read-only or in recovery";

/** Opens and keeps sessions. */
export class SessionKeeper {
  readonly #options: SessionKeeperOptions;
  #session: Session | undefined;
  #hasLoggedIn = false;
  #loginRefusedSinceMs: number | undefined;
  #nextHost = 0;
  #version = 0;

  constructor(options: SessionKeeperOptions) {
    this.#options = options;
  }

  /**
   * Returns the session, and opens one if there is none.
   *
   * @throws SqlFailure for an outage; ConfigException if the server refuses the login: at once before the first
   *   successful login, later after `auth.retry.timeout.ms`, since the password may be changing
   */
  async session(): Promise<Session> {
    if (this.#session !== undefined && !this.#session.isLost) return this.#session;
    this.#session = undefined;
    const isAgain = this.#hasLoggedIn;
    this.#session = await this.open();
    this.#version = this.#session.facts.version;
    const { logger, settings } = this.#options;
    if (isAgain) logger.info("Connected to the database again", { server: describeTarget(settings.target) });
    return this.#session;
  }

  /** The last server's version, for example 180004; 0 before the first login. */
  get version(): number {
    return this.#version;
  }
  get address(): string {
    return describeTarget(this.#options.settings.target);
  }

  /**
   * Checks that the server would accept rows now.
   *
   * @throws SqlFailure if the server doesn't answer in some seconds or is read-only; ConfigException as `session` does
   */
  async check(): Promise<void> {
    const session = await this.session();
    const answered = new AbortController();
    const late = () => void (answered.signal.aborted || session.destroy());
    void this.#options.time.sleep(checkMsMax, answered.signal).then(late);
    try {
      const [facts] = await session.query<{ takesNone: boolean }>(takesNoneSql);
      if (facts?.takesNone !== false) throw new SqlFailure("outage", readOnlyText, { sqlstate: "25006" });
    } catch (error) {
      this.drop();
      throw sqlFailure(error);
    } finally {
      answered.abort();
    }
  }

  /** Opens a second session; the caller closes it. */
  async open(): Promise<Session> {
    const { settings, applicationName, time, logger, signal } = this.#options;
    const { limits, prepare } = settings;
    let session: Session;
    let target = settings.target;
    try {
      target = await this.#target();
      session = await Session.open({
        target,
        applicationName,
        firstHost: this.#nextHost,
        connectTimeoutMs: (target.connectTimeoutSeconds ?? connectTimeoutMsDefault / 1000) * 1000,
        answerTimeoutMs: limits.statementMs + Math.min(limits.statementMs, answerGraceMsMax),
        prepare,
        time,
        signal,
      });
    } catch (error) {
      this.#nextHost += 1;
      throw this.#refused(error instanceof ConfigException ? error : sqlFailure(error));
    }
    if (!this.#isRightServer(session)) {
      session.destroy();
      this.#nextHost += 1;
      throw new SqlFailure("outage", "the server is read-only, target_session_attrs requires another", {
        sqlstate: "25006",
      });
    }
    if (!this.#hasLoggedIn && mayBePlain(target)) {
      logger.warn(
        "The connection to the database may be in plain text: sslmode is prefer, its default; set sslmode=verify-full",
        {
          server: describeTarget(target),
        },
      );
    }
    this.#hasLoggedIn = true;
    this.#loginRefusedSinceMs = undefined;
    return session;
  }

  /** Drops the session; the next call opens a new one. */
  drop(): void {
    this.#session?.destroy();
    this.#session = undefined;
    this.#nextHost += 1; // with several hosts another one may be the primary now
  }

  async close(): Promise<void> {
    await this.#session?.close();
    this.#session = undefined;
  }

  /** The login may change at run time; the database may not. */
  async #target(): Promise<ConnectionTarget> {
    const { settings: { target }, currentTarget } = this.#options;
    if (currentTarget === undefined) return target;
    const { user, password, sslRootCertFile, sslCertFile, sslKeyFile, sslPassword } = await currentTarget();
    return { ...target, user, password, sslRootCertFile, sslCertFile, sslKeyFile, sslPassword };
  }

  #isRightServer({ facts }: Session): boolean {
    const wanted = this.#options.settings.target.targetSessionAttributes;
    return (wanted !== "read-write" && wanted !== "primary") || !facts.isReadOnly;
  }

  #refused(failure: SqlFailure | ConfigException): Error {
    if (failure instanceof SqlFailure && failure.kind !== "auth") return failure;
    const { settings, time } = this.#options;
    const now = time.monotonic();
    this.#loginRefusedSinceMs ??= now;
    const triedMs = now - this.#loginRefusedSinceMs;
    if (this.#hasLoggedIn && triedMs < settings.authRetryTimeoutMs) {
      const facts = failure instanceof SqlFailure ? failure.facts : { sqlstate: null };
      return new SqlFailure("outage", `login refused, ${failure.message}`, facts);
    }
    if (failure instanceof ConfigException) return failure;
    return new ConfigException(
      `Cannot log in to the database ${
        describeTarget(settings.target)
      } of connection.url: ${failure.message}`,
    );
  }
}

const loopback = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/;

/** With `prefer` a machine in between could answer that the server has no TLS. */
function mayBePlain({ sslMode, hosts }: ConnectionTarget): boolean {
  return sslMode === "prefer" && hosts.some(({ host }) => !loopback.test(host));
}
