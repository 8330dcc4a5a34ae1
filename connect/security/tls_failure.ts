/** Explains failed TLS handshakes by Node's codes and by the runtime's texts, which differ between versions. @module */

/** Why TLS failed. */
export type TlsFailure =
  | "the certificate is not signed by one that is trusted"
  | "the certificate has expired or isn't valid yet"
  | "the certificate is for another host"
  | "it doesn't take our certificate"
  | "it doesn't speak TLS"
  | "no TLS version or cipher in common";

const patterns: readonly (readonly [RegExp, TlsFailure])[] = [
  [
    /ALTNAME_INVALID|HOSTNAME_MISMATCH|NotValidForName|not valid for name/i,
    "the certificate is for another host",
  ],
  [
    /CERT_HAS_EXPIRED|CERT_NOT_YET_VALID|peer certificate: .*(expired|not ?valid ?yet)/i,
    "the certificate has expired or isn't valid yet",
  ],
  [
    /fatal alert: (Bad|Unsupported|No)?Certificate|fatal alert: (UnknownCA|AccessDenied|DecryptError)|SSLV3_ALERT_(BAD|NO)?_?CERTIFICATE/i,
    "it doesn't take our certificate",
  ],
  [/InvalidContentType|WRONG_VERSION_NUMBER|corrupt message/i, "it doesn't speak TLS"],
  [
    /fatal alert: (ProtocolVersion|HandshakeFailure|InsufficientSecurity)|PROTOCOL_VERSION|HANDSHAKE_FAILURE|peer is incompatible/i,
    "no TLS version or cipher in common",
  ],
  [
    /UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|CERT_|INVALID_CA|INVALID_PURPOSE|peer certificate|UnknownIssuer/i,
    "the certificate is not signed by one that is trusted",
  ],
];

/**
 * Returns why a handshake failed; undefined if TLS didn't fail: then the network may have, and a retry can help.
 *
 * @example
 * ```ts
 * import { tlsFailure } from "./tls_failure.ts";
 * const why = tlsFailure(Object.assign(new Error("…"), { code: "ERR_TLS_CERT_ALTNAME_INVALID" }));
 * if (why !== "the certificate is for another host") throw new Error("node's code says so");
 * if (tlsFailure(new Error("connect ECONNREFUSED")) !== undefined) throw new Error("that's the network");
 * ```
 */
export function tlsFailure(error: unknown): TlsFailure | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const [code, message]: unknown[] = [Reflect.get(error, "code"), Reflect.get(error, "message")];
  const text = [code, message].filter((part) => typeof part === "string").join(" ");
  return patterns.find(([pattern]) => pattern.test(text))?.[1];
}
