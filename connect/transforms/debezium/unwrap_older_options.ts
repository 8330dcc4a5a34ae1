/**
 * Options of ExtractNewRecordState that Debezium had before `delete.tombstone.handling.mode`. Those that say what a
 * delete means are honoured as Debezium 2.x did (`LegacyDeleteHandlingStrategy`); the others are refused, with the
 * option to write instead.
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

/** Their declarations. */
export const olderKeys = {
  "drop.tombstones": {
    type: "BOOLEAN",
    default: null,
    importance: "LOW",
    documentation:
      `Of Debezium before 3.0, still honoured: whether tombstones are dropped. Write \`${newName}\`.`,
  },
  "delete.handling.mode": {
    type: "STRING",
    default: null,
    importance: "LOW",
    documentation:
      "Of Debezium before 3.0, still honoured: `drop` drops deletes, `none` makes each a null value, `rewrite` keeps " +
      `the old row. Write \`${newName}\`.`,
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

/** An option of Debezium before 1.2, which asks for something only if it isn't empty or false. */
function refused(instead: string): ConfigKey<"STRING", null> {
  const isIdle = (name: string, text: string) => text === "" || (name !== "drop.deletes" && text === "false");
  return {
    type: "STRING",
    default: null,
    importance: "LOW",
    documentation: `Of Debezium before 1.2, refused: write \`${instead.split(",")[0]}\`.`,
    check: (name, value) =>
      value === null || isIdle(name, String(value).trim().toLowerCase())
        ? undefined
        : `Invalid value ${value} for configuration ${name}: Debezium no longer has the option; write ${instead}`,
  };
}

/**
 * What the older options say of deletes; undefined if none of them is set.
 *
 * @throws ConfigException if the newer one is set too, since only one can be meant
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
    deletes: olderModes[mode] ?? "drop", // others are refused by their check
    tombstones: (props["drop.tombstones"] ?? "true").trim().toLowerCase() === "false" ? "pass" : "drop",
  };
}

function isTaken(name: typeof olderNames[number], text: string): boolean {
  const word = text.trim().toLowerCase();
  return name === "drop.tombstones" ? word === "true" || word === "false" : olderModes[word] !== undefined;
}

/** What to write instead of the older options, by option; empty if none is set. */
export function olderWarnings(props: Props): ReadonlyMap<string, string> {
  const given = olderNames.filter((name) => props[name] !== undefined);
  const isWrong = given.some((name) => !isTaken(name, props[name] ?? ""));
  if (given.length === 0 || isWrong || props[newName] !== undefined) return new Map();
  const handling = olderHandling(props);
  const mode = handling === undefined ? undefined : modeOf(handling);
  const instead = mode === undefined
    ? `${newName}=delete-to-tombstone, which makes one tombstone of each delete`
    : `${newName}=${mode}, which means the same`;
  return new Map(given.map((name) => [name, `is of an older Debezium and still honoured: write ${instead}`]));
}
