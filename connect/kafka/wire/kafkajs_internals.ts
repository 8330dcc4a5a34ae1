/** The only file that uses kafkajs' internal modules, which have no types: it declares those it uses. @module */

// Sockets, request framing and login order.
import Connection from "kafkajs/src/network/connection.js";
// Sluice repairs its timer, for its own connections and those of programs that use kafkajs.
import RequestQueueClass from "kafkajs/src/network/requestQueue/index.js";
// Connections take requests as an encoder.
import EncoderClass from "kafkajs/src/protocol/encoder.js";
// Names of 90 codes, and which are retriable.
import errorTable from "kafkajs/src/protocol/error.js";
// The cryptography of SCRAM-SHA-256 and SCRAM-SHA-512.
import scram from "kafkajs/src/broker/saslAuthenticator/scram.js";
import type { Buffer } from "node:buffer";
import type { ConnectionOptions as TlsOptions } from "node:tls";
import type { LogFields, Logger } from "../../api/ports.ts";

/** Writes primitive types of Kafka's protocol; grows as needed. */
export interface Encoder {
  /** The bytes written so far. */
  readonly buffer: Buffer;
  writeInt8(value: number): Encoder;
  writeInt16(value: number): Encoder;
  writeInt32(value: number): Encoder;
  writeUInt32(value: number): Encoder;
  writeInt64(value: bigint): Encoder;
  writeBoolean(value: boolean): Encoder;
  writeString(value: string | null): Encoder;
  writeBytes(value: Buffer | null): Encoder;
  writeVarInt(value: number): Encoder;
  writeVarLong(value: bigint): Encoder;
  writeVarIntBytes(value: Buffer | null): Encoder;
  writeBuffer(value: Buffer): Encoder;
}

/** Lowest and highest version of each API, by key. */
export type ApiVersions = Record<number, { readonly minVersion: number; readonly maxVersion: number }>;

interface RawRequest<T> {
  readonly request: {
    readonly apiKey: number;
    readonly apiVersion: number;
    readonly apiName: string;
    readonly encode: () => Promise<Encoder>;
  };
  readonly response: {
    readonly decode: (payload: Buffer) => Promise<T>;
    readonly parse: (decoded: T) => Promise<T>;
  };
  readonly logResponseError: boolean;
}

export interface RawConnection {
  connect(): Promise<unknown>;
  authenticate(): Promise<void>;
  disconnect(): Promise<unknown>;
  isConnected(): boolean;
  setVersions(versions: ApiVersions): void;
  setSupportAuthenticationProtocol(supported: boolean): void;
  rejectRequests(error: Error): void;
  /** Takes received bytes. */
  processData(bytes: Uint8Array): void;
  readonly requestQueue: {
    /** Pending requests by correlation id. */
    readonly inflight: ReadonlyMap<number, unknown>;
    fulfillRequest(answer: { correlationId: number; payload: Buffer; size: number }): void;
  };
  send<T>(request: RawRequest<T>): Promise<T>;
}

interface RawConnectionOptions {
  readonly host: string;
  readonly port: number;
  readonly clientId: string;
  readonly logger: unknown;
  readonly socketFactory: unknown;
  readonly requestTimeout: number;
  readonly connectionTimeout: number;
  readonly enforceRequestTimeout: boolean;
  readonly ssl: TlsOptions | null;
  readonly sasl: RawSasl | null;
}

export interface RawSasl {
  readonly mechanism: string;
  readonly authenticationProvider: SaslProvider;
}

/** One message of a SASL exchange, and how to read its answer, length first. */
export interface SaslMessage<T> {
  readonly request: { encode(): Promise<Buffer> };
  readonly response?: {
    decode(bytes: Buffer): Promise<T>;
    parse(decoded: T): Promise<T>;
  };
}

/** Runs a mechanism on one connection. */
export type SaslProvider = (connection: {
  readonly host: string;
  readonly port: number;
  readonly logger: unknown;
  readonly saslAuthenticate: <T>(message: SaslMessage<T>) => Promise<T>;
}) => { authenticate(): Promise<void> };

