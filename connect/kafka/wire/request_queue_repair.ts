/**
 * Repairs the timer of kafkajs' request queue.
 *
 * kafkajs 2.2.4 arms a timer after every request, with a negative time unless the broker throttles: each idle
 * connection then wakes up hundreds of times a second, and the runtime prints TimeoutNegativeWarning. Repaired, it
 * waits only while requests are held back.
 *
 * @module
 */

import { type RawRequestQueue, requestQueuePrototype } from "./kafkajs_parts.ts";

const checkMs = 10;
const checking = new WeakSet<RawRequestQueue>();

/** Installs the repair for all connections; to be called before the first one is made, safe to call twice. */
export function repairRequestQueue(sleep: (ms: number) => Promise<void>): void {
  requestQueuePrototype.scheduleCheckPendingRequests = function () {
    if (this.pending.length === 0 || checking.has(this)) return;
    checking.add(this);
    sleep(checkMs).then(() => {
      checking.delete(this);
      this.checkPendingRequests();
    });
  };
}
