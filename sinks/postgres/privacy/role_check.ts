/**
 * Checks whether the worker's role can do more than write the contract.
 *
 * A contract that only the program enforces is as weak as the program. So with `egress.columns` the role itself may
 * write these columns only, and read only the columns that newest wins compares: a stolen login can't read who the
 * customers are.
 *
 * @module
 */

import { ConfigException } from "../../../connect/api/exceptions.ts";
import type { Logger } from "../../../connect/api/ports.ts";
import type { SinkSettings } from "../../sql/options/sink_settings.ts";
import { type TableName, tableNameOf, tableText } from "../../sql/plan/table_name.ts";
import { regclassText } from "../tables/catalog.ts";
import { quoted } from "../tables/cells.ts";
import { quoteIdentifier } from "../tables/identifier.ts";
import { ledgerColumns, ledgerTable, ledgerUpkeep } from "../statements/ledger.ts";
import { offsetTableDefault } from "../offsets/offset_store.ts";
import { type HeldRight, heldRightsSql, type HeldRole, heldRolesSql } from "../statements/role_rights.ts";
import { arrayLiterals } from "../statements/rows.ts";
import type { Session } from "../connection/session.ts";

interface RoleCheckOptions {
  readonly table: TableName;
  readonly settings: SinkSettings;
}

/** What a contract allows the role to do with its table. */
export interface RoleContract {
  readonly writes: ReadonlySet<string>;
  /** The columns of these that may be updated. */
  readonly updates: ReadonlySet<string>;
  readonly reads: ReadonlySet<string>;
  readonly deletes: boolean;
}

/** Most rights that a message lists. */
const shownMax = 12;

/**
 * Returns all rights of the session's role beyond the contract, as texts for messages; empty if there are none. Reads
 * only the catalogs.
 */
export async function excessOfRole(
  session: Session,
  { table, settings }: RoleCheckOptions,
): Promise<readonly string[]> {
  const roles = await session.query<HeldRole>(heldRolesSql);
  const ofRoles = rolesExcess(roles);
  if (roles.some(({ isSelf, isSuperuser }) => isSelf && isSuperuser)) return ofRoles; // a superuser has all other rights too
  const tables = [regclassText(table), quoteIdentifier(offsetTableDefault), quoteIdentifier(ledgerTable)];
  const rights = await session.query<HeldRight>(heldRightsSql, [...tables, ...ownFunctions(settings)]);
  return [...ofRoles, ...rightsExcess(rights, contractOf(settings))];
}

/** Returns a check of the role, run before a table's first use. Without a contract it does nothing. */
export function tableCheck(
  settings: SinkSettings,
  { allowBroadRole, logger }: { readonly allowBroadRole: boolean; readonly logger: Pick<Logger, "warn"> },
): (session: Session, table: TableName) => Promise<void> {
  return async (session, table) => {
    if (settings.egress === null) return;
    const excess = await excessOfRole(session, { table, settings });
    if (excess.length === 0) return;
    if (!allowBroadRole) throw tooBroad(table, excess);
    logger.warn(
      "The role of connection.url may do more than egress.columns: expected the role that the migration creates",
      {
        table: tableText(table),
        excess: excessText(excess),
      },
    );
  };
}

/** The functions that migrations create for a worker, as an array literal. */
function ownFunctions({ retention, fingerprints }: SinkSettings): readonly string[] {
  const of = (name: string | null | undefined, parameters: string) =>
    name == null ? [] : [`${regclassText(tableNameOf(name, ""))}(${parameters})`];
  const names = [
    `${quoteIdentifier(ledgerUpkeep)}(int)`,
    ...of(retention.function, "timestamptz, int"),
    ...of(fingerprints?.rekey?.function, "bytea[], bytea[], text"),
  ];
  return arrayLiterals(names.map((name) => [quoted(name)]));
}

function tooBroad(table: TableName, excess: readonly string[]): ConfigException {
  return new ConfigException(
    `Cannot write to table ${tableText(table)} with egress.columns: the role of connection.url may do more: ${
      excessText(excess)
    }; run deno task migrate and revoke what is left, or give --allow-broad-role where no real person's data is`,
  );
}

