/** A `sluice connect` for one test, whose requests are sent byte by byte. @module */

import { startConnect } from "./connect_program.ts";
import type { ProgramOptions, RunningProgram } from "../programs/program.ts";
import { type RawAnswer, rawRequest } from "./raw_http.ts";

export interface ConnectWorker extends AsyncDisposable {
  readonly port: number;
  readonly program: RunningProgram;
  /** Sends JSON, or nothing. */
  call(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<RawAnswer>;
}

/** Starts one and waits until it's ready. */
export async function startRawConnect(options: ProgramOptions): Promise<ConnectWorker> {
  const connect = await startConnect(options);
  const port = Number(new URL(connect.url).port);
  return {
    port,
    program: connect.program,
    call: (method, path, body, headers = {}) =>
      rawRequest(port, {
        method,
        path,
        ...(body === undefined ? { headers } : {
          headers: { "Content-Type": "application/json", ...headers },
          body: JSON.stringify(body),
        }),
      }),
    [Symbol.asyncDispose]: () => connect[Symbol.asyncDispose](),
  };
}
