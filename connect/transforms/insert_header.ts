/** Adds a header with a literal value. @module */

import { ConfigDef } from "../api/config_def.ts";
import { parseString } from "../api/values.ts";
import { notNull } from "./parts/options.ts";
import { CONNECT_TRANSFORMS, readsNothing, wholeRecord } from "./parts/record_part.ts";

/**
 * Adds a header whose type is inferred from its text: `true` is a boolean, `42` an int8, `2026-01-31` a Date,
 * `[1,2]` a list. (`org.apache.kafka.connect.transforms.InsertHeader`,
 * `org.apache.kafka.connect.data.Values.parseString`)
 *
 * @example
 * ```ts
 * import { ConnectRecord } from "../api/record.ts";
 * import { insertHeader } from "./insert_header.ts";
 * const transform = insertHeader.create({ header: "source", "value.literal": "crm" });
 * const record = transform.apply(ConnectRecord.of({ topic: "t" }));
 * if (record?.headers[0]?.value !== "crm") throw new Error("the header is there");
 * ```
 */
export const insertHeader = wholeRecord({
  className: `${CONNECT_TRANSFORMS}InsertHeader`,
  documentation: "Adds a header with a literal value to each record.",
  config: ConfigDef.of({
    "header": {
      type: "STRING",
      importance: "HIGH",
      documentation: "Name of the header to add.",
      check: notNull,
    },
    "value.literal": {
      type: "STRING",
      importance: "HIGH",
      documentation: "Value of the header as text; its type is inferred.",
      check: notNull,
    },
  }),
  reads: () => readsNothing,
  create: ({ header: key, "value.literal": literal }) => {
    const header = { key, ...parseString(literal) };
    return (record) => record.with({ headers: [...record.headers, header] });
  },
});