/** The rights as one text, shortened. */
function excessText(excess: readonly string[]): string {
  const more = excess.length - shownMax;
  return excess.slice(0, shownMax).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/**
 * Returns what the options allow the role to do.
 *
 * @example
 * ```ts
 * import { readSinkSettings } from "../../sql/options/option_rules.ts";
 * import { contractOf } from "./role_check.ts";
 * const contract = contractOf(readSinkSettings({
 *   "connection.url": "postgres://writer@db/bank2",
 *   "table.name.format": "people",
 *   "insert.mode": "upsert",
 *   "pk.mode": "record_key",
 *   "pk.fields": "id",
 *   "fields.whitelist": "name,at",
 *   "egress.columns": "id,name,at",
 *   "newest.wins.field": "at",
 * }));
 * if (contract.reads.has("name") || !contract.reads.has("at")) throw new Error("only what decides is read");
 * ```
 */
export function contractOf(settings: SinkSettings): RoleContract {
  const { egress, deletes } = settings;
  const writes = egress ?? new Set<string>();
  return {
    writes,
    updates: updatedColumns(writes, settings),
    reads: new Set(readColumns(settings)),
    deletes,
  };
}

/**
 * With a re-keying function the worker may not update the key itself: a new key would take a row's marks away from its
 * subject.
 */
function updatedColumns(
  writes: ReadonlySet<string>,
  { newest, keyFields, fingerprints, previousKeysField }: SinkSettings,
): ReadonlySet<string> {
  const isMarked = newest?.seal != null;
  const rekeysItself = previousKeysField !== null && fingerprints?.rekey == null;
  return isMarked && !rekeysItself ? writes.difference(new Set(keyFields)) : writes;
}

/** Columns that a statement compares or takes from EXCLUDED: PostgreSQL requires the right to read them. */
function readColumns({ newest, keyFields, insertMode, egress, fingerprints }: SinkSettings) {
  const always = [...keyFields, ...fingerprints === null ? [] : [fingerprints.column]];
  if (newest === null) return insertMode === "upsert" ? [...always, ...egress ?? []] : always;
  const { timeField, ownTimes, position, seal } = newest;
  return [
    ...always,
    timeField,
    ...ownTimes.flatMap(({ column, timeColumn }) => [column, timeColumn]),
    ...position ?? [],
    ...seal === null ? [] : [seal.sealedAt, seal.reopenedAt, seal.blockedAt],
  ];
}

function rolesExcess(roles: readonly HeldRole[]): readonly string[] {
  const self = roles.find(({ isSelf }) => isSelf);
  if (self?.isSuperuser === true) return ["SUPERUSER"];
  return roles.flatMap(({ name, isSelf, isSuperuser, attributes }) => {
    const of = isSelf ? "" : ` of role ${name}`;
    return [
      ...isSuperuser ? [`SUPERUSER${of}`] : [],
      ...attributes.split(" ").filter((attribute) => attribute !== "").map((attribute) => attribute + of),
      ...!isSelf && name.startsWith("pg_") ? [`membership in ${name}`] : [],
    ];
  });
}

/** Returns the rights beyond a contract in words, each once. */
export function rightsExcess(rights: readonly HeldRight[], contract: RoleContract): readonly string[] {
  return [...new Set(rights.filter((right) => !isAllowed(right, contract)).map(rightText))];
}

function isAllowed(right: HeldRight, contract: RoleContract): boolean {
  const { kind, place, privilege, isGrantable, isPublic, isFixed } = right;
  if (isGrantable) return false;
  switch (kind) {
    case "schema":
      return privilege === "USAGE";
    case "database": // TEMPORARY is what a database gives everybody
      return privilege === "CONNECT" || (privilege === "TEMPORARY" && isPublic);
    case "function":
      return isFixed && place === "function";
    case "relation":
      return isAllowedOn(right, contract);
    default:
      return false;
  }
}

function isAllowedOn({ place, column, privilege }: HeldRight, contract: RoleContract): boolean {
  if (place === "offsets") return ["SELECT", "INSERT", "UPDATE"].includes(privilege);
  if (place === "ledger") {
    return privilege === "INSERT" && ledgerColumns.some((name) => name === column);
  }
  if (place !== "contract") return false;
  if (privilege === "DELETE") return contract.deletes;
  const columns = { SELECT: contract.reads, INSERT: contract.writes, UPDATE: contract.updates };
  return isOneOf(columns, privilege) && column !== null && columns[privilege].has(column);
}

function isOneOf<T extends object>(names: T, name: PropertyKey): name is keyof T {
  return Object.hasOwn(names, name);
}

function rightText({ kind, object, column, privilege, isGrantable, isPublic }: HeldRight): string {
  if (kind === "owner") return `ownership of ${object}`;
  const what = column === null ? privilege : `${privilege} (${column})`;
  const grantable = isGrantable ? " with grant option" : "";
  return `${what} on ${object}${grantable}${isPublic ? " by PUBLIC" : ""}`;
}
