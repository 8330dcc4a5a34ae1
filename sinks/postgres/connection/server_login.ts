/**
 * Logs in to a server, before the driver gets the connection.
 *
 * npm:postgres accepts any nonce and iteration count, doesn't require the server's signature, and sends the password to
 * any server that asks for it. With the login done here the driver sees no password, and only connections to servers
 * that passed SCRAM.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createHash, randomBytes, X509Certificate } from "node:crypto";
import type net from "node:net";
import type tls from "node:tls";
import { ConfigException } from "../../../connect/api/exceptions.ts";
import { type AuthMethod, type LoginRules, refusalOf } from "./login_rules.ts";
import { LoginReader } from "./login_reader.ts";
import { ScramClient, ScramError } from "./scram_client.ts";

interface ServerLogin {
  /** `user`, `database` and the session's settings, by their names in the startup message. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly password: string;
  readonly rules: LoginRules;
  /** The server's address, for messages. */
  readonly server: string;
}

/** The server's error, without its text. */
class ServerRefusal extends Error {
  override readonly name = "ServerRefusal";
  constructor(readonly code: string) {
    super(`The server refuses the connection: SQLSTATE ${code}`);
  }
}

/**
 * Logs in. Leaves the socket paused, with the messages after AuthenticationOk unread.
 *
 * @throws ServerRefusal for the server's error; ConfigException if the server asks for a forbidden method, or fails
 *   SCRAM
 */
export async function logIn(socket: net.Socket, login: ServerLogin): Promise<void> {
  const reader = new LoginReader(socket);
  try {
    socket.write(startupMessage(login.parameters));
    await new Conversation(socket, reader, login).run();
  } finally {
    reader.release();
  }
}

/** Most notices before an authentication request. */
const noticesMax = 100;

/** Codes of authentication requests, the server's messages of type R. */
const wish = { ok: 0, password: 3, md5: 5, sasl: 10, saslContinue: 11, saslFinal: 12 } as const;
const methods: ReadonlyMap<number, AuthMethod> = new Map<number, AuthMethod>([
  [wish.ok, "none"],
  [wish.password, "password"],
  [wish.md5, "md5"],
  [wish.sasl, "scram-sha-256"],
  ...[7, 8].map((code) => [code, "gss"] as const),
  [9, "sspi"],
]);

class Conversation {
  readonly #socket: net.Socket;
  readonly #reader: LoginReader;
  readonly #login: ServerLogin;

  constructor(socket: net.Socket, reader: LoginReader, login: ServerLogin) {
    this.#socket = socket;
    this.#reader = reader;
    this.#login = login;
  }

