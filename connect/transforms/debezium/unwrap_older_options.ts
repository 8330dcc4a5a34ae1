/**
 * Options that ExtractNewRecordState had before `delete.tombstone.handling.mode`. Those about deletes work as
 * in Debezium 2.x (`LegacyDeleteHandlingStrategy`); the others are refused with the option to use instead.
 *
 * @module
 */

import type { ConfigKey } from "../../api/config_def.ts";
import { ConfigException } from "../../api/exceptions.ts";
import type { Props } from "../../api/sink_task.ts";
import { type DeleteHandling, modeOf } from "./delete_handling.ts";

const newName = "delete.tombstone.handling.mode";
const olderNames = ["drop.tombstones", "delete.handling.mode"] as const;

/** What `delete.handling.mode` makes of a delete event. */
const olderModes: Readonly<Record<string, DeleteHandling["deletes"]>> = {
  drop: "drop",
  none: "null_row",
  rewrite: "rewrite",
};

export const olderKeys = {
  "drop.tombstones": {
    type: "BOOLEAN",
    default: null,
    importance: "LOW",
    documentation:
      `Option of Debezium before 3.0, still supported: whether tombstones are dropped. Use instead: \`${newName}\`.`,
  },
  "delete.handling.mode": {
    type: "STRING",
    default: null,
    importance: "LOW",
    documentation:
      "Option of Debezium before 3.0, still supported: `drop` drops deletes, `none` makes each a null value, `rewrite` keeps " +
      `the old row. Use instead: \`${newName}\`.`,
    recommended: Object.keys(olderModes),
    check: (name: string, value: unknown) =>
      value === null || olderModes[String(value).trim().toLowerCase()] !== undefined
        ? undefined
        : `Invalid value ${value} for configuration ${name}: Expected one of ${
          Object.keys(olderModes).join(", ")
        }, or ${newName} instead of it`,
  },
  "drop.deletes": refused("delete.tombstone.handling.mode=drop, or tombstone for false"),
  "operation.header": refused("add.headers=op, which adds the header __op"),
  "add.source.fields": refused("add.fields=source.NAME, which adds the field __source_NAME"),
} as const satisfies Readonly<Record<string, ConfigKey>>;

/** Declares an option of Debezium before 1.2. It is refused unless it is empty or false. */
function refused(instead: string): ConfigKey<"STRING", null> {
  const isIdle = (name: string, text: string) => text === "" || (name !== "drop.deletes" && text === "false");
  return {
    type: "STRING",
    default: null,
    importance: "LOW",
    documentation: `Option of Debezium before 1.2, no longer supported; use \`${instead.split(",")[0]}\`.`,
    check: (name, value) =>
      value === null || isIdle(name, String(value).trim().toLowerCase())
        ? undefined
        : `Invalid value ${value} for configuration ${name}: Debezium no longer has the option; write ${instead}`,
  };
}

/**
 * Returns the handling that the older options set, or undefined if none is set.
 *
 * @throws ConfigException if the newer option is set too
 * @example
 * ```ts
 * import { olderHandling } from "./unwrap_older_options.ts";
 * const handling = olderHandling({ "delete.handling.mode": "none" });
 * if (handling?.deletes !== "null_row" || handling.tombstones !== "drop") throw new Error("drop.tombstones is true by default");
 * ```
 */
export function olderHandling(props: Props): DeleteHandling | undefined {
  const given = olderNames.filter((name) => props[name] !== undefined);
  if (given.length === 0) return undefined;
  if (props[newName] !== undefined) {
    throw new ConfigException(
      `Cannot use ${
        given.join(" and ")
      } together with ${newName}: expected only one kind; leave ${newName}, ` +
        "which replaces the others",
    );
  }
  const mode = (props["delete.handling.mode"] ?? "drop").trim().toLowerCase();
  return {
    deletes: olderModes[mode] ?? "drop", // the option's check refuses other modes
    tombstones: (props["drop.tombstones"] ?? "true").trim().toLowerCase() === "false" ? "pass" : "drop",
  };
}

function isTaken(name: typeof olderNames[number], text: string): boolean {
  const word = text.trim().toLowerCase();
  return name === "drop.tombstones" ? word === "true" || word === "false" : olderModes[word] !== undefined;
}

/** Returns the replacements of the older options that are set, by option. */
export function olderWarnings(props: Props): ReadonlyMap<string, string> {
  const given = olderNames.filter((name) => props[name] !== undefined);
  const isWrong = given.some((name) => !isTaken(name, props[name] ?? ""));
  if (given.length === 0 || isWrong || props[newName] !== undefined) return new Map();
  const handling = olderHandling(props);
  const mode = handling === undefined ? undefined : modeOf(handling);
  const instead = mode === undefined
    ? `${newName}=delete-to-tombstone, which makes one tombstone of each delete`
    : `${newName}=${mode}, which means the same`;
  return new Map(
    given.map((name) => [name, `is an older Debezium option, still supported: write ${instead}`]),
  );
}
