import { postgresSinkWorld } from "../support/sinks/postgres_sink_world.ts";
import { sharedWorld } from "../support/world.ts";
import { sinkContract } from "./sink_contract.ts";
import { sinkOrderContract } from "./sink_order_contract.ts";

await sharedWorld();

sinkContract("PostgreSQL", () => postgresSinkWorld());
sinkOrderContract("PostgreSQL", () => postgresSinkWorld());
