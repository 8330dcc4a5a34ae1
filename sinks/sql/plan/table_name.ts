/** Which table a topic's records belong to. @module */

import { ConfigException } from "../../../connect/api/exceptions.ts";

/** A table; without a schema the session's search path finds it. */
export interface TableName {
  readonly schema: string | null;
  readonly name: string;
}

const partsMax = 2;

/**
 * The table of a topic by `table.name.format`: `${topic}` stands for the topic, a dot outside of double quotes
 * divides schema and table. A topic with a dot in it thus names a schema, as in the JDBC sink, unless the format
 * says `"${topic}"`. (`JdbcDbWriter.destinationTable`, `DatabaseDialect.parseTableIdentifier`)
 *
 * @throws ConfigException where that isn't one or two names
 * @example
 * ```ts
 * import { tableNameOf } from "./table_name.ts";
 * const table = tableNameOf("crm.${topic}", "people");
 * if (table.schema !== "crm" || table.name !== "people") throw new Error("a dot divides schema and table");
 * if (tableNameOf('"${topic}"', "a.b").name !== "a.b") throw new Error("not within quotes");
 * ```
 */
export function tableNameOf(format: string, topic: string): TableName {
  const parts = split(format).map((part) => fill(part, topic)).flat();
  if (parts.length > partsMax || parts.some((part) => part === "")) {
    throw new ConfigException(
      `Cannot use table.name.format ${format} for topic ${topic}: Expected a table, or a schema and a table with a dot between`,
    );
  }
  const [first = "", second] = parts;
  return second === undefined ? { schema: null, name: first } : { schema: first, name: second };
}

/** Whether the format gives every topic the same table. */
export function isOneTable(format: string): boolean {
  return !format.includes("${topic}");
}

/** A table's name for messages. */
export function tableText(table: TableName): string {
  return table.schema === null ? table.name : `${table.schema}.${table.name}`;
}

interface FormatPart {
  readonly text: string;
  readonly isQuoted: boolean;
}

function split(format: string): readonly FormatPart[] {
  const parts = format.match(/"(?:[^"]|"")*"|[^.]+/g) ?? [];
  return parts.map((part) =>
    /^".*"$/s.test(part)
      ? { text: part.slice(1, -1).replaceAll('""', '"'), isQuoted: true }
      : { text: part, isQuoted: false }
  );
}

function fill({ text, isQuoted }: FormatPart, topic: string): readonly string[] {
  const filled = text.replaceAll("${topic}", () => topic);
  return isQuoted || !text.includes("${topic}") ? [filled] : filled.split(".");
}
