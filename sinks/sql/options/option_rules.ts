/** Problems between the options of a SQL sink. @module */

import { invalidValue } from "../../../connect/api/config_def.ts";
import { ConfigException } from "../../../connect/api/exceptions.ts";
import { SECRET_BYTES_MIN } from "../../../connect/api/keyed_hash.ts";
import type { Props } from "../../../connect/api/sink_task.ts";
import { formProblems } from "./record_forms.ts";
import { foreignOptionProblems } from "./foreign_options.ts";
import { type SqlSinkConfig, sqlSinkConfig } from "./sink_keys.ts";
import { secretsIn, settingsOf, type SinkSettings } from "./sink_settings.ts";
import { isOneTable } from "../plan/table_name.ts";

/** Errors by option. */
export type OptionProblems = ReadonlyMap<string, readonly string[]>;

/**
 * Parses the options of a SQL sink.
 *
 * @throws ConfigException for the first problem
 *
 * @example
 * ```ts
 * import { readSinkSettings } from "./option_rules.ts";
 * const settings = readSinkSettings({
 *   "connection.url": "postgres://writer@db/bank2",
 *   "insert.mode": "upsert",
 *   "pk.mode": "record_value",
 *   "pk.fields": "id",
 *   "newest.wins.field": "updated_at",
 *   "newest.wins.columns": "region:region_at",
 * });
 * if (settings.newest?.ownTimes[0]?.timeColumn !== "region_at") throw new Error("column:time_column");
 * ```
 */
export function readSinkSettings(props: Props): SinkSettings {
  const config = sqlSinkConfig.parse(props);
  const problem = [...optionProblems(props).values()].flat()[0];
  if (problem !== undefined) throw new ConfigException(problem);
  return settingsOf(config, props);
}

/**
 * Returns all problems between options, with options of the JDBC sinks that this one lacks, and with converters whose
 * records have no fields. Never throws.
 */
export function sinkProblems(props: Props): OptionProblems {
  const problems = new Map(optionProblems(props));
  for (const [name, texts] of formTexts(props)) problems.set(name, [...problems.get(name) ?? [], ...texts]);
  return problems;
}

function optionProblems(props: Props): OptionProblems {
  const problems = new Map(foreignOptionProblems(props));
  for (const [name, why] of crossProblems(props)) {
    const shown = sqlSinkConfig.keys[name].type === "PASSWORD" ? "[hidden]" : props[name] ?? "";
    problems.set(name, [...problems.get(name) ?? [], invalidValue(name, shown, why).message]);
  }
  return problems;
}

type Problem = readonly [option: keyof SqlSinkConfig, why: string];

/** Problems with converters that would stop the task at its first record. */
function formTexts(props: Props): OptionProblems {
  try {
    const settings = settingsOf(sqlSinkConfig.parse(props), props);
    return new Map(
      formProblems(settings, props).map(([name, why]) => [
        name,
        [invalidValue(name, props[name] ?? "", why).message],
      ]),
    );
  } catch (error) {
    if (error instanceof ConfigException) return new Map(); // the option's own error
    throw error;
  }
}

function crossProblems(props: Props): readonly Problem[] {
  let config: SqlSinkConfig;
  let settings: SinkSettings;
  try {
    config = sqlSinkConfig.parse(props);
    settings = settingsOf(config, props);
  } catch (error) {
    if (error instanceof ConfigException) return shortSecrets(props); // otherwise the option's own error
    throw error;
  }
  return [
    ...keyProblems(settings),
    ...egressProblems(settings),
    ...newestProblems(config, settings),
    ...fingerprintProblems(config),
    ...retentionProblems(config),
  ];
}

function keyProblems({ insertMode, keyMode, keyFields, deletes }: SinkSettings): readonly Problem[] {
  const found: Problem[] = [];
  if (deletes && keyMode !== "record_key") {
    found.push(["pk.mode", "Deletes are only supported for pk.mode record_key"]);
  }
  if (insertMode !== "insert" && keyMode === "none") {
    found.push(["pk.mode", `insert.mode ${insertMode} needs a primary key`]);
  }
  if (keyMode === "none" && keyFields.length > 0) {
    found.push(["pk.fields", "Must be empty when pk.mode is none"]);
  }
  if (keyMode === "kafka" && keyFields.length !== 3) {
    found.push(["pk.fields", "Must be empty or exactly 3 fields when pk.mode is kafka"]);
  }
  if (new Set(keyFields).size !== keyFields.length) found.push(["pk.fields", "Expected each field once"]);
  return found;
}

