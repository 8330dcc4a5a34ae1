/** Listens for signals that end the program: in order on the first, at once on the second. @module */

import type { Time } from "../../connect/api/ports.ts";

interface EndingHandlers {
  /** Called on the first signal. */
  readonly first: (signal: Deno.Signal) => void;
  /** Called on the second signal, before the program ends. */
  readonly second: (signal: Deno.Signal) => void;
}

const endingSignals = ["SIGTERM", "SIGINT"] as const;

/**
 * Ctrl-C in a terminal reaches the program twice: from the terminal and from the task runner above it, which
 * forwards its own. A signal within this many milliseconds of the first one is the same.
 */
export const sameSignalMsMax = 500;

/** Listens for SIGTERM and SIGINT. The returned signal aborts on the first one. */
export function listenForEnd(time: Time, handlers: EndingHandlers): AbortSignal {
  const ending = new AbortController();
  let firstMs = 0;
  for (const signal of endingSignals) {
    Deno.addSignalListener(signal, () => {
      if (!ending.signal.aborted) {
        firstMs = time.monotonic();
        handlers.first(signal);
        ending.abort();
      } else if (time.monotonic() - firstMs > sameSignalMsMax) {
        handlers.second(signal);
      }
    });
  }
  return ending.signal;
}
