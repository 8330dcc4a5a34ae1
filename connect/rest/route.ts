/** What a route is: method, path, and a function from the call to its answer. @module */

import type { Json } from "./forms/json_body.ts";

/** A request that has found its route. */
export interface Call {
  readonly url: string;
  readonly query: URLSearchParams;
  /** A part of the path, its escapes read. */
  param(name: string): string;
  json(): Promise<Json>;
}

/** One method of one path; parts in colons are parameters. */
export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  /** Answers something else than JSON: whatever `Accept` says is fine. */
  readonly isText?: boolean;
  handle(call: Call): Promise<Response> | Response;
}

const jsonHeaders = { "content-type": "application/json" } as const;

/** An answer with a JSON body. */
export function json(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { ...jsonHeaders, ...headers } });
}

/** An answer without a body. */
export function empty(status: 202 | 204): Response {
  return new Response(null, { status });
}

/** A switch in the query: `true` in any case, as Java reads it. */
export function isTrue(call: Call, name: string): boolean {
  return call.query.get(name)?.toLowerCase() === "true";
}
