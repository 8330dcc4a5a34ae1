import { createHash, timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";
import { errorAnswer, RestError } from "./rest_error.ts";
import type { Guard } from "./rest_handler.ts";

export interface RestUser {
  readonly user: string;
  readonly password: string;
}

/**
 * Requires user and password (RFC 7617), except for `/health`: health checks have no password.
 *
 * @example
 * ```ts
 * import { basicAuth } from "./guards.ts";
 * const guard = basicAuth({ user: "ops", password: "correct horse" });
 * const headers = { authorization: `Basic ${btoa("ops:correct horse")}` };
 * if (await guard(new Request("http://localhost/", { headers }), "/") !== undefined) throw new Error("may go on");
 * if ((await guard(new Request("http://localhost/"), "/"))?.status !== 401) throw new Error("has to say who it is");
 * ```
 */
export function basicAuth({ user, password }: RestUser): Guard {
  const expected = digest(`${user}:${password}`);
  return (request, path) => {
    if (/^\/health\/?$/.test(path)) return undefined;
    const given = /^Basic\s+([A-Za-z0-9+/=]+)$/i.exec(request.headers.get("authorization") ?? "")?.[1] ?? "";
    if (timingSafeEqual(digest(textOf(given)), expected)) return undefined;
    const headers = { "www-authenticate": 'Basic realm="sluice", charset="UTF-8"' };
    return errorAnswer(new RestError(401, "User cannot access the resource.", headers));
  };
}

/** Digests have equal lengths, so the comparison takes constant time. */
function digest(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}

function textOf(base64: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)));
  } catch {
    return ""; // not base64, so it matches no password
  }
}

const readingMethods: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/** Refuses changes sent by pages of other origins (CSRF). */
export const sameOrigin: Guard = (request) => {
  if (readingMethods.has(request.method)) return undefined;
  const origin = request.headers.get("origin");
  if (origin === null || origin === originOf(request.url)) return undefined;
  return errorAnswer(new RestError(403, "Cannot change anything from a page of another origin"));
};

function originOf(url: string): string {
  return /^[^:]+:\/\/[^/?#]*/.exec(url)?.[0] ?? "";
}

/**
 * Refuses unknown host names (DNS rebinding); `localhost` and IP addresses pass.
 *
 * @param names further host names of this listener
 */
export function knownHost(names: readonly string[]): Guard {
  const known = new Set(["localhost", ...names.map((name) => name.trim().toLowerCase())]);
  return (request) => {
    const host = originOf(request.url).replace(/^[^:]+:\/\//, "").replace(/:\d+$/, "").toLowerCase();
    if (known.has(host) || isAddress(host)) return undefined;
    return errorAnswer(
      new RestError(
        403,
        "Cannot answer under this host name: expected an IP address, localhost, rest.advertised.host.name or one of " +
          "rest.allowed.hosts",
      ),
    );
  };
}

function isAddress(host: string): boolean {
  return isIP(host) === 4 || (/^\[.*\]$/.test(host) && isIP(host.slice(1, -1)) === 6);
}
