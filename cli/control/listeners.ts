/** Parses the addresses that the program listens on. @module */

import { ConfigException } from "../../connect/api/exceptions.ts";

export interface ListenAddress {
  readonly hostname: string;
  readonly port: number;
}

/**
 * Parses Connect's option `listeners`.
 *
 * @throws ConfigException for anything but `http://HOST:PORT`
 * @example
 * ```ts
 * import { readListeners } from "./listeners.ts";
 * const [first] = readListeners(["http://127.0.0.1:8083"]);
 * if (first?.hostname !== "127.0.0.1" || first.port !== 8083) throw new Error("host and port");
 * ```
 */
export function readListeners(listeners: readonly string[]): readonly ListenAddress[] {
  const twice = listeners.find((text, index) => !/:0\/?$/.test(text) && listeners.indexOf(text) !== index);
  if (twice !== undefined || listeners.length === 0) {
    const found = twice === undefined ? "it is empty" : `${twice} is in it twice`;
    throw new ConfigException(
      `Invalid value for configuration listeners: ${found}, expected http://HOST:PORT`,
    );
  }
  return listeners.map((text) => {
    const [, scheme = "", host = "", port = ""] = /^([a-z]+):\/\/(\[[0-9a-f:.]+\]|[^:/[\]]*):(\d{1,5})\/?$/i
      .exec(text.trim()) ?? [];
    if (scheme.toLowerCase() === "http" && Number(port) <= 65_535) {
      return { hostname: host === "" ? "0.0.0.0" : host.replace(/^\[|\]$/g, ""), port: Number(port) };
    }
    const found = text.includes("@") ? "it has a user in it" : `found ${text}`;
    throw new ConfigException(
      `Invalid value for configuration listeners: ${found}, expected http://HOST:PORT; put a proxy in front of it for TLS`,
    );
  });
}

/** Returns whether only this machine can reach the address. */
export function isLoopback({ hostname }: ListenAddress): boolean {
  return hostname === "localhost" || hostname === "::1" || /^127(\.\d{1,3}){3}$/.test(hostname);
}
