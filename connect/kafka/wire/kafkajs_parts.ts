/**
 * The parts of kafkajs that stand below its own consumer: the connection (framing, TLS, SASL, request queue),
 * the wire encoder and decoder, the table of error codes and the partitioner's hash. This is the only file that
 * reaches into the package, which has no types there.
 *
 * @module
 */

import Connection from "kafkajs/src/network/connection.js";
import RequestQueueClass from "kafkajs/src/network/requestQueue/index.js";
import EncoderClass from "kafkajs/src/protocol/encoder.js";
import DecoderClass from "kafkajs/src/protocol/decoder.js";
import errorTable from "kafkajs/src/protocol/error.js";
import murmur2Hash from "kafkajs/src/producer/partitioners/default/murmur2.js";
import loggers from "kafkajs/src/loggers/index.js";
import plainProvider from "kafkajs/src/broker/saslAuthenticator/plain.js";
import scram256Provider from "kafkajs/src/broker/saslAuthenticator/scram256.js";
import scram512Provider from "kafkajs/src/broker/saslAuthenticator/scram512.js";
import type { Buffer } from "node:buffer";
import type { ConnectionOptions as TlsOptions } from "node:tls";

/** Writes primitive types of Kafka's protocol; grows as needed. */
export interface Encoder {
  /** What was written so far. */
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

/** Reads primitive types of Kafka's protocol. */
export interface Decoder {
  readInt8(): number;
  readInt16(): number;
  readInt32(): number;
  readInt64(): bigint;
  readBoolean(): boolean;
  readString(): string | null;
  readBytes(): Buffer | null;
  readArray<T>(read: (from: Decoder) => T): T[];
  readAll(): Buffer;
}

/** Lowest and highest version of each API, by key. */
export type ApiVersions = Record<number, { readonly minVersion: number; readonly maxVersion: number }>;

/** A request with its answer, as a kafkajs connection takes it. */
export interface RawRequest<T> {
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

/** One socket to one broker. */
export interface RawConnection {
  connect(): Promise<unknown>;
  authenticate(): Promise<void>;
  disconnect(): Promise<unknown>;
  isConnected(): boolean;
  setVersions(versions: ApiVersions): void;
  setSupportAuthenticationProtocol(supported: boolean): void;
  rejectRequests(error: Error): void;
  /** Takes what a socket brought. */
  processData(bytes: Uint8Array): void;
  readonly requestQueue: {
    /** What waits for an answer, by correlation id. */
    readonly inflight: ReadonlyMap<number, unknown>;
    fulfillRequest(answer: { correlationId: number; payload: Buffer; size: number }): void;
  };
  send<T>(request: RawRequest<T>): Promise<T>;
}

/** How a connection is made. */
export interface RawConnectionOptions {
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

/** A mechanism and who speaks it. */
export interface RawSasl {
  readonly mechanism: string;
  readonly authenticationProvider: SaslProvider;
}

/** One message of a SASL exchange and how its answer, length first, is read. */
export interface SaslMessage<T> {
  readonly request: { encode(): Promise<Buffer> };
  readonly response?: {
    decode(bytes: Buffer): Promise<T>;
    parse(decoded: T): Promise<T>;
  };
}

/** Speaks a mechanism on one connection. */
export type SaslProvider = (connection: {
  readonly host: string;
  readonly port: number;
  readonly logger: unknown;
  readonly saslAuthenticate: <T>(message: SaslMessage<T>) => Promise<T>;
}) => { authenticate(): Promise<void> };

/** What kafkajs tells its log. */
export interface RawLogEntry {
  readonly namespace: string;
  readonly level: number;
  readonly log: Readonly<Record<string, unknown>>;
}

/** What the repair of the request queue's timer needs. */
export interface RawRequestQueue {
  readonly pending: readonly unknown[];
  checkPendingRequests(): void;
  scheduleCheckPendingRequests(): void;
}

type Constructor<Arguments extends unknown[], T> = new (...given: Arguments) => T;

// The package's own files are untyped below its root: what they are is stated here, once.
const ConnectionClass = Connection as unknown as Constructor<[RawConnectionOptions], RawConnection>;
const EncoderConstructor = EncoderClass as unknown as Constructor<[], Encoder>;
const DecoderConstructor = DecoderClass as unknown as Constructor<[Uint8Array], DecoderState>;
const errors = errorTable as unknown as {
  readonly errorCodes: readonly {
    readonly code: number;
    readonly type: string;
    readonly retriable: boolean;
    readonly message: string;
  }[];
};
const logging = loggers as unknown as {
  createLogger(options: { level: number; logCreator: () => (entry: RawLogEntry) => void }): unknown;
};

/** Mechanisms with a password; a new provider for each connection, as SCRAM's has a nonce. */
export const passwordProviders = {
  "PLAIN": plainProvider,
  "SCRAM-SHA-256": scram256Provider,
  "SCRAM-SHA-512": scram512Provider,
} as unknown as Readonly<
  Record<
    "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512",
    (login: { readonly username: string; readonly password: string }) => SaslProvider
  >
>;

/** A connection that isn't opened yet. */
export function newConnection(options: RawConnectionOptions): RawConnection {
  return new ConnectionClass(options);
}

/** An empty encoder. */
export function newEncoder(): Encoder {
  return new EncoderConstructor();
}

/** A decoder at the start of these bytes, which must be a node Buffer. */
export function newDecoder(bytes: Buffer): Decoder {
  return Object.assign(new DecoderConstructor(bytes), checked);
}

interface DecoderState extends Decoder {
  readonly buffer: Buffer;
  readonly offset: number;
}

/** kafkajs' own makes room for as many entries as a list says it has, whatever bytes there are. */
function readArray<T>(this: DecoderState, read: (from: Decoder) => T): T[] {
  const count = this.readInt32();
  const left = this.buffer.length - this.offset;
  if (count > left) throw new RangeError(`a list of ${count} entries in ${left} bytes`);
  const entries: T[] = [];
  for (let entry = 0; entry < count; entry++) entries.push(read(this));
  return entries;
}

const checked = { readArray };

/** A kafkajs logger that hands every entry up to this level on. */
export function newRawLogger(level: number, write: (entry: RawLogEntry) => void): unknown {
  return logging.createLogger({ level, logCreator: () => write });
}

/** Kafka's error codes with their names. */
export const errorCodes = errors.errorCodes;
/** The hash of Java's default partitioner. */
export const murmur2 = murmur2Hash as unknown as (key: Buffer) => number;
/** The queue's prototype, for the repair of its timer. */
export const requestQueuePrototype =
  (RequestQueueClass as unknown as { prototype: RawRequestQueue }).prototype;
