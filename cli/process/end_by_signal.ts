/** Ends the program on signals: in order on the first, at once on the second. @module */

import type { Logger } from "../../connect/api/ports.ts";
import { listenForEnd } from "./ending_signals.ts";
import { systemTime } from "./system_time.ts";
import { exitCode } from "../usage_error.ts";

/** Returns a signal that aborts on the first SIGTERM or SIGINT. A second one ends the program. */
export function endBySignal(logger: Logger): AbortSignal {
  return listenForEnd(systemTime, {
    first: (signal) => logger.info("Signal received", { signal }),
    second: (signal) => {
      logger.warn("Second signal: Sluice ends at once; uncommitted records will be read again", { signal });
      Deno.exit(exitCode.failed);
    },
  });
}
