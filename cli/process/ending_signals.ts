/** The signals that end a program: the first in order, a second one at once. @module */

import type { Time } from "../../connect/api/ports.ts";

/** What is done about signals. */
export interface EndingHandlers {
  /** Told of the first one. */
  readonly first: (signal: Deno.Signal) => void;
  /** Told of a second one; the program ends with it. */
  readonly second: (signal: Deno.Signal) => void;
}

const endingSignals = ["SIGTERM", "SIGINT"] as const;

/**
 * Ctrl-C in a terminal reaches the program twice: from the terminal itself, and from the task runner above it that passes
 * its own on. What comes this soon after the first one is the same, milliseconds.
 */
export const sameSignalMsMax = 500;

/** Listens; the answer aborts at the first signal. */
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
