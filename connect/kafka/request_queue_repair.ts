/**
 * Repairs the timer of kafkajs' request queue.
 *
 * kafkajs 2.2.4 arms a timer after every request, with a negative time unless the broker throttles: each idle
 * connection then wakes up hundreds of times a second, and the runtime prints TimeoutNegativeWarning. Our
 * connections never make a request wait in that queue (no limit in flight, and throttling is done by
 * `BrokerConnection`), so the timer has nothing to do at all.
 *
 * @module
 */

import { requestQueuePrototype } from "./kafkajs_parts.ts";

/** Takes the timer out; to be called before the first connection is made, safe to call twice. */
export function repairRequestQueue(): void {
  requestQueuePrototype.scheduleCheckPendingRequests = function () {
    if (this.pending.length > 0) throw new Error("Cannot queue a request: connections have no limit in flight");
  };
}
