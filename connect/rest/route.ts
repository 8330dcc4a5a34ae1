import type { Json } from "./forms/json_body.ts";

export interface Call {
  readonly url: string;
  readonly query: URLSearchParams;
  /** Returns a path parameter, unescaped. */
  param(name: string): string;
  json(): Promise<Json>;
}

/** One method of one path; `:name` parts are parameters. */
export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  /** The answer isn't JSON, so `Accept` isn't checked. */
  readonly isText?: boolean;
  handle(call: Call): Promise<Response> | Response;
}

const jsonHeaders = { "content-type": "application/json" } as const;

export function json(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { ...jsonHeaders, ...headers } });
}

export function empty(status: 202 | 204): Response {
  return new Response(null, { status });
}

/** Returns whether a query parameter is `true`, in upper or lower case as in Java. */
export function isTrue(call: Call, name: string): boolean {
  return call.query.get(name)?.toLowerCase() === "true";
}
