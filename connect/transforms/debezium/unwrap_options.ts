/** What ExtractNewRecordState is asked to do. @module */

import { ConfigDef, type ConfigValues } from "../../api/config_def.ts";
import { deleteModes } from "./delete_handling.ts";
import { olderKeys } from "./unwrap_older_options.ts";

/** The options of ExtractNewRecordState. */
export const unwrapConfig = ConfigDef.of({
  "delete.tombstone.handling.mode": {
    type: "STRING",
    default: "tombstone",
    importance: "MEDIUM",
    documentation:
      "What becomes of deletes: `drop` drops them and tombstones, `tombstone` makes each a null value, " +
      "`rewrite` keeps the old row and says so in `__deleted`, `rewrite-with-tombstone` passes tombstones too, " +
      "`delete-to-tombstone` makes each a true tombstone.",
    recommended: deleteModes,
  },
  "route.by.field": {
    type: "STRING",
    default: "",
    importance: "LOW",
    documentation: "Field of the row whose text becomes the topic.",
  },
  "add.fields.prefix": {
    type: "STRING",
    default: "__",
    importance: "LOW",
    documentation: "Prefix of fields that `add.fields` adds.",
  },
  "add.fields": {
    type: "LIST",
    default: "",
    importance: "LOW",
    documentation: "Fields of the event to add to the row: `op`, `table`, `source.ts_ms:changed_at`.",
  },
  "add.headers.prefix": {
    type: "STRING",
    default: "__",
    importance: "LOW",
    documentation: "Prefix of headers that `add.headers` adds.",
  },
  "add.headers": {
    type: "LIST",
    default: "",
    importance: "LOW",
    documentation: "Fields of the event to add as headers.",
  },
  "drop.fields.header.name": {
    type: "STRING",
    default: null,
    importance: "LOW",
    documentation: "Header that lists fields to drop from the row.",
  },
  "drop.fields.from.key": {
    type: "BOOLEAN",
    default: "false",
    importance: "LOW",
    documentation: "Whether they are dropped from the key too.",
  },
  "drop.fields.keep.schema.compatible": {
    type: "BOOLEAN",
    default: "true",
    importance: "LOW",
    documentation: "Whether only optional fields are dropped.",
  },
  "schemaless.envelopes": {
    type: "BOOLEAN",
    default: "false",
    importance: "MEDIUM",
    documentation: "Sluice's own: whether change events in JSON without schemas are unwrapped too.",
  },
  ...olderKeys,
});

/** The options as they were parsed. */
export type UnwrapOptions = ConfigValues<typeof unwrapConfig.keys>;
