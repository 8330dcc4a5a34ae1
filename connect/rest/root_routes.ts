/** Who this worker is, how it is, and its numbers. (`RootResource`) @module */

import { json, type Route } from "./route.ts";

/** How the worker is, in the words of Connect's `WorkerStatus`. */
export interface Health {
  readonly status: "healthy" | "starting" | "unhealthy";
  readonly message: string;
}

/** What these routes show. */
export interface WorkerFacts {
  /** Kafka Connect's version whose behaviour this is, and Sluice's own. */
  readonly version: string;
  readonly commit: string;
  /** Undefined while Kafka hasn't answered. */
  clusterId(): string | undefined;
  health(): Health;
  /** Prometheus text and its content type. */
  metrics(): Promise<{ readonly text: string; readonly contentType: string }>;
}

const statusOf: Readonly<Record<Health["status"], number>> = { healthy: 200, starting: 503, unhealthy: 500 };

/** `/health` and `/metrics`, which also have a port of their own. */
export function healthRoutes(facts: Pick<WorkerFacts, "health" | "metrics">): readonly Route[] {
  return [
    {
      method: "GET",
      path: "/health",
      handle: () => {
        const health = facts.health();
        return json(health, statusOf[health.status]);
      },
    },
    {
      method: "GET",
      path: "/metrics",
      isText: true,
      handle: async () => {
        const { text, contentType } = await facts.metrics();
        return new Response(text, { headers: { "content-type": contentType } });
      },
    },
  ];
}

/** `/` with the versions, and the two above. */
export function rootRoutes(facts: WorkerFacts): readonly Route[] {
  const { version, commit } = facts;
  const handle = () => json({ version, commit, kafka_cluster_id: facts.clusterId() ?? null });
  return [{ method: "GET", path: "/", handle }, ...healthRoutes(facts)];
}
