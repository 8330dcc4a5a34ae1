/** Drops records. @module */

import { ConfigDef } from "../api/config_def.ts";
import { CONNECT_TRANSFORMS, readsNothing, wholeRecord } from "./parts/record_part.ts";

/**
 * Drops every record it is given, so it is only useful with a predicate. A dropped record's offset still counts
 * as delivered. (`org.apache.kafka.connect.transforms.Filter`)
 *
 * @example
 * ```ts
 * import { ConnectRecord } from "../api/record.ts";
 * import { filter } from "./filter.ts";
 * if (filter.create({}).apply(ConnectRecord.of({ topic: "t" })) !== null) throw new Error("nothing passes");
 * ```
 */
export const filter = wholeRecord({
  className: `${CONNECT_TRANSFORMS}Filter`,
  documentation: "Drops all records; meant to be used with a predicate.",
  config: ConfigDef.of({}),
  reads: () => readsNothing,
  create: () => () => null,
});
