/** Checks that a plugin's built-in version is the one a configuration requires. (KIP-891) @module */

import { ConfigException } from "../api/exceptions.ts";

/** The required version of a plugin isn't installed. (`VersionedPluginLoadingException`) */
class VersionedPluginLoadingException extends ConfigException {
  override readonly javaClass: string =
    "org.apache.kafka.connect.runtime.isolation.VersionedPluginLoadingException";
}

/**
 * Returns the exception for a version that the plugin doesn't have, or undefined if it has it. A bare version
 * is exact; ranges are Maven's: `[4.0,5.0)`.
 *
 * @example
 * ```ts
 * import { versionProblem } from "./plugin_version.ts";
 * if (versionProblem("a.B", "4.3.1", "[4.0,5.0)") !== undefined) throw new Error("the version is in the range");
 * if (versionProblem("a.B", "4.3.1", "9") === undefined) throw new Error("only the built-in version exists");
 * ```
 */
export function versionProblem(
  className: string,
  version: string,
  wanted: string,
): VersionedPluginLoadingException | undefined {
  const text = wanted.trim();
  if (text === "latest") return undefined;
  const range = /^[[(]/.test(text) ? text : text === "" ? "[,]" : `[${text},${text}]`;
  if (text !== "" && inRange(version, range)) return undefined;
  return new VersionedPluginLoadingException(
    `Plugin ${className} not found that matches the version range ${range}, available versions: [${version}]`,
  );
}

function inRange(version: string, range: string): boolean {
  const [low = "", high = low] = range.slice(1, -1).split(",").map((bound) => bound.trim());
  const fromLow = low === "" ? 1 : compareVersions(version, low);
  const toHigh = high === "" ? 1 : compareVersions(high, version);
  return (fromLow > 0 || (fromLow === 0 && range.startsWith("["))) &&
    (toHigh > 0 || (toHigh === 0 && range.endsWith("]")));
}

function compareVersions(a: string, b: string): number {
  const [left, right] = [a.split("."), b.split(".")];
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = Number.parseInt(left[index] ?? "0") - Number.parseInt(right[index] ?? "0");
    if (difference !== 0) return difference;
  }
  return 0;
}
