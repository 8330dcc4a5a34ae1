/** An error that the server reported, without any text that could quote a row. @module */

import type { Buffer } from "node:buffer";

/** Types of the fields that are kept, and their names in npm:postgres. (PostgreSQL documentation, 53.8) */
const keptFields: Readonly<Record<string, string>> = {
  C: "code",
  R: "routine",
  s: "schema_name",
  t: "table_name",
  c: "column_name",
  d: "data_type_name",
  n: "constraint_name",
};

/** The context of an error quotes values; that there is one tells whose error it is. */
const contextField = "W";

/**
 * Has the fields of the driver's error that `sqlFacts` and `classify` read. Message, detail, hint, context and
 * parameters can quote a row, so they aren't kept.
 */
export class ServerError extends Error {
  override readonly name = "ServerError";

  /** @param statement index of the statement that failed, in its flight */
  constructor(readonly statement: number, fields: Readonly<Record<string, string>>) {
    super(`SQLSTATE ${fields["code"]}`);
    Object.assign(this, fields);
  }
}

/** Reads an ErrorResponse; null if PostgreSQL wouldn't send it. */
export function serverErrorOf(message: Buffer, statement: number): ServerError | null {
  const fields: Record<string, string> = {};
  let at = headerBytes;
  while (at < message.length && message[at] !== 0) {
    const end = message.indexOf(0, at + 1);
    if (end < 0) return null;
    const type = String.fromCharCode(message[at] ?? 0);
    const name = keptFields[type];
    if (name !== undefined) fields[name] = message.toString("utf8", at + 1, end);
    if (type === contextField && end > at + 1) Object.assign(fields, { where: "the error has a context" });
    at = end + 1;
  }
  const isWhole = at === message.length - 1 && /^[0-9A-Z]{5}$/.test(fields["code"] ?? "");
  return isWhole ? new ServerError(statement, fields) : null;
}

/** Whether a prepared statement is gone, or no longer fits its tables. */
export function isStale(error: ServerError): boolean {
  const { code, routine } = error as ServerError & Readonly<Record<string, unknown>>;
  return code === "26000" || (code === "0A000" && routine === "RevalidateCachedQuery");
}

/** The type's letter and the length. */
const headerBytes = 5;
