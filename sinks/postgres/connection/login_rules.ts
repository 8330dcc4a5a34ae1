/** Which ways to log in a server may ask for. (libpq's `require_auth` and `channel_binding`) @module */

/** Ways to log in, by libpq's names; Kerberos (`gss`, `sspi`) is refused, but may be named. */
export const authMethods = ["none", "password", "md5", "scram-sha-256", "gss", "sspi", "oauth"] as const;

/** A way to log in. */
export type AuthMethod = (typeof authMethods)[number];

/** Whether the login is bound to the server's certificate. */
export type ChannelBinding = "disable" | "prefer" | "require";

/** What a login has to keep to. */
export interface LoginRules {
  /** Those that are allowed, or with a `!` those that aren't; null = what is safe on this connection. */
  readonly requireAuth: readonly string[] | null;
  readonly channelBinding: ChannelBinding;
  /** No one can stand in between: a Unix socket, or TLS with a certificate that was verified. */
  readonly isSafe: boolean;
}

/**
 * Why a server may not ask for this; undefined where it may.
 *
 * @example
 * ```ts
 * import { refusalOf } from "./login_rules.ts";
 * const rules = { requireAuth: null, channelBinding: "prefer", isSafe: false } as const;
 * if (refusalOf("scram-sha-256", rules) !== undefined) throw new Error("it never shows the password");
 * if (refusalOf("md5", rules) === undefined) throw new Error("a listener can guess the password");
 * ```
 */
export function refusalOf(
  method: AuthMethod,
  { requireAuth, channelBinding, isSafe }: LoginRules,
): string | undefined {
  if (method === "gss" || method === "sspi") {
    return "it asks for Kerberos, expected scram-sha-256 in its pg_hba.conf";
  }
  if (channelBinding === "require" && method !== "scram-sha-256") {
    return `it asks for ${named(method)}, and channel_binding is require, which only scram-sha-256 keeps`;
  }
  if (requireAuth !== null && !isListed(method, requireAuth)) {
    return `it asks for ${named(method)}, require_auth is ${requireAuth.join(",")}`;
  }
  const isAllowed = method === "none" || method === "scram-sha-256" || isSafe ||
    requireAuth?.includes(method) === true;
  if (isAllowed) return undefined;
  return `it asks for ${
    named(method)
  }, and this connection doesn't protect that: expected scram-sha-256 on the ` +
    `server, or sslmode=verify-full; require_auth=${method} in connection.url allows it all the same`;
}

function named(method: AuthMethod): string {
  switch (method) {
    case "none":
      return "no login at all";
    case "password":
      return "the password in clear text";
    case "md5":
      return "the password as MD5";
    default:
      return method;
  }
}

function isListed(method: AuthMethod, requireAuth: readonly string[]): boolean {
  const isNegative = requireAuth.every((name) => name.startsWith("!"));
  return isNegative ? !requireAuth.includes(`!${method}`) : requireAuth.includes(method);
}
