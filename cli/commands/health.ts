import { ConfigException } from "../../connect/api/exceptions.ts";
import { workerConfig } from "../../connect/config/worker_config.ts";
import type { Run } from "../command.ts";
import { systemSources } from "../process/config_sources.ts";
import { print, printError } from "../output.ts";
import { variables } from "../process/environment.ts";
import { giveUp } from "../process/rights.ts";
import { exitCode } from "../usage_error.ts";
import { readWorkerSettings } from "../worker_settings.ts";

/** Longest wait for the answer, milliseconds. */
const answerMsMax = 5_000;

/**
 * `sluice health`: checks the worker at `health.port`. Exit code 1 if it is unhealthy, starting or doesn't
 * answer.
 */
export const run: Run = async (args) => {
  const settings = await readWorkerSettings(args.text("worker"), variables(), systemSources);
  giveUp("read");
  const { "health.port": port, "health.host": host } = workerConfig.parse(settings);
  if (port === null || port === 0) {
    const found = port === null ? "is not set" : "is 0";
    throw new ConfigException(`Cannot check health: health.port ${found}, expected the worker's`);
  }
  const address = `${askedHost(host)}:${port}`;
  try {
    const answer = await fetch(`http://${address}/health`, { signal: AbortSignal.timeout(answerMsMax) });
    const text = await answer.text();
    if (isHealth(text)) {
      print(text);
      return answer.ok ? exitCode.ok : exitCode.failed;
    }
    printError(`Cannot check health: what answers at ${address} is not Sluice, or not its health.port`);
  } catch {
    // The reason doesn't matter here; the worker's own log has it.
    printError(`Nothing answers at ${address} within ${answerMsMax} ms`);
  }
  return exitCode.failed;
};

/** Another program's answer 200 must not pass as healthy. */
function isHealth(text: string): boolean {
  try {
    const said: unknown = JSON.parse(text);
    return typeof said === "object" && said !== null && "status" in said;
  } catch {
    return false;
  }
}

/** Host to ask if the worker listens on all addresses. */
function askedHost(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}
