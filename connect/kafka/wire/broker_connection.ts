/** One connection to one broker. After a failure a new connection replaces it. @module */

import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import type { Time } from "../../api/ports.ts";
import type { ClientOptions, HostPort } from "./client_options.ts";
import { ConfigException } from "../../api/exceptions.ts";
import { BrokerAwayError, failOnCode } from "./kafka_error.ts";
import { type ApiVersions, newConnection, newEncoder, type RawConnection } from "./kafkajs_internals.ts";
import type { FramePool } from "./frame_pool.ts";
import { FrameReader } from "./frame_reader.ts";
import type { ClientSecurity, ConnectionSecurity } from "../security/client_security.ts";
import type { SecurityProtocol } from "../security/security_settings.ts";
import { socketFactory, type SocketRequest } from "./socket.ts";
import type { Api, Throttled } from "./protocol/api.ts";
import { Decoder } from "./protocol/decoder.ts";
import { apiVersions } from "./protocol/versions_api.ts";
import { withDeadline } from "./waiting.ts";

const correlationIdBytes = 4;

export interface ConnectionSetup {
  readonly options: ClientOptions;
  readonly security: ClientSecurity;
  readonly time: Time;
  /** A kafkajs logger. */
  readonly rawLogger: unknown;
  /** Memory for answers. */
  readonly frames: FramePool;
}

/** An open connection: answers arrive in the order of requests, each with a deadline. */
export class BrokerConnection {
  readonly #raw: RawConnection;
  readonly #setup: ConnectionSetup;
  readonly #address: string;
  readonly #protocol: SecurityProtocol;
  readonly #frames: FrameReader;
  #socket: Socket | undefined;
  #versions: ApiVersions = {};
  #throttledUntil = 0;
  #closed = false;
  /** The broker has answered a request that needs a login. */
  #isLetIn = false;

