/** What the system's codes of failed connections mean. @module */

const meanings: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "the other side hung up",
  EPIPE: "the other side hung up",
  ENOTFOUND: "there is no such host",
  EAI_AGAIN: "the name server doesn't answer",
  ETIMEDOUT: "no answer in time",
  CONNECT_TIMEOUT: "no answer in time",
  EHOSTUNREACH: "no way leads to that host",
  ENETUNREACH: "no way leads to that network",
  EACCES: "this user may not connect there",
  ENOENT: "there is no such socket",
  EMFILE: "the process has no files left, see ulimit -n",
  CONNECTION_CLOSED: "the other side hung up",
  CONNECTION_DESTROYED: "the connection was ended",
  CONNECTION_ENDED: "the connection was ended",
};

/**
 * A code with its meaning, if there is one.
 *
 * @example
 * ```ts
 * import { networkText } from "./network_failure.ts";
 * if (networkText("ECONNREFUSED") !== "ECONNREFUSED, nothing listens there") throw new Error("its meaning follows");
 * ```
 */
export function networkText(code: string): string {
  const meaning = meanings[code];
  return meaning === undefined ? code : `${code}, ${meaning}`;
}
