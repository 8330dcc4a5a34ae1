/** `sluice connect` as a process, with the address of its control API. @module */

import { systemTime } from "../../../cli/process/system_time.ts";
import { waitMsMax } from "../../../sandbox/wait.ts";
import {
  type ProgramOptions,
  type ProgramResult,
  type RunningProgram,
  startTask,
} from "../programs/program.ts";

const lookEveryMs = 50;

/** The control API's answer. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  /** The body as JSON; undefined without a body. */
  readonly body: unknown;
}

/** A worker that is ready. */
export interface ConnectProgram extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly program: RunningProgram;
  /** Sends one request; `body` is sent as JSON. */
  ask(method: string, path: string, body?: unknown): Promise<Answer>;
  /** Asks again until the answer is as wanted; throws with the last answer. */
  askUntil(path: string, isWanted: (answer: Answer) => boolean): Promise<Answer>;
}

/** Starts it on a free port, and waits until it's ready. */
export async function startConnect(options: ProgramOptions): Promise<ConnectProgram> {
  const program = startTask("connect", {
    ...options,
    variables: { CONNECT_LISTENERS: "http://127.0.0.1:0", ...options.variables },
  });
  try {
    const url = await addressOf(program, "The control API listens");
    const worker = { url, program, ...requestsTo(url), [Symbol.asyncDispose]: () => end(program) };
    await worker.askUntil("/health", ({ status }) => status !== 503);
    return worker;
  } catch (error) {
    await program[Symbol.asyncDispose]();
    throw error;
  }
}

/** Returns the address of the listener that the log names with this message. */
export async function addressOf(program: RunningProgram, message: string): Promise<string> {
  const deadline = systemTime.monotonic() + waitMsMax;
  for (;;) {
    const line = program.log().split("\n").slice(0, -1).find((text) => text.includes(message));
    if (line !== undefined) return `http://127.0.0.1:${JSON.parse(line).port}`;
    if (systemTime.monotonic() > deadline) throw new Error(`Cannot go on: no "${message}": ${program.log()}`);
    await systemTime.sleep(lookEveryMs);
  }
}

/** Makes requests to a control API; `client` is a connection pool of one's own. */
export function requestsTo(url: string, client?: Deno.HttpClient): Pick<ConnectProgram, "ask" | "askUntil"> {
  const ask = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const sent = body === undefined ? {} : {
      body: JSON.stringify(body),
      headers: { "content-type": "application/json" },
    };
    const response = await fetch(url + path, {
      method,
      ...sent,
      ...(client === undefined ? {} : { client }),
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type") === "application/json";
    return { status: response.status, text, body: isJson ? JSON.parse(text) : undefined };
  };
  const askUntil = async (path: string, isWanted: (answer: Answer) => boolean): Promise<Answer> => {
    const deadline = systemTime.monotonic() + waitMsMax;
    for (;;) {
      const answer = await ask("GET", path);
      if (isWanted(answer)) return answer;
      if (systemTime.monotonic() > deadline) {
        throw new Error(`Cannot go on: ${path} still says ${answer.status} ${answer.text.slice(0, 2_000)}`);
      }
      await systemTime.sleep(lookEveryMs);
    }
  };
  return { ask, askUntil };
}

/** Returns the output of a program that is about to end. */
export async function endOf(program: RunningProgram): Promise<ProgramResult> {
  const done = new AbortController();
  const late = systemTime.sleep(waitMsMax, done.signal).then(() => undefined);
  const result = await Promise.race([program.ended, late]);
  done.abort();
  if (result === undefined) {
    throw new Error(`Cannot wait any longer for the program's end:\n${program.log()}`);
  }
  return result;
}

/** Stops it as an operator would, and kills it if it doesn't end. */
async function end(program: RunningProgram): Promise<void> {
  try {
    program.signal("SIGTERM");
    await endOf(program);
  } catch {
    // it has ended already
  }
  await program[Symbol.asyncDispose]();
}
