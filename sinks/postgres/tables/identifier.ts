import { ConfigException } from "../../../connect/api/exceptions.ts";

/** In bytes. PostgreSQL truncates longer names, so two could become one. */
const identifierBytesMax = 63;

const encoder = new TextEncoder();

/**
 * Quotes a name, or a schema and a name, for use in a statement.
 *
 * @throws ConfigException for an empty name, one longer than 63 bytes, or one with a NUL
 *
 * @example
 * ```ts
 * import { quoteIdentifier } from "./identifier.ts";
 * const name = quoteIdentifier("telesales", 'x"; drop table y; --');
 * if (name !== '"telesales"."x""; drop table y; --"') throw new Error("a quote is doubled");
 * ```
 */
export function quoteIdentifier(...path: readonly string[]): string {
  return path.map(quotePart).join(".");
}

function quotePart(name: string): string {
  const bytes = encoder.encode(name).length;
  if (bytes === 0 || bytes > identifierBytesMax || name.includes("\0")) {
    throw new ConfigException(
      `Cannot use a name in PostgreSQL: Expected 1 to ${identifierBytesMax} bytes without NUL, found ${bytes} bytes`,
    );
  }
  return `"${name.replaceAll('"', '""')}"`;
}