function egressProblems(settings: SinkSettings): readonly Problem[] {
  const { egress, whitelist, tableNameFormat } = settings;
  if (egress === null) return [];
  if (whitelist.length === 0) {
    return [["egress.columns", "Needs fields.whitelist, so that the written columns are known"]];
  }
  if (!isOneTable(tableNameFormat)) {
    return [[
      "egress.columns",
      "Needs a table.name.format of one table, so that the role's rights can be checked",
    ]];
  }
  const outside = plannedColumns(settings).filter((name) => !egress.has(name));
  return outside.length === 0
    ? []
    : [["egress.columns", `Other options would also write ${outside.join(", ")}`]];
}

function newestProblems(
  config: SqlSinkConfig,
  { newest, insertMode, keyMode }: SinkSettings,
): readonly Problem[] {
  const found: Problem[] = [];
  const [own, position] = [config["newest.wins.columns"], config["source.position.columns"]];
  if (own.some((pair) => !/^[^:]+:[^:]+$/.test(pair))) {
    found.push(["newest.wins.columns", "Expected column:time_column"]);
  }
  if (position.length !== 0 && position.length !== 3) {
    found.push(["source.position.columns", "Expected three columns, for topic, partition and offset"]);
  }
  if (newest === null) {
    for (const option of ["newest.wins.columns", "source.position.columns", "erasure.topics"] as const) {
      if (config[option].length > 0) found.push([option, "Needs newest.wins.field"]);
    }
    return found;
  }
  if (insertMode !== "upsert") found.push(["newest.wins.field", "Needs insert.mode=upsert"]);
  if (config["delete.enabled"]) {
    found.push([
      "delete.enabled",
      "A deleted row forgets its time: with newest.wins.field use erasure.topics",
    ]);
  }
  if (newest.seal === null) return found;
  if (keyMode !== "record_key") found.push(["erasure.topics", "Needs pk.mode=record_key"]);
  if (config["erasure.columns"].length !== 3) {
    found.push(["erasure.columns", "Expected three columns: of the seal, of its reopening and of the block"]);
  }
  return found;
}

function fingerprintProblems(config: SqlSinkConfig): readonly Problem[] {
  const hasColumn = config["key.fingerprint.column"] !== null;
  const lacksSecret = hasColumn && config["key.secret"] === null;
  const lacksColumn = config["key.rekey.function"] !== null && !hasColumn;
  return [
    ...lacksSecret ? [["key.fingerprint.column", "Needs key.secret"] as const] : [],
    ...lacksColumn ? [["key.rekey.function", "Needs key.fingerprint.column"] as const] : [],
  ];
}

function retentionProblems(config: SqlSinkConfig): readonly Problem[] {
  if (config["contact.retention.days"] === null) return [];
  const needs = ["contact.retention.function", "newest.wins.field"] as const;
  return needs.filter((name) => config[name] === null)
    .map((name) => ["contact.retention.days", `Needs ${name}`] as const);
}

/** A secret that is too short makes no hash, so the other rules can't be checked. */
function shortSecrets(props: Props): readonly Problem[] {
  const options = ["key.secret", "key.secret.previous"] as const;
  return options.filter((option) => props[option] !== undefined && hasShortSecret(option, props)).map(
    (option) => [option, `Expected secrets of at least ${SECRET_BYTES_MIN} bytes`],
  );
}

function hasShortSecret(option: "key.secret" | "key.secret.previous", props: Props): boolean {
  return secretsIn(option, props[option] ?? "").some((secret) =>
    new TextEncoder().encode(secret).length < SECRET_BYTES_MIN
  );
}

/** The columns that the options write, as far as they are known. */
function plannedColumns(settings: SinkSettings): readonly string[] {
  const { newest, fingerprints, previousKeysField } = settings;
  return [
    ...new Set([
      ...settings.keyFields,
      ...settings.whitelist.filter((name) => name !== previousKeysField),
      ...newest === null ? [] : [newest.timeField, ...newest.position ?? []],
      ...newest?.ownTimes.flatMap(({ column, timeColumn }) => [column, timeColumn]) ?? [],
      ...newest?.seal == null ? [] : [newest.seal.sealedAt, newest.seal.reopenedAt],
      ...fingerprints === null ? [] : [fingerprints.column],
    ]),
  ];
}
