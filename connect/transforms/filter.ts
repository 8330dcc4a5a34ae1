/** Drops records. @module */

import { ConfigDef } from "../api/config_def.ts";
import { CONNECT_TRANSFORMS, readsNothing, wholeRecord } from "./parts/record_part.ts";

/**
 * Drops every record, so use it with a predicate. The offset of a dropped record counts as delivered.
 * (`org.apache.kafka.connect.transforms.Filter`)
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
  documentation: "Drops all records; use it with a predicate.",
  config: ConfigDef.of({}),
  reads: () => readsNothing,
  create: () => () => null,
});
