/** Listeners of the control API and of health checks; opened first to report taken ports at once. @module */

import { ConfigException } from "../../connect/api/exceptions.ts";
import type { Logger } from "../../connect/api/ports.ts";
import type { Props } from "../../connect/api/sink_task.ts";
import { workerConfig } from "../../connect/config/worker_config.ts";
import type { RestUser } from "../../connect/rest/guards.ts";
import type { RestHandler } from "../../connect/rest/rest_handler.ts";
import type { HttpListener } from "../http/http_listener.ts";
import { isLoopback, type ListenAddress, readListeners } from "./listeners.ts";
import type { ConnectionLimits } from "../http/open_connections.ts";
import { systemTime } from "../process/system_time.ts";

interface ListenersWanted {
  readonly settings: Props;
  /** Whether the control API is enabled. */
  readonly hasControl: boolean;
  /** Whether the operator allows access beyond loopback without a password. */
  readonly isOpen: boolean;
  readonly logger: Logger;
}

/** The handlers of the two listeners. */
export interface Handlers {
  readonly control: RestHandler;
  readonly health: RestHandler;
}

export class ControlListeners implements AsyncDisposable {
  readonly #stack = new AsyncDisposableStack();
  readonly #wanted: ListenersWanted;
  #handlers: Handlers = both(unavailable("starting", "Worker is still starting up."));
  #first: ListenAddress | undefined;

  private constructor(wanted: ListenersWanted) {
    this.#wanted = wanted;
  }

  /** @throws ConfigException if an address is taken or would allow access without a password */
  static async open(wanted: ListenersWanted): Promise<ControlListeners> {
    const listeners = new ControlListeners(wanted);
    try {
      await listeners.#openAll();
    } catch (error) {
      await listeners[Symbol.asyncDispose]();
      throw error;
    }
    return listeners;
  }

  /** `host:port` of this process in status answers; undefined without a control API. */
  get workerId(): string | undefined {
    if (this.#first === undefined) return undefined;
    const settings = workerConfig.parse(this.#wanted.settings);
    const host = settings["rest.advertised.host.name"] ?? this.#first.hostname;
    return `${host}:${settings["rest.advertised.port"] ?? this.#first.port}`;
  }

  /** Answers with these handlers from now on. */
  answerWith(handlers: Handlers): void {
    this.#handlers = handlers;
  }

  /** Refuses requests from now on: work that starts now would run into the shutdown. */
  stopAnswering(): void {
    this.#handlers = both(unavailable("stopping", "Worker is stopping."));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }

  async #openAll(): Promise<void> {
    const { settings, hasControl, isOpen, logger } = this.#wanted;
    const parsed = workerConfig.parse(settings);
    const { listeners, "health.port": port, "health.host": hostname } = parsed;
    const times = {
      headersMsMax: Number(parsed["rest.headers.timeout.ms"]),
      idleMsMax: Number(parsed["rest.idle.timeout.ms"]),
    };
    if (hasControl) {
      const addresses = readListeners(listeners);
      refuseOpenDoor(addresses, restUser(settings), isOpen);
      const limits = { ...times, connectionsMax: parsed["rest.connections.max"] };
      for (const address of addresses) {
        const listener = await this.#listen(address, limits, (request) => this.#handlers.control(request));
        this.#first ??= listener;
        logger.info("The control API listens", { host: listener.hostname, port: listener.port });
      }
    }
    if (port !== null) {
      const limits = { ...times, connectionsMax: parsed["health.connections.max"] };
      const address = { hostname, port };
      const listener = await this.#listen(address, limits, (request) => this.#handlers.health(request));
      logger.info("Health and metrics listen", { host: listener.hostname, port: listener.port });
    }
  }

  async #listen(
    address: ListenAddress,
    limits: ConnectionLimits,
    handle: RestHandler,
  ): Promise<HttpListener> {
    const { HttpListener } = await import("../http/http_listener.ts"); // not loaded by workers that don't listen
    const { logger } = this.#wanted;
    return this.#stack.use(new HttpListener({ address, limits, time: systemTime, logger }, handle));
  }
}

/**
 * Returns the control API's user, or undefined if no password is required.
 *
 * @throws ConfigException if only one of user and password is set
 */
export function restUser(settings: Props): RestUser | undefined {
  const { "rest.auth.user": user, "rest.auth.password": password } = workerConfig.parse(settings);
  if (user === null && password === null) return undefined;
  if (user !== null && password !== null && password.value !== "") return { user, password: password.value };
  const missing = user === null ? "rest.auth.user" : "rest.auth.password";
  throw new ConfigException(
    `Cannot ask for a password: ${missing} is not set; set both rest.auth.user and rest.auth.password, or neither`,
  );
}

/** A client of the control API can read topics and write to databases. */
function refuseOpenDoor(
  addresses: readonly ListenAddress[],
  user: RestUser | undefined,
  isOpen: boolean,
): void {
  const reachable = addresses.find((address) => !isLoopback(address));
  if (reachable === undefined || user !== undefined || isOpen) return;
  throw new ConfigException(
    `Cannot listen on ${reachable.hostname}:${reachable.port} without a password: set rest.auth.user and ` +
      "rest.auth.password, listen on 127.0.0.1, or insist with --rest-open",
  );
}

function both(handler: RestHandler): Handlers {
  return { control: handler, health: handler };
}

/** Answers in the form of `/health`; the status alone tells a client to retry. */
function unavailable(status: string, message: string): RestHandler {
  return () =>
    Promise.resolve(Response.json({ status, message }, { status: 503, headers: { "retry-after": "1" } }));
}
