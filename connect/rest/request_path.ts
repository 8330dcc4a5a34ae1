import { RestError } from "./rest_error.ts";

const pathCharactersMax = 8_192;

// RFC 3986 `pchar`, `/`, and what browsers send unescaped.
const allowedCharacters = /^[\w\-.~!$&'()*+,;=:@%/^\u0080-\uffff[\]`{}]*$/;

/**
 * Returns the path for the router: without path parameters (`;x=1`) and trailing slash, escapes unchanged.
 *
 * @throws RestError 400 or 414 with the text of Connect's HTTP server
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

/** Longest escaped name of a connector, characters; shorter than a path, so its sub-paths fit. */
const nameCharactersMax = 4_096;

/** Returns false if no path could address a connector of this name, for example to delete it. */
export function isAddressable(name: string): boolean {
  return !dots.test(name) && !name.includes("\\") && encodeURIComponent(name).length <= nameCharactersMax;
}

const dots = /^\.\.?$/;
// deno-lint-ignore no-control-regex -- paths with control characters are refused
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
    throw refused("Bad UTF-8 encoding"); // decodeURIComponent's only other error
  }
}

function refused(why: string): RestError {
  return new RestError(400, why);
}
