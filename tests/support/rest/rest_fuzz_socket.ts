/** Fuzzed requests to a listening program. @module */

import { Random } from "../random.ts";
import { type RawAnswer, rawRequest } from "./raw_http.ts";
import { residentBytes } from "./rest_churn.ts";
import { answerProblem, fuzzedRequest, type FuzzWorld } from "./rest_fuzz.ts";

/** Parallel requests. */
const lanes = 8;

interface SocketFuzzOptions extends FuzzWorld {
  readonly port: number;
  readonly pid: number;
  readonly seed: number;
  readonly requests: number;
  /** Called with the progress. */
  readonly every?: { readonly requests: number; readonly tell: (line: string) => void };
}

interface SocketFuzzResult {
  readonly problems: readonly string[];
  readonly statuses: ReadonlyMap<number, number>;
  /** The program's resident memory after half of the requests and at the end. */
  readonly residentBytes: readonly [half: number, end: number];
}

/** Sends all requests. */
export async function fuzzOverSocket(options: SocketFuzzOptions): Promise<SocketFuzzResult> {
  const random = new Random(options.seed);
  const problems: string[] = [];
  const statuses = new Map<number, number>();
  let sent = 0;
  let half = 0;
  const oneByOne = async () => {
    while (sent < options.requests) {
      const index = sent++;
      const request = fuzzedRequest(random, options);
      const answer = await askOnce(options.port, request);
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      const problem = answerProblem(request, answer);
      if (problem !== undefined) problems.push(`request ${index} of seed ${options.seed}: ${problem}`);
      if (index === Math.floor(options.requests / 2)) half = await residentBytes(options.pid);
      if (options.every !== undefined && index % options.every.requests === 0) {
        options.every.tell(
          `${index} requests, ${(await residentBytes(options.pid) / 2 ** 20).toFixed(1)} MiB`,
        );
      }
    }
  };
  await Promise.all(Array.from({ length: lanes }, oneByOne));
  return { problems, statuses, residentBytes: [half, await residentBytes(options.pid)] };
}

async function askOnce(port: number, request: ReturnType<typeof fuzzedRequest>): Promise<RawAnswer> {
  const { method, target, headers, body } = request;
  try {
    return await rawRequest(port, { method, path: target, headers, ...(body === undefined ? {} : { body }) });
  } catch (error) {
    // A body that is refused half way ends with a connection reset, which is a valid answer.
    if (error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe) {
      return { status: 413, headers: new Map(), text: "" };
    }
    throw new Error(`Cannot read the answer to ${method} ${target.slice(0, 200)}`, { cause: error });
  }
}

/** Sends bytes that aren't HTTP; the server may answer or close the connection. */
export async function sendGarbage(port: number, seed: number, times: number): Promise<void> {
  const random = new Random(seed);
  for (let index = 0; index < times; index++) {
    const bytes = new Uint8Array(random.integer(1, 2_000)).map(() => random.integer(0, 255));
    const start = new TextEncoder().encode(
      random.pick(["", "GET / HTTP/1.1\r\n", "POST /connectors HTTP/1.1\r\nContent-Length: -1\r\n\r\n"]),
    );
    using connection = await Deno.connect({ hostname: "127.0.0.1", port });
    try {
      await connection.write(start);
      await connection.write(bytes);
    } catch {
      // the server may close the connection in the middle
    }
  }
}
