import { type Context, Hono } from "hono";
import { safeText } from "../api/exceptions.ts";
import type { Logger } from "../api/ports.ts";
import { readJson, requestBodyMsMax } from "./forms/json_body.ts";
import { requestPath } from "./request_path.ts";
import { errorAnswer, RestError, routerError } from "./rest_error.ts";
import type { Call, Route } from "./route.ts";

export type RestHandler = (request: Request) => Promise<Response>;

/** Runs before the router: returns a refusal, or undefined to let the request pass. */
export type Guard = (request: Request, path: string) => Response | undefined | Promise<Response | undefined>;

/** Routes and limits of a handler. */
export interface RestHandlerOptions {
  readonly routes: readonly Route[];
  readonly guards: readonly Guard[];
  readonly logger: Logger;
  /** Replaces values of configuration references in a text. */
  readonly hide?: (text: string) => string;
  /** Most requests at a time, `/health` not counted. */
  readonly requestsMax?: number;
  /** Longest time for a body to arrive, milliseconds. */
  readonly bodyMsMax?: number;
  /** Returns a signal that aborts after `ms` milliseconds. */
  readonly timeout: (ms: number) => AbortSignal;
}

const requestsMaxDefault = 256;

/**
 * Returns the handler of routes. It checks path, method, content type and Accept in the order of Connect's
 * server, then calls the route. (`org.apache.kafka.connect.runtime.rest.RestServer`)
 *
 * @example
 * ```ts
 * import { restHandler } from "./rest_handler.ts";
 * import { json, type Route } from "./route.ts";
 * const hello: Route = { method: "GET", path: "/hello/:name", handle: (call) => json({ name: call.param("name") }) };
 * const silent = { debug() {}, info() {}, warn() {}, error() {}, with: () => silent };
 * const handle = restHandler({ routes: [hello], guards: [], logger: silent, timeout: AbortSignal.timeout });
 * const answer = await handle(new Request("http://localhost/hello/a%20b"));
 * if (await answer.text() !== '{"name":"a b"}') throw new Error("escapes are read");
 * if ((await handle(new Request("http://localhost/else"))).status !== 404) throw new Error("there is no such path");
 * ```
 */
export function restHandler(options: RestHandlerOptions): RestHandler {
  const { guards, logger, hide, requestsMax = requestsMaxDefault } = options;
  const app = router(options);
  app.onError((error) => {
    const answer = errorAnswer(error, hide);
    if (answer.status >= 500) {
      logger.error("Request failed", {
        status: answer.status,
        reason: safeText(error),
        cause: causeOf(error),
      });
    }
    return answer;
  });
  const answered = async (request: Request): Promise<Response> => {
    try {
      return await guarded(request, guards) ?? await app.fetch(request);
    } catch (error) {
      return errorAnswer(error, hide);
    }
  };
  let running = 0;
  return async (request) => {
    if (running >= requestsMax && !isHealth(request)) return errorAnswer(tooMany(requestsMax));
    running += 1;
    try {
      const answer = await answered(request);
      logger.debug("Request answered", {
        method: request.method,
        path: shownPath(request),
        status: answer.status,
      });
      return withBodyOf(request, answer);
    } finally {
      running -= 1;
    }
  };
}

const shownPathMax = 200;

/** Without the query, which can hold secrets. */
function shownPath({ url }: Request): string {
  return url.replace(/^[^:]*:\/\/[^/?#]*/, "").replace(/[?#].*$/s, "").slice(0, shownPathMax);
}

/** Connect's own text often says only what failed, not why. */
function causeOf(error: Error): string | undefined {
  return error.cause === undefined ? undefined : safeText(error.cause);
}

async function guarded(request: Request, guards: readonly Guard[]): Promise<Response | undefined> {
  const path = requestPath(request.url);
  for (const guard of guards) {
    const refusal = await guard(request, path);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

function tooMany(requestsMax: number): RestError {
  return new RestError(503, `Cannot answer more than ${requestsMax} requests at one time`, {
    "retry-after": "1",
  });
}

/** Health checks must get an answer when the worker is busy. */
function isHealth({ method, url }: Request): boolean {
  return method === "GET" && /^[^:]+:\/\/[^/?#]*\/health$/.test(url);
}

/** HEAD is answered like GET, without the body. */
function withBodyOf(request: Request, answer: Response): Response {
  return request.method === "HEAD" ? new Response(null, answer) : answer;
}

function router({ routes, timeout, bodyMsMax = requestBodyMsMax }: RestHandlerOptions): Hono {
  const bodySignal = () => timeout(bodyMsMax);
  const app = new Hono({ getPath: (request: Request) => requestPath(request.url) });
  for (const [path, methods] of Map.groupBy(routes, (route) => route.path)) {
    for (const route of methods) {
      app.on(route.method, path, (context) => answerOf(route, context, bodySignal));
    }
    app.all(path, ({ req }) => req.method === "OPTIONS" ? options(methods) : routerError(405));
  }
  app.notFound(() => routerError(404));
  return app;
}

async function answerOf(
  route: Route,
  context: Context,
  bodySignal: () => AbortSignal,
): Promise<Response> {
  const request = context.req.raw;
  const refused = mediaTypeProblem(route, request);
  if (refused !== undefined) return refused;
  const call: Call = {
    url: request.url,
    query: queryOf(request.url),
    param: (name) => context.req.param(name) ?? "",
    json: () => readJson(request, bodySignal()),
  };
  return await route.handle(call);
}

function queryOf(url: string): URLSearchParams {
  const start = url.indexOf("?");
  return new URLSearchParams(start < 0 ? "" : url.slice(start));
}

function mediaTypeProblem(route: Route, request: Request): Response | undefined {
  const type = request.headers.get("content-type");
  if (route.method !== "GET" && type !== null && mediaType(type) !== "application/json") {
    return routerError(415);
  }
  const accept = request.headers.get("accept");
  if (route.isText !== true && accept !== null && !acceptsJson(accept)) return routerError(406);
  if (route.method === "GET" || type !== null || !hasBody(request)) return undefined;
  return errorAnswer(new RestError(415, "HTTP 415 Unsupported Media Type"));
}

/** Judged by the headers (RFC 9112, 6.3), because the runtime makes a stream even without a body. */
function hasBody({ headers }: Request): boolean {
  return headers.has("transfer-encoding") || Number(headers.get("content-length") ?? 0) > 0;
}

function mediaType(header: string): string {
  return (header.split(";")[0] ?? "").trim().toLowerCase();
}

function acceptsJson(accept: string): boolean {
  if (accept.trim() === "") return true;
  return accept.split(",").map(mediaType).some((type) =>
    type === "*/*" || type === "*" || type === "application/*" || type === "application/json"
  );
}

function options(routes: readonly Route[]): Response {
  const methods = routes.map(({ method }) => method).toSorted((a, b) => rank(a) - rank(b));
  const all = [...(methods.includes("GET") ? ["HEAD"] : []), ...methods, "OPTIONS"];
  return new Response(all.join(", "), {
    headers: { "allow": all.join(","), "content-type": "text/plain" },
  });
}

function rank(method: string): number {
  return ["DELETE", "PATCH", "POST", "GET", "PUT"].indexOf(method);
}
