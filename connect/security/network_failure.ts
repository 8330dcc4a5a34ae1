/** The meaning of the system's codes of failed connections. @module */

const meanings: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "the other side hung up",
  EPIPE: "the other side hung up",
  ENOTFOUND: "there is no such host",
  EAI_AGAIN: "the name server doesn't answer",
  ETIMEDOUT: "no answer in time",
  CONNECT_TIMEOUT: "no answer in time",
  EHOSTUNREACH: "no route to that host",
  ENETUNREACH: "no route to that network",
  EACCES: "this user may not connect there",
  ENOENT: "there is no such socket",
  EMFILE: "the process has too many open files, see ulimit -n",
  CONNECTION_CLOSED: "the other side hung up",
  CONNECTION_DESTROYED: "the connection was ended",
  CONNECTION_ENDED: "the connection was ended",
  NO_ANSWER: "no answer in time, or none as PostgreSQL gives it",
  ECONNABORTED: "the connection was ended",
  ENOTCONN: "the connection was ended",
  ESHUTDOWN: "the connection was ended",
  ERR_STREAM_DESTROYED: "the connection was ended",
  ERR_STREAM_WRITE_AFTER_END: "the connection was ended",
  ERR_SOCKET_CLOSED: "the connection was ended",
  EAI_FAIL: "the name server fails",
  ESERVFAIL: "the name server fails",
  EAI_NODATA: "there is no such host",
  EAI_NONAME: "there is no such host",
  ENODATA: "there is no such host",
  EHOSTDOWN: "the host is down",
  ENETDOWN: "the network is down",
  ENETRESET: "the network was interrupted",
  EADDRNOTAVAIL: "there is no free address or port on this machine",
};

/**
 * Returns a code with its meaning, if it is known.
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