  async run(): Promise<void> {
    const first = await this.#wish();
    const method = methods.get(first.code);
    if (method === undefined) throw this.#refused("it asks for an unknown authentication method");
    const refusal = refusalOf(method, this.#login.rules);
    if (refusal !== undefined) throw this.#refused(refusal);
    if (method === "none") return;
    if (this.#login.password === "") throw this.#refused("it requires a password, and none is given");
    if (method === "password") this.#send(`${this.#login.password}\0`);
    else if (method === "md5") this.#send(`${this.#md5(first.data.subarray(0, 4))}\0`);
    else await this.#scram(first.data.toString().split("\0"));
    if ((await this.#wish()).code !== wish.ok) throw this.#refused("it asks for more than one password");
  }

  async #scram(offered: readonly string[]): Promise<void> {
    const { password, rules } = this.#login;
    const isBound = offered.includes(plus) && rules.channelBinding !== "disable";
    const hash = rules.channelBinding === "disable" ? undefined : certificateHash(this.#socket);
    if (rules.channelBinding === "require" && (!isBound || hash === undefined)) {
      throw this.#refused("it can't bind the login to its certificate, and channel_binding is require");
    }
    if (!isBound && !offered.includes(plain)) throw this.#refused("it offers no SCRAM-SHA-256");
    const [mechanism, header, binding] = isBound && hash !== undefined
      ? [plus, "p=tls-server-end-point,,", hash]
      : [plain, hash === undefined ? "n,," : "y,,", Buffer.alloc(0)];
    const scram = new ScramClient({
      password,
      nonce: randomBytes(nonceBytes).toString("base64"),
      header,
      binding,
    });
    const first = Buffer.from(scram.first());
    this.#send(Buffer.concat([Buffer.from(`${mechanism}\0`), int32(first.length), first]));
    try {
      this.#send(await scram.final(await this.#saslData(wish.saslContinue)));
      scram.verify(await this.#saslData(wish.saslFinal));
    } catch (error) {
      if (!(error instanceof ScramError)) throw error;
      throw this.#refused(error.message);
    }
  }

  async #saslData(expected: number): Promise<string> {
    const { code, data } = await this.#wish();
    if (code === expected) return data.toString();
    throw this.#refused("it skipped a step of SCRAM, so it hasn't proved that it knows the password");
  }

  /** Returns the server's next authentication request; skips notices. */
  async #wish(): Promise<{ readonly code: number; readonly data: Buffer }> {
    for (let notices = 0; notices <= noticesMax; notices++) {
      const { type, body } = await this.#reader.next();
      if (type === "E") throw new ServerRefusal(sqlstateOf(body));
      if (type === "R" && body.length >= 4) return { code: body.readInt32BE(0), data: body.subarray(4) };
      if (type !== "N") throw this.#refused("its first message is no authentication request");
    }
    throw this.#refused("it sends too many notices");
  }

  #md5(salt: Uint8Array): string {
    const { password, parameters } = this.#login;
    const inner = md5(Buffer.from(`${password}${parameters["user"] ?? ""}`));
    return `md5${md5(Buffer.concat([Buffer.from(inner), salt]))}`;
  }

  #send(data: string | Uint8Array): void {
    const body = Buffer.from(data);
    this.#socket.write(Buffer.concat([Buffer.from("p"), int32(body.length + 4), body]));
  }

  #refused(why: string): ConfigException {
    return new ConfigException(`Cannot log in to the database ${this.#login.server}: ${why}`);
  }
}

const [plain, plus] = ["SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"];
const nonceBytes = 18;
const protocolVersion = 0x30000;

function startupMessage(parameters: Readonly<Record<string, string>>): Buffer {
  const texts = Object.entries(parameters).flat();
  if (texts.some((text) => text.includes("\0"))) {
    throw new ConfigException("Cannot log in to the database: a NUL is in its name, the user or a setting");
  }
  const body = Buffer.from(`${texts.map((text) => `${text}\0`).join("")}\0`);
  return Buffer.concat([int32(body.length + 8), int32(protocolVersion), body]);
}

/**
 * Hash for `tls-server-end-point`: undefined without TLS, and for certificates whose signature names no hash. (RFC
 * 5929)
 */
function certificateHash(socket: net.Socket): Buffer | undefined {
  if (!("getPeerCertificate" in socket)) return undefined;
  const { raw } = (socket as tls.TLSSocket).getPeerCertificate(true);
  const certificate = new X509Certificate(raw);
  const signature = String(Reflect.get(certificate, "signatureAlgorithm") ?? "");
  const hash = /(?:md5|sha-?(?:1|224|256|384|512))(?!\d)/i.exec(signature)?.[0].toLowerCase().replace(
    "-",
    "",
  );
  if (hash === undefined) return undefined;
  return createHash(hash === "md5" || hash === "sha1" ? "sha256" : hash).update(raw).digest();
}

function sqlstateOf(body: Buffer): string {
  const field = body.toString().split("\0").find((text) => /^C[0-9A-Z]{5}$/.test(text));
  return field?.slice(1) ?? "08P01";
}

function md5(data: Uint8Array): string {
  return createHash("md5").update(data).digest("hex");
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
