/** A `sluice connect` of the test's own, and how to talk to it. @module */

import { systemTime } from "../../cli/system_time.ts";
import { type ProgramOptions, type RunningProgram, startTask } from "./program.ts";
import { type RawAnswer, rawRequest } from "./raw_http.ts";

/** Longest wait for a worker to listen and to be ready, milliseconds. */
const startMsMax = 60_000;

/** A worker with its control API. */
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

/** Starts one on a free port of 127.0.0.1 unless `CONNECT_LISTENERS` says otherwise; it's ready when this resolves. */
export async function startConnect(options: ProgramOptions): Promise<ConnectWorker> {
  const variables = { CONNECT_LISTENERS: "http://127.0.0.1:0", ...options.variables };
  const program = startTask("connect", { ...options, variables });
  try {
    const port = Number(
      await waitFor(() => /"The control API listens".*?"port":(\d+)/.exec(program.log())?.[1], program),
    );
    const worker: ConnectWorker = {
      port,
      program,
      call: (method, path, body, headers = {}) =>
        rawRequest(port, {
          method,
          path,
          ...(body === undefined ? { headers } : {
            headers: { "Content-Type": "application/json", ...headers },
            body: JSON.stringify(body),
          }),
        }),
      [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
    };
    await waitFor(async () => (await worker.call("GET", "/health")).status === 200 || undefined, program);
    return worker;
  } catch (error) {
    await program[Symbol.asyncDispose]();
    throw error;
  }
}

/** Waits for something other than undefined. */
async function waitFor<T>(
  find: () => T | undefined | Promise<T | undefined>,
  program: RunningProgram,
): Promise<T> {
  const end = systemTime.monotonic() + startMsMax;
  while (systemTime.monotonic() < end) {
    const found = await find();
    if (found !== undefined) return found;
    await systemTime.sleep(50);
  }
  throw new Error(`Cannot wait any longer for the worker; it said: ${program.log().slice(-2000)}`);
}
