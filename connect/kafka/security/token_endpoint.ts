/** Requests a token from an authorization server by client credentials. (RFC 6749, 4.4; KIP-768) @module */

import { Buffer } from "node:buffer";
import http from "node:http";
import https from "node:https";
import { isIP } from "node:net";
import tls from "node:tls";
import { ConfigException } from "../../api/exceptions.ts";
import { networkText } from "../../security/network_failure.ts";
import type { Time } from "../../api/ports.ts";
import { BrokerAwayError } from "../wire/kafka_error.ts";
import { withDeadline } from "../wire/waiting.ts";
import { readTls } from "./tls_settings.ts";
import { tlsFailure } from "../../security/tls_failure.ts";
import type { EndpointSettings } from "./token_settings.ts";

/** A token and its remaining lifetime. */
interface Token {
  readonly token: string;
  readonly lifeMs: number;
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

const answerBytesMax = 64 * 1024;
const option = "sasl.oauthbearer.token.endpoint.url";
const knownErrors: ReadonlySet<string> = new Set([
  ...["invalid_request", "invalid_client", "invalid_grant", "invalid_scope"],
  ...["unauthorized_client", "unsupported_grant_type"],
]);
const httpsPort = 443;
const statusOk = 200;
const statusTooMany = 429;
const statusServerErrors = 500;

/** Tries once. @throws ConfigException if the server refuses the client, BrokerAwayError if a retry can help */
export async function askEndpoint(settings: EndpointSettings, time: Time): Promise<Token> {
  const { timeoutMs, url } = settings;
  const away = (why: string, cause?: unknown) =>
    new BrokerAwayError(`no token from ${url.host} of ${option}: ${why}`, { cause });
  const stop = new AbortController();
  const late = () => away(`no answer within ${timeoutMs} ms`);
  let answer: Answer;
  try {
    answer = await withDeadline(time, timeoutMs, post(settings, stop.signal), late);
  } catch (cause) {
    if (cause instanceof BrokerAwayError || cause instanceof ConfigException) throw cause;
    const refusal = tlsFailure(cause);
    if (refusal === undefined) throw away(codeOf(cause), cause);
    throw new ConfigException(`Cannot get a token from ${url.host} of ${option}: TLS refused, ${refusal}`, {
      cause,
    });
  } finally {
    stop.abort();
  }
  return tokenOf(answer, url.host, away);
}

function tokenOf({ status, body }: Answer, host: string, away: (why: string) => Error): Token {
  const answer = parse(body);
  if (status >= statusServerErrors || status === statusTooMany) throw away(`it answered ${status}`);
  if (status !== statusOk) {
    throw new ConfigException(
      `Cannot get a token from ${host} of ${option}: it answered ${status}${
        errorWord(answer)
      }, expected 200; ` +
        "check the client's id, secret and scope",
    );
  }
  const token = answer["access_token"];
  if (typeof token !== "string" || !/^[\x21-\x7e]+$/.test(token)) {
    throw new ConfigException(
      `Cannot get a token from ${host} of ${option}: its answer holds no access_token`,
    );
  }
  const seconds = Number(answer["expires_in"] ?? 0);
  return { token, lifeMs: Number.isFinite(seconds) ? seconds * 1000 : 0 };
}

async function post(settings: EndpointSettings, signal: AbortSignal): Promise<Answer> {
  const { url } = settings;
  const body = new URLSearchParams({
    grant_type: "client_credentials",
    ...(settings.scope === null ? {} : { scope: settings.scope }),
  }).toString();
  const options = {
    method: "POST",
    signal,
    headers: {
      "Accept": "application/json",
      "Authorization": `Basic ${credentialsOf(settings)}`,
      "Content-Type": "application/x-www-form-urlencoded",
      "Content-Length": Buffer.byteLength(body),
    },
  };
  const secured = url.protocol === "https:" ? await securedOptions(url, settings.tls) : null;
  return await new Promise((resolve, reject) => {
    const read = (response: http.IncomingMessage) => readAnswer(response).then(resolve, reject);
    const request = secured === null
      ? http.request(url, options, read)
      : https.request(url, { ...options, ...secured }, read);
    request.on("error", reject);
    request.end(body);
  });
}

/** Opens the connection here: node:https would read the system's certificates, which Sluice has no permission to do. */
async function securedOptions(url: URL, settings: EndpointSettings["tls"]): Promise<https.RequestOptions> {
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1"); // an IPv6 address has brackets in a URL
  const way = {
    ...await readTls(settings),
    host,
    port: url.port === "" ? httpsPort : Number(url.port),
    ...(isIP(host) === 0 ? { servername: host } : {}),
  };
  return { createConnection: () => tls.connect(way) };
}

async function readAnswer(response: http.IncomingMessage): Promise<Answer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response) {
    size += part.length;
    if (size > answerBytesMax) throw new Error("the answer is too long");
    parts.push(part);
  }
  return { status: response.statusCode ?? 0, body: Buffer.concat(parts).toString("utf8") };
}

function credentialsOf({ clientId, clientSecret, encodesHeader }: EndpointSettings): string {
  const parts = [clientId, clientSecret.value].map((part) => encodesHeader ? formEncoded(part) : part);
  return Buffer.from(parts.join(":"), "utf8").toString("base64");
}

function formEncoded(text: string): string {
  return new URLSearchParams({ text }).toString().slice("text=".length);
}

function parse(body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {}; // an error page, not JSON: the status says enough
  }
}

/** Shows only RFC 6749's own words (5.2); the rest of the answer may hold secrets. */
function errorWord({ error }: Readonly<Record<string, unknown>>): string {
  return typeof error === "string" && knownErrors.has(error) ? ` ${error}` : "";
}

function codeOf(cause: unknown): string {
  const code: unknown = cause instanceof Error ? Reflect.get(cause, "code") : undefined;
  return typeof code === "string" ? networkText(code) : "the connection broke";
}
