import { ConfigException } from "../../../connect/api/exceptions.ts";

/** A table; without a schema the session's search path finds it. */
export interface TableName {
  readonly schema: string | null;
  readonly name: string;
}

const partsMax = 2;

/**
 * Returns the table of a topic by `table.name.format`: `${topic}` is the topic, and a dot outside of double quotes
 * separates schema and table. So a topic with a dot names a schema, as in the JDBC sink, unless the format is
 * `"${topic}"`. (`JdbcDbWriter.destinationTable`, `DatabaseDialect.parseTableIdentifier`)
 *
 * @throws ConfigException if the result isn't one or two names
 *
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

/** Returns a table's name, for messages. */
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
