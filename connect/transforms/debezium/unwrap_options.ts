/** Options of ExtractNewRecordState. @module */

import { ConfigDef, type ConfigValues } from "../../api/config_def.ts";
import { deleteModes } from "./delete_handling.ts";
import { olderKeys } from "./unwrap_older_options.ts";

export const unwrapConfig = ConfigDef.of({
  "delete.tombstone.handling.mode": {
    type: "STRING",
    default: "tombstone",
    importance: "MEDIUM",
    documentation:
      "Handling of deletes: `drop` drops them and tombstones, `tombstone` makes each a null value, " +
      "`rewrite` keeps the old row and sets `__deleted`, `rewrite-with-tombstone` also passes tombstones, " +
      "`delete-to-tombstone` makes each a true tombstone.",
    recommended: deleteModes,
  },
  "route.by.field": {
    type: "STRING",
    default: "",
    importance: "LOW",
    documentation: "Field of the row whose value becomes the topic.",
  },
  "add.fields.prefix": {
    type: "STRING",
    default: "__",
    importance: "LOW",
    documentation: "Prefix of the fields added by `add.fields`.",
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
    documentation: "Prefix of the headers added by `add.headers`.",
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
    documentation: "Whether these fields are also dropped from the key.",
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
    documentation: "Sluice's own: whether change events in JSON without schemas are also unwrapped.",
  },
  ...olderKeys,
});

export type UnwrapOptions = ConfigValues<typeof unwrapConfig.keys>;
