import { ConfigException, NotFoundException, safeText } from "../api/exceptions.ts";
import {
  AlreadyExistsException,
  BadRequestException,
  ConflictException,
  UnknownConnectorException,
} from "../runtime/herder/herder.ts";

export class RestError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = "RestError";
  }
}

/** Returns the router's own errors; they have no Content-Type, as in Connect. */
export function routerError(status: 404 | 405 | 406 | 415): Response {
  return new Response(errorBytes(status, routerTexts[status]), { status });
}

const routerTexts = {
  404: "HTTP 404 Not Found",
  405: "HTTP 405 Method Not Allowed",
  406: "HTTP 406 Not Acceptable",
  415: "HTTP 415 Unsupported Media Type",
} as const;

/**
 * Returns the answer to a failed request, without values of records. (`ConnectExceptionMapper`)
 *
 * @param hide replaces values of configuration references in a text
 * @example
 * ```ts
 * import { NotFoundException } from "../api/exceptions.ts";
 * import { errorAnswer } from "./rest_error.ts";
 * const answer = errorAnswer(new NotFoundException("Connector people not found"));
 * const body = await answer.text();
 * if (body !== '{"error_code":404,"message":"Connector people not found"}') throw new Error(body);
 * ```
 */
export function errorAnswer(error: unknown, hide = (text: string) => text): Response {
  const status = statusOf(error);
  const message = hide(textOf(error));
  const headers = error instanceof RestError ? error.headers : {};
  return new Response(errorBytes(status, message), {
    status,
    headers: { "content-type": "application/json", ...headers },
  });
}

function textOf(error: unknown): string {
  if (error instanceof RestError) return error.message;
  // Connect wraps this exception in another one, so its class stands in the text.
  if (error instanceof UnknownConnectorException) return `${error.javaClass}: ${error.message}`;
  return safeText(error);
}

function statusOf(error: unknown): number {
  if (error instanceof RestError) return error.status;
  if (error instanceof NotFoundException) return 404;
  if (error instanceof AlreadyExistsException || error instanceof ConflictException) return 409;
  if (error instanceof ConfigException || error instanceof BadRequestException) return 400;
  if (error instanceof UnknownConnectorException) return 400;
  return 500;
}

/** Bytes, because the runtime adds a Content-Type to texts. */
function errorBytes(status: number, message: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify({ error_code: status, message }));
}