interface RawLogger {
  readonly error: RawLog;
  readonly warn: RawLog;
  readonly info: RawLog;
  readonly debug: RawLog;
  namespace(name: string): RawLogger;
}

type RawLog = (message: string, fields?: Readonly<Record<string, unknown>>) => void;

interface RawRequestQueue {
  readonly pending: readonly unknown[];
  checkPendingRequests(): void;
  scheduleCheckPendingRequests(): void;
}

interface Scram {
  readonly DIGESTS: Readonly<Record<"SHA256" | "SHA512", unknown>>;
  readonly SCRAM: Constructor<
    [PasswordOf, string, number, unknown, Parameters<SaslProvider>[0]["saslAuthenticate"], unknown],
    ReturnType<SaslProvider>
  >;
}

interface PasswordOf {
  readonly username: string;
  readonly password: string;
}

type Constructor<Arguments extends unknown[], T> = new (...given: Arguments) => T;

// kafkajs has no types below its root: they are declared here.
const ConnectionClass = Connection as unknown as Constructor<[RawConnectionOptions], RawConnection>;
const EncoderConstructor = EncoderClass as unknown as Constructor<[], Encoder>;
const errors = errorTable as unknown as {
  readonly errorCodes: readonly {
    readonly code: number;
    readonly type: string;
    readonly retriable: boolean;
    readonly message: string;
  }[];
};
const { DIGESTS, SCRAM } = scram as unknown as Scram;
const requestQueue = (RequestQueueClass as unknown as { readonly prototype: RawRequestQueue }).prototype;

export function scramProvider(digest: "SHA256" | "SHA512", login: PasswordOf): SaslProvider {
  return ({ host, port, logger, saslAuthenticate }) =>
    new SCRAM(login, host, port, logger, saslAuthenticate, DIGESTS[digest]);
}

/** Creates a connection without opening it. */
export function newConnection(options: RawConnectionOptions): RawConnection {
  return new ConnectionClass(options);
}

export function newEncoder(): Encoder {
  return new EncoderConstructor();
}

export const errorCodes = errors.errorCodes;

const shownFields = ["broker", "clientId", "code"] as const;

/**
 * Logs kafkajs' warnings as debug lines: they are mostly about unreachable brokers, which Sluice's clients handle and
 * log themselves.
 */
export function kafkajsLogger(logger: Logger, namespace?: string): RawLogger {
  const prefix = namespace === undefined ? "kafkajs" : `kafkajs: ${namespace}`;
  const write: RawLog = (message, given = {}) => {
    // Only these: other fields can hold payloads and stack traces.
    const fields: Record<string, LogFields[string]> = {};
    for (const name of shownFields) if (given[name] !== undefined) fields[name] = String(given[name]);
    logger.debug(`${prefix}: ${message}`, fields);
  };
  const ignore = () => {};
  return {
    error: write,
    warn: write,
    info: ignore,
    debug: ignore,
    namespace: (name) => kafkajsLogger(logger, name),
  };
}

const queueCheckMs = 10;
const checking = new WeakSet<RawRequestQueue>();

/**
 * Repairs the timer of kafkajs' request queue for all connections; call it before creating the first one. Safe to call
 * twice.
 *
 * kafkajs 2.2.4 starts a timer after every request, with a negative time unless the broker throttles: each idle
 * connection then wakes up hundreds of times a second, and the runtime prints TimeoutNegativeWarning. Repaired, it
 * waits only while requests are throttled.
 */
export function repairRequestQueue(sleep: (ms: number) => Promise<void>): void {
  requestQueue.scheduleCheckPendingRequests = function () {
    if (this.pending.length === 0 || checking.has(this)) return;
    checking.add(this);
    sleep(queueCheckMs).then(() => {
      checking.delete(this);
      this.checkPendingRequests();
    });
  };
}
