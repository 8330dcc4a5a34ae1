import type { MissedErasure, MissedErasures } from "../errors/missed_erasures.ts";
import type { PrometheusText } from "../metrics/prometheus.ts";
import { json, type Route } from "./route.ts";
import type { TroubleForm } from "./troubles.ts";

export interface Health {
  readonly status: "healthy" | "starting" | "degraded" | "unhealthy";
  readonly message: string;
  /** Troubles, and erasures that an operator must do; absent if there are none. */
  readonly details?: HealthDetails;
}

interface HealthDetails {
  readonly troubles?: readonly TroubleForm[];
  readonly erasures_not_done?: readonly ErasuresNotDone[];
}

/** Erasures that a connector didn't do: coordinates of their tombstones. */
export interface ErasuresNotDone {
  readonly connector: string;
  readonly places: readonly (Omit<MissedErasure, "offset"> & { readonly offset: number | string })[];
  /** How many more there are, without coordinates. */
  readonly others: number;
  /** Pass this number to mark these, and no later ones, as done. */
  readonly last: number;
}

/** Returns a connector's open erasures as JSON, or undefined if there are none. */
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

export interface WorkerFacts {
  /** Version of Kafka Connect whose behavior this is, with Sluice's own. */
  readonly version: string;
  readonly commit: string;
  /** Undefined until Kafka has answered. */
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

/** Routes `/health` and `/metrics`, which can also have a port of their own. */
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

/** Routes `/`, `/health` and `/metrics`. (`RootResource`) */
export function rootRoutes(facts: WorkerFacts): readonly Route[] {
  const { version, commit } = facts;
  const handle = () => json({ version, commit, kafka_cluster_id: facts.clusterId() ?? null });
  return [{ method: "GET", path: "/", handle }, ...healthRoutes(facts)];
}
