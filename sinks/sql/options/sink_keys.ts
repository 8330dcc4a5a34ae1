/** All options of SQL sinks: the JDBC sinks' first, then Sluice's own. @module */

import { ConfigDef, type ConfigValues } from "../../../connect/api/config_def.ts";
import { connectionKeys, mappingKeys, writeKeys } from "./jdbc_keys.ts";
import { retryKeys } from "./retry_keys.ts";
import { deliveryKeys, newestKeys, privacyKeys, sourceKeys } from "./sluice_keys.ts";

const keys = {
  ...connectionKeys,
  ...writeKeys,
  ...mappingKeys,
  ...sourceKeys,
  ...retryKeys,
  ...deliveryKeys,
  ...newestKeys,
  ...privacyKeys,
} as const;

/**
 * The options of a SQL sink.
 *
 * @example
 * ```ts
 * import { sqlSinkConfig } from "./sink_keys.ts";
 * const options = sqlSinkConfig.parse({ "connection.url": "postgres://writer@db/bank2" });
 * if (options["insert.mode"] !== "insert" || options["batch.size"] !== 3000) throw new Error("the JDBC sink's defaults");
 * ```
 */
export const sqlSinkConfig = ConfigDef.of(keys);

export type SqlSinkConfig = ConfigValues<typeof keys>;
