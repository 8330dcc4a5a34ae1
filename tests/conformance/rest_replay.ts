/** Sends the recording's requests to a worker, with what was done in between. @module */

import { systemTime } from "../../cli/process/system_time.ts";
import type { ConnectWorker } from "../support/rest/connect_worker.ts";
import { type RawAnswer, rawRequest } from "../support/rest/raw_http.ts";
import { answerDifference, insteadProblem } from "./rest_compare.ts";
import type { DifferenceClass, Instead } from "./rest_differences.ts";
import type { RecordedStep } from "./rest_recording.ts";

/** Longest wait for a state that comes by itself, milliseconds. */
const settleMsMax = 60_000;
const retryMsMax = 60_000;

/** Requests that were sent before a step without being recorded. */
const before: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  create_transform_dup: [["DELETE", "or-transform-bad-cfg"]],
  create_dlq_in_topics: [["DELETE", "or-predicate-unknown"]],
  create_client_override_bad: [["DELETE", "or-ovr"]],
  create_jdbc_bad_enum: [["DELETE", "or-jdbc-missing-url"]],
  create_jdbc_pk_missing: [["DELETE", "or-jdbc-bad-enum"]],
  create_initial_state_bad: [["DELETE", "or-jdbc-pk-missing"]],
  list_expand_both: [
    ..."123 or-alias or-alias2 or-charset or-dupkey or-inull or-lower or-num or-running or-trim or-ver or-ver3"
      .split(" ").map((name) => ["DELETE", name] as const),
  ],
  get: [["DELETE", "or%20put"], ["DELETE", "or%2Fput"]],
  status: [["DELETE", "or-pname"]],
  offsets_get_stopped: [["PUT", "or-file/stop"], ["PUT", "or-jdbc/stop"]],
  list_final: [
    ..."or-file or-jdbc or-bad or-jdbcbad or-jdbcurl or-smtfail or-race"
      .split(" ").map((name) => ["DELETE", name] as const),
  ],
};

/** Steps before which a restarted task had failed again. */
const afterFailure: ReadonlySet<string> = new Set([
  "fail_restart_include",
  "fail_task_restart",
  "fail_pause",
]);

/** What came of the steps. */
interface ReplayResult {
  readonly same: number;
  /** Steps that differ as the list says. */
  readonly listed: number;
  /** Steps whose recorded answer hung on time. */
  readonly timely: number;
  /** What is wrong, by step. */
  readonly problems: ReadonlyMap<string, string>;
}

/** Sends all requests in order. */
export async function replay(
  worker: ConnectWorker,
  steps: readonly RecordedStep[],
  differences: readonly DifferenceClass[],
): Promise<ReplayResult> {
  const listed = new Map(differences.flatMap(({ steps, instead }) => steps.map((step) => [step, instead])));
  const problems = new Map<string, string>();
  for (const step of steps) {
    await prepare(worker, step);
    const problem = await problemOf(worker, step, listed.get(step.step));
    if (problem !== undefined) problems.set(step.step, problem);
  }
  const timely = steps.filter(({ timing }) => timing).length;
  return { problems, timely, listed: listed.size, same: steps.length - timely - listed.size - problems.size };
}

async function prepare(worker: ConnectWorker, { step, timing }: RecordedStep): Promise<void> {
  for (const [method, path] of before[step] ?? []) await worker.call(method, `/connectors/${path}`);
  if (step === "config_patch_name") await makeNamed(worker, "or-pname");
  if (afterFailure.has(step)) {
    await until(async () =>
      (await worker.call("GET", "/connectors/or-bad/status")).text.includes('"FAILED"')
    );
  }
  if (!timing) await until(() => isSettled(worker));
}

/** A connector with another's configuration. */
async function makeNamed(worker: ConnectWorker, name: string): Promise<void> {
  const { "errors.tolerance": _, ...config } = JSON.parse(
    (await worker.call("GET", "/connectors/or-put/config")).text,
  );
  const file = config.file.replace(/[^/]*$/, "pn.txt");
  await worker.call("POST", "/connectors", { name, config: { ...config, file, name } });
}

interface States {
  readonly [name: string]: {
    readonly status: {
      readonly connector: { readonly state: string };
      readonly tasks: readonly { readonly state: string }[];
    };
  };
}

async function isSettled(worker: ConnectWorker): Promise<boolean> {
  const all: States = JSON.parse((await worker.call("GET", "/connectors?expand=status")).text);
  return Object.values(all).every(({ status: { connector, tasks } }) =>
    [connector, ...tasks].every(({ state }) => state !== "UNASSIGNED" && state !== "RESTARTING") &&
    (connector.state !== "RUNNING" || tasks.length > 0)
  );
}

/** What follows a change comes a little later, here as there: what is only looked at is looked at again. */
async function problemOf(
  worker: ConnectWorker,
  step: RecordedStep,
  instead: Instead | undefined,
): Promise<string | undefined> {
  let problem: string | undefined;
  const isAsExpected = async () => {
    problem = judge(step, instead, await rawRequest(worker.port, step.request));
    return problem === undefined;
  };
  if (step.request.method === "GET") await until(isAsExpected, retryMsMax);
  else await isAsExpected();
  return problem;
}

function judge(step: RecordedStep, instead: Instead | undefined, answer: RawAnswer): string | undefined {
  if (step.timing) return timelyDifference(answer);
  const difference = answerDifference(step, answer);
  if (instead === undefined) return difference;
  return difference === undefined ? "is listed, and doesn't differ" : insteadProblem(step, instead, answer);
}

/** Where the recorded answer hung on time, any orderly answer will do. */
function timelyDifference({ status, text }: RawAnswer): string | undefined {
  const isOrderly = status < 300 || (status >= 400 && status < 500);
  return isOrderly ? undefined : `status ${status}: ${text}`;
}

async function until(holds: () => Promise<boolean>, msMax = settleMsMax): Promise<void> {
  const end = systemTime.monotonic() + msMax;
  while (!await holds() && systemTime.monotonic() < end) await systemTime.sleep(50);
}
