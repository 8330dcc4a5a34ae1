import type { WantedColumns } from "../../../connect/api/spans.ts";
import type { SinkSettings } from "../options/sink_settings.ts";
import { fieldsRead } from "./fields_read.ts";

/**
 * Returns the columns that the sink wants of a chain that works without values; undefined if it needs values.
 *
 * @example
 * ```ts
 * import { readSinkSettings } from "../options/option_rules.ts";
 * import { wantedColumns } from "./wanted_columns.ts";
 * const settings = readSinkSettings({
 *   "connection.url": "jdbc:postgresql://db/bank2",
 *   "insert.mode": "upsert",
 *   "pk.mode": "record_key",
 *   "pk.fields": "id",
 *   "fields.whitelist": "name",
 * });
 * const wanted = wantedColumns(settings);
 * if (wanted?.key !== "whole" || wanted.values?.join() !== "name") throw new Error("the key, and one field");
 * if (wantedColumns({ ...settings, keyFields: [] }) !== undefined) throw new Error("each key names its columns");
 * ```
 */
export function wantedColumns(settings: SinkSettings): WantedColumns | undefined {
  const { insertMode, keyMode, keyFields, unavailableText, previousKeysField } = settings;
  const isKeyOpen = keyFields.length === 0 && (keyMode === "record_key" || keyMode === "record_value");
  if (insertMode === "update" || unavailableText !== null || isKeyOpen) return undefined;
  const isByKey = keyMode === "record_key";
  // Former keys can be a field of the key, too: a key that is no object has none.
  if (isByKey && keyFields.length > 1 && previousKeysField !== null) return undefined;
  const read = fieldsRead(keyMode === "record_value" ? settings : { ...settings, keyFields: [] });
  return {
    values: read?.flatMap((path) => path),
    key: isByKey ? keyFields.length === 1 ? "whole" : keyFields : "unused",
  };
}
