/** The listeners of the control API and of health, open before anything else so that a taken port is told at once. @module */

import { ConfigException } from "../../connect/api/exceptions.ts";
import type { Logger } from "../../connect/api/ports.ts";
import type { Props } from "../../connect/api/sink_task.ts";
import { workerConfig } from "../../connect/config/worker_config.ts";
import type { RestUser } from "../../connect/rest/guards.ts";
import type { RestHandler } from "../../connect/rest/rest_handler.ts";
import { HttpListener } from "../http/http_listener.ts";
import { isLoopback, type ListenAddress, readListeners } from "./listeners.ts";
import type { ConnectionLimits } from "../http/open_connections.ts";
import { systemTime } from "../process/system_time.ts";

/** What is to be opened. */
export interface ListenersWanted {
  readonly settings: Props;
  /** The control API is on. */
  readonly hasControl: boolean;
  /** Beyond loopback without a password: somebody insists. */
  readonly isOpen: boolean;
  readonly logger: Logger;
}

/** What answers once everything is put together. */
export interface Handlers {
  readonly control: RestHandler;
  readonly health: RestHandler;
}

/** Open listeners. */
export class ControlListeners implements AsyncDisposable {
  readonly #stack = new AsyncDisposableStack();
  readonly #wanted: ListenersWanted;
  #handlers: Handlers = both(unavailable("starting", "Worker is still starting up."));
  #first: ListenAddress | undefined;

  private constructor(wanted: ListenersWanted) {
    this.#wanted = wanted;
  }

  /** @throws ConfigException where an address can't be had, or would let everybody in */
  static async open(wanted: ListenersWanted): Promise<ControlListeners> {
    const listeners = new ControlListeners(wanted);
    try {
      listeners.#openAll();
    } catch (error) {
      await listeners[Symbol.asyncDispose]();
      throw error;
    }
    return listeners;
  }

  /** `host:port` by which status names this process; undefined without a control API. */
  get workerId(): string | undefined {
    if (this.#first === undefined) return undefined;
    const settings = workerConfig.parse(this.#wanted.settings);
    const host = settings["rest.advertised.host.name"] ?? this.#first.hostname;
    return `${host}:${settings["rest.advertised.port"] ?? this.#first.port}`;
  }

  /** From now on these answer. */
  answerWith(handlers: Handlers): void {
    this.#handlers = handlers;
  }

  /** From now on nobody can ask for anything: what was made now would begin while the rest ends. */
  stopAnswering(): void {
    this.#handlers = both(unavailable("stopping", "Worker is stopping."));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }

  #openAll(): void {
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
        const listener = this.#listen(address, limits, (request) => this.#handlers.control(request));
        this.#first ??= listener;
        logger.info("The control API listens", { host: listener.hostname, port: listener.port });
      }
    }
    if (port !== null) {
      const limits = { ...times, connectionsMax: parsed["health.connections.max"] };
      const address = { hostname, port };
      const listener = this.#listen(address, limits, (request) => this.#handlers.health(request));
      logger.info("Health and metrics listen", { host: listener.hostname, port: listener.port });
    }
  }

  #listen(address: ListenAddress, limits: ConnectionLimits, handle: RestHandler): HttpListener {
    const { logger } = this.#wanted;
    return this.#stack.use(new HttpListener({ address, limits, time: systemTime, logger }, handle));
  }
}

/**
 * The control API's user; undefined where everybody may use it.
 *
 * @throws ConfigException where one of user and password is missing
 */
export function restUser(settings: Props): RestUser | undefined {
  const { "rest.auth.user": user, "rest.auth.password": password } = workerConfig.parse(settings);
  if (user === null && password === null) return undefined;
  if (user !== null && password !== null && password.value !== "") return { user, password: password.value };
  const missing = user === null ? "rest.auth.user" : "rest.auth.password";
  throw new ConfigException(
    `Cannot ask for a password: ${missing} is not set; rest.auth.user and rest.auth.password are set both or not at all`,
  );
}

/** Whoever reaches the control API can read topics and write to databases. */
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

/** In the form of `/health`; a client that looks at the status alone knows to come again. */
function unavailable(status: string, message: string): RestHandler {
  return () =>
    Promise.resolve(Response.json({ status, message }, { status: 503, headers: { "retry-after": "1" } }));
}
