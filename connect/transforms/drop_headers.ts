/** Removes headers by name. @module */

import { ConfigDef } from "../api/config_def.ts";
import { someDistinct } from "./parts/options.ts";
import { CONNECT_TRANSFORMS, readsNothing, wholeRecord } from "./parts/record_part.ts";

/**
 * Removes every header with one of the given names, which must match exactly.
 * (`org.apache.kafka.connect.transforms.DropHeaders`)
 *
 * @example
 * ```ts
 * import { ConnectRecord } from "../api/record.ts";
 * import { dropHeaders } from "./drop_headers.ts";
 * const headers = [{ key: "trace", schema: null, value: "x" }, { key: "kept", schema: null, value: "y" }];
 * const record = dropHeaders.create({ headers: "trace" }).apply(ConnectRecord.of({ topic: "t", headers }));
 * if (record?.headers.length !== 1) throw new Error("the other header stays");
 * ```
 */
export const dropHeaders = wholeRecord({
  className: `${CONNECT_TRANSFORMS}DropHeaders`,
  documentation: "Removes headers by name.",
  config: ConfigDef.of({
    headers: {
      type: "LIST",
      importance: "HIGH",
      documentation: "Names of the headers to remove.",
      check: someDistinct,
    },
  }),
  reads: () => readsNothing,
  create: ({ headers }) => {
    const dropped = new Set(headers);
    return (record) => {
      const kept = record.headers.filter((header) => !dropped.has(header.key));
      return kept.length === record.headers.length ? record : record.with({ headers: kept });
    };
  },
});
