/** The path of a request as it was sent: what is unsafe is refused before any route sees it. @module */

import { RestError } from "./rest_error.ts";

/** Longest path that is looked at, characters. */
const pathCharactersMax = 8_192;

// RFC 3986 `pchar` and `/`, besides what browsers send unescaped.
const allowedCharacters = /^[\w\-.~!$&'()*+,;=:@%/^\u0080-\uffff[\]`{}]*$/;

/**
 * The path for the router: path parameters (`;x=1`) and a slash at the end are cut off, escapes stay as they are.
 *
 * @throws RestError 400 in the words of Connect's HTTP server
 * @example
 * ```ts
 * import { requestPath } from "./request_path.ts";
 * const path = requestPath("http://127.0.0.1:8083/connectors/a%20b;x=1/status?full");
 * if (path !== "/connectors/a%20b/status") throw new Error(path);
 * ```
 */
export function requestPath(url: string): string {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  const path = /^[^?#]*/.exec(start < 0 ? "/" : url.slice(start))?.[0] ?? "/";
  if (path.length > pathCharactersMax) throw new RestError(414, "URI Too Long");
  if (!allowedCharacters.test(path)) throw refused("Illegal Path Character");
  if (path.includes("//")) throw refused("Ambiguous URI empty segment");
  const checked = path.split("/").map(checkedSegment).join("/");
  return checked.length > 1 && checked.endsWith("/") ? checked.slice(0, -1) : checked;
}

/** Longest name of a connector, characters of its escaped form; with what follows it a path stays below its limit. */
const nameCharactersMax = 4_096;

/** Whether a path can name it, but for control characters, which no name may have: what was made has to be deletable. */
export function isAddressable(name: string): boolean {
  return !dots.test(name) && !name.includes("\\") && encodeURIComponent(name).length <= nameCharactersMax;
}

const dots = /^\.\.?$/;
// deno-lint-ignore no-control-regex -- these are what it's about
const suspicious = /[\u0000-\u001f\u007f\\]/;

function checkedSegment(segment: string): string {
  const [name = ""] = segment.split(";");
  const decoded = decodedSegment(name);
  if (dots.test(decoded) && name !== decoded) throw refused("Ambiguous URI path segment");
  if (suspicious.test(decoded)) throw refused("Suspicious Path Character");
  return name;
}

function decodedSegment(segment: string): string {
  if (/%(?![0-9a-f]{2})/i.test(segment) || /%00/.test(segment)) throw refused("Bad Request");
  try {
    return decodeURIComponent(segment);
  } catch {
    throw refused("Bad UTF-8 encoding"); // the only other thing it throws for
  }
}

function refused(why: string): RestError {
  return new RestError(400, why);
}