  private constructor(at: HostPort, setup: ConnectionSetup, security: ConnectionSecurity) {
    const { options } = setup;
    this.#setup = setup;
    this.#address = `${at.host}:${at.port}`;
    const open = socketFactory((bytes) => this.#read(bytes));
    this.#raw = newConnection({
      ...at,
      clientId: options.clientId,
      logger: setup.rawLogger,
      socketFactory: (request: SocketRequest) => this.#socket = open(request),
      requestTimeout: options.requestTimeoutMs,
      connectionTimeout: options.connectTimeoutMs,
      // Sluice has its own deadlines: kafkajs would check its requests ten times a second, even if idle.
      enforceRequestTimeout: false,
      ssl: security.ssl,
      sasl: security.sasl,
    });
    this.#protocol = security.settings.protocol;
    this.#frames = new FrameReader(setup.frames, (frame) => this.#answered(frame));
    this.#raw.processData = (bytes) => this.#read(bytes);
  }

  /**
   * Connects, asks for the API versions and logs in.
   *
   * @throws ConfigException if the broker or the client refuses the other, else BrokerAwayError
   */
  static async open(at: HostPort, setup: ConnectionSetup): Promise<BrokerConnection> {
    let security: ConnectionSecurity | undefined;
    let connection: BrokerConnection | undefined;
    try {
      security = await setup.security.forConnection();
      connection = new BrokerConnection(at, setup, security);
      await connection.#open(security);
    } catch (cause) {
      connection?.close();
      throw await setup.security.failed(cause, at, security);
    }
    setup.security.succeeded();
    return connection;
  }

  /** False once the connection broke or was closed. */
  get usable(): boolean {
    return !this.#closed && this.#raw.isConnected();
  }

  /** Sends a request. A late answer closes the connection, since it would delay the answers behind it. */
  async request<Request, Response extends Throttled>(
    api: Api<Request, Response>,
    request: Request,
    timeoutMs = this.#setup.options.requestTimeoutMs,
  ): Promise<Response> {
    const { time } = this.#setup;
    const throttledMs = this.#throttledUntil - time.monotonic();
    if (throttledMs > 0) await time.sleep(throttledMs);
    const answer = await this.#send(api, request, timeoutMs);
    if (answer.throttleMs > 0) this.#throttledUntil = time.monotonic() + answer.throttleMs;
    return answer;
  }

  /** Closes the connection at once; pending requests fail. Safe to call twice. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#raw.rejectRequests(new BrokerAwayError(`the connection to ${this.#address} was closed`));
    // A broker that delays an answer, as to a join, doesn't notice the end of the other side: destroys the socket.
    this.#raw.disconnect()
      .catch(() => {}) // closing a broken socket may fail; it is closed either way
      .finally(() => this.#socket?.destroy());
  }

  #read(bytes: Uint8Array): void {
    if (this.#closed) return;
    try {
      this.#frames.push(bytes);
    } catch (cause) {
      this.#raw.rejectRequests(isTlsAlert(bytes) ? this.#speaksTls() : this.#noKafka(cause));
      this.close();
    }
  }

  #noKafka(cause: unknown): BrokerAwayError {
    return new BrokerAwayError(
      `${this.#address} sent ${cause instanceof Error ? cause.message : "nonsense"}`,
      { cause },
    );
  }

  #speaksTls(): ConfigException {
    return new ConfigException(
      `Cannot connect to Kafka at ${this.#address}: it speaks TLS and security.protocol is ${this.#protocol}, ` +
        "expected SSL or SASL_SSL",
    );
  }

  #answered(frame: Uint8Array<ArrayBuffer>): void {
    const whole = Buffer.from(frame.buffer, frame.byteOffset, frame.length);
    const correlationId = whole.readInt32BE(0);
    if (!this.#raw.requestQueue.inflight.has(correlationId)) {
      throw new RangeError("an answer without a request");
    }
    const payload = whole.subarray(correlationIdBytes);
    this.#raw.requestQueue.fulfillRequest({ correlationId, payload, size: frame.length });
  }

  async #open(security: ConnectionSecurity): Promise<void> {
    const raw = this.#raw;
    const { connectTimeoutMs } = this.#setup.options;
    await raw.connect();
    const answer = await this.#send(apiVersions, undefined, connectTimeoutMs);
    failOnCode(answer.code, `ask ${this.#address} for its API versions`);
    this.#versions = answer.versions;
    raw.setVersions(answer.versions);
    raw.setSupportAuthenticationProtocol(true);
    if (security.sasl === null) return;
    const late = () => new BrokerAwayError(`no answer from ${this.#address} to the login`);
    await withDeadline(this.#setup.time, connectTimeoutMs, raw.authenticate(), late);
    this.#isLetIn = true;
  }

  async #send<Request, Response>(
    api: Api<Request, Response>,
    request: Request,
    timeoutMs: number,
  ): Promise<Response> {
    this.#failUnlessServed(api);
    const sent = this.#raw.send<Response>({
      request: {
        apiKey: api.key,
        apiVersion: api.version,
        apiName: api.name,
        encode: () => {
          const encoder = newEncoder();
          api.write(encoder, request);
          return Promise.resolve(encoder);
        },
      },
      response: {
        decode: (payload) => Promise.resolve(api.read(new Decoder(payload))),
        parse: (decoded) => Promise.resolve(decoded),
      },
      logResponseError: false,
    });
    const late = () =>
      new BrokerAwayError(`no answer from ${this.#address} to ${api.name} within ${timeoutMs} ms`);
    try {
      const answer = await withDeadline(this.#setup.time, timeoutMs, sent, late);
      this.#isLetIn ||= api.key !== apiVersions.key;
      return answer;
    } catch (cause) {
      this.close();
      if (cause instanceof BrokerAwayError || cause instanceof ConfigException) throw cause;
      throw new BrokerAwayError(`the connection to ${this.#address} broke${this.#hint()}`, { cause });
    }
  }

  /**
   * A listener without TLS closes the connection on its first bytes; one with SASL answers the API versions and then
   * closes the connection of clients that don't log in.
   */
  #hint(): string {
    if (this.#isLetIn) return "";
    if (this.#versions[apiVersions.key] === undefined) {
      return this.#protocol.endsWith("SSL")
        ? `, its listener may have no TLS: security.protocol is ${this.#protocol}`
        : "";
    }
    return `, its listener may want a login: security.protocol is ${this.#protocol}`;
  }

  #failUnlessServed(api: Api<never, unknown>): void {
    const served = this.#versions[api.key];
    if (served === undefined) {
      if (api.key === apiVersions.key) return;
      throw new BrokerAwayError(`${this.#address} doesn't serve ${api.name}: Kafka 2.4 or later is needed`);
    }
    if (api.version > served.maxVersion || api.version < served.minVersion) {
      throw new BrokerAwayError(
        `${this.#address} serves ${api.name} ${served.minVersion} to ${served.maxVersion}, not ${api.version}: ` +
          "Kafka 2.4 or later is needed",
      );
    }
  }
}

/** The first bytes of a TLS alert record, with which a listener with TLS answers plain text. (RFC 8446, 5.1) */
function isTlsAlert([type, major]: Uint8Array): boolean {
  return type === 0x15 && major === 0x03;
}
