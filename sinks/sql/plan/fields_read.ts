import type { FieldPaths } from "../../../connect/api/plugins.ts";
import type { SinkSettings } from "../options/sink_settings.ts";

/**
 * Returns the fields that become cells, keys or times; undefined if that depends on the records.
 *
 * @example
 * ```ts
 * import { fieldsRead } from "./fields_read.ts";
 * import { readSinkSettings } from "../options/option_rules.ts";
 * const settings = readSinkSettings({
 *   "connection.url": "jdbc:postgresql://db/bank2",
 *   "pk.mode": "record_value",
 *   "pk.fields": "id",
 *   "fields.whitelist": "name",
 * });
 * if (fieldsRead(settings)?.join() !== "name,id") throw new Error("the key is read, too");
 * if (fieldsRead({ ...settings, whitelist: [] }) !== undefined) throw new Error("any field could be a column");
 * ```
 */
export function fieldsRead(settings: SinkSettings): FieldPaths | undefined {
  const { whitelist, keyMode, keyFields, newest, previousKeysField } = settings;
  const isKeyOpen = keyMode === "record_value" && keyFields.length === 0;
  if (whitelist.length === 0 || isKeyOpen) return undefined;
  const names = [
    ...whitelist,
    ...keyFields,
    ...newest === null ? [] : [newest.timeField, ...newest.ownTimes.map(({ column }) => column)],
    ...newest?.seal == null ? [] : [newest.seal.reopenedAt],
    ...previousKeysField === null ? [] : [previousKeysField],
  ];
  return [...new Set(names)].map((name) => [name]);
}
