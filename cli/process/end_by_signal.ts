/** How the program ends: a first signal in order, a second one at once. @module */

import type { Logger } from "../../connect/api/ports.ts";
import { listenForEnd } from "./ending_signals.ts";
import { systemTime } from "./system_time.ts";
import { exitCode } from "../usage_error.ts";

/** Listens; the answer aborts at the first signal. */
export function endBySignal(logger: Logger): AbortSignal {
  return listenForEnd(systemTime, {
    first: (signal) => logger.info("Signal received", { signal }),
    second: (signal) => {
      logger.warn("Second signal: Sluice ends at once, what was not committed will come again", { signal });
      Deno.exit(exitCode.failed);
    },
  });
}
