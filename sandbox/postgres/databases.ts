/** Creates and drops databases on a server as its superuser. @module */

import postgres from "postgres";

/** Returns the URL with another database. */
export function databaseUrl(url: string, name: string): string {
  const other = new URL(url);
  other.pathname = `/${name}`;
  return other.href;
}

/** Creates a database, optionally as a copy of one without connections, and returns its URL. */
export async function createDatabase(superuserUrl: string, name: string, template?: string): Promise<string> {
  const copied = template === undefined ? "" : ` template ${quoted(template)}`;
  await runStatement(superuserUrl, `create database ${quoted(name)}${copied}`);
  return databaseUrl(superuserUrl, name);
}

/** Drops a database if it exists, closing its connections. */
export async function dropDatabase(superuserUrl: string, name: string): Promise<void> {
  await runStatement(superuserUrl, `drop database if exists ${quoted(name)} with (force)`);
}

async function runStatement(url: string, statement: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await sql.unsafe(statement);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
