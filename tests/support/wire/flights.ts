/** Sessions and statements for tests of flights. @module */

import { systemTime } from "../../../cli/process/system_time.ts";
import { parseConnectionUrl } from "../../../sinks/postgres/connection/connection_url.ts";
import { Session } from "../../../sinks/postgres/connection/session.ts";
import { textParameter } from "../../../sinks/postgres/wire/span_parameters.ts";
import type { FlightStatement } from "../../../sinks/postgres/wire/wire.ts";

interface SessionOptions {
  readonly prepare?: boolean;
  readonly answerTimeoutMs?: number;
}

/** Opens a session; a wait that never ends is cut after a minute. */
export function openSession(
  url: string,
  { prepare = true, answerTimeoutMs = 60_000 }: SessionOptions = {},
): Promise<Session> {
  return Session.open({
    target: parseConnectionUrl(url.includes("?") ? url : `${url}?sslmode=disable`, {
      user: null,
      password: null,
    }),
    ...{ applicationName: "sluice-test", firstHost: 0, connectTimeoutMs: 30_000, answerTimeoutMs, prepare },
    ...{ time: systemTime, signal: new AbortController().signal },
  });
}

/** A statement whose parameters are texts. */
export function sql(text: string, ...parameters: readonly string[]): FlightStatement {
  return { text, parameters: parameters.map(textParameter) };
}
