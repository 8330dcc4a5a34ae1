/** Who this worker is, how it is, and its numbers. (`RootResource`) @module */

import type { MissedErasure, MissedErasures } from "../errors/missed_erasures.ts";
import type { PrometheusText } from "../metrics/prometheus.ts";
import { json, type Route } from "./route.ts";
import type { TroubleForm } from "./troubles.ts";

/** How the worker is, in the words of Connect's `WorkerStatus`. */
export interface Health {
  readonly status: "healthy" | "starting" | "degraded" | "unhealthy";
  readonly message: string;
  /** What an operator has to do although the worker gets somewhere; absent = nothing. */
  readonly details?: HealthDetails;
}

/** Lists that are there where they aren't empty. */
interface HealthDetails {
  /** What is away, and what waits for it. */
  readonly troubles?: readonly TroubleForm[];
  readonly erasures_not_done?: readonly ErasuresNotDone[];
}

/** Erasures of one connector that weren't done: coordinates of their tombstones. */
export interface ErasuresNotDone {
  readonly connector: string;
  readonly places: readonly (Omit<MissedErasure, "offset"> & { readonly offset: number | string })[];
  /** Those whose coordinates aren't kept. */
  readonly others: number;
  /** What marks these, and none that comes meanwhile, as done. */
  readonly last: number;
}

/** Those of one connector, as JSON can have them; undefined where there are none. */
export function erasuresNotDone(
  erasures: Pick<MissedErasures, "of"> | undefined,
  connector: string,
): ErasuresNotDone | undefined {
  if (erasures === undefined) return undefined;
  const { places, others, last } = erasures.of(connector);
  if (places.length === 0 && others === 0) return undefined;
  const shown = places.map((place) => ({ ...place, offset: jsonNumber(place.offset) }));
  return { connector, places: shown, others, last };
}

function jsonNumber(value: bigint): number | string {
  return value <= Number.MAX_SAFE_INTEGER ? Number(value) : String(value);
}

/** What these routes show. */
export interface WorkerFacts {
  /** Kafka Connect's version whose behaviour this is, and Sluice's own. */
  readonly version: string;
  readonly commit: string;
  /** Undefined while Kafka hasn't answered. */
  clusterId(): string | undefined;
  health(): Health;
  metrics(): PrometheusText;
}

const statusOf: Readonly<Record<Health["status"], number>> = {
  healthy: 200,
  degraded: 200,
  starting: 503,
  unhealthy: 500,
};

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
      handle: () => {
        const { text, contentType } = facts.metrics();
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
