/** Which authentication methods a server may ask for. (libpq's `require_auth` and `channel_binding`) @module */

/** Authentication methods by libpq's names. Kerberos (`gss`, `sspi`) can be named and is refused. */
export const authMethods = ["none", "password", "md5", "scram-sha-256", "gss", "sspi", "oauth"] as const;

export type AuthMethod = (typeof authMethods)[number];

/** libpq's `channel_binding`: whether the login is bound to the server's certificate. */
export type ChannelBinding = "disable" | "prefer" | "require";

export interface LoginRules {
  /** Allowed methods, or with a `!` forbidden ones; null = the safe ones on this connection. */
  readonly requireAuth: readonly string[] | null;
  readonly channelBinding: ChannelBinding;
  /** Whether no machine in between can read along: a Unix socket, or TLS with a verified certificate. */
  readonly isSafe: boolean;
}

/**
 * Returns why a server may not ask for a method, or undefined if it may.
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
