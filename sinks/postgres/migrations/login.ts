/** The role a worker logs in as: made if missing, and given its connector's rights. @module */

import type postgres from "postgres";
import { grantRoleSql, loginSql, roleSql } from "../statements/migrations.ts";
import type { SqlSession } from "../offsets/offset_store.ts";
import { scramVerifier } from "../connection/scram_verifier.ts";
import { sqlFacts } from "../connection/sqlstate.ts";

/** Who the worker is, as its connection.url says. */
export interface WorkerLogin {
  readonly user: string;
  readonly password: string | null;
}

/**
 * Roles belong to the server and are never changed once they can log in: a password is set only on the role that is
 * made here, or on the writer role itself while it is a mere group. The password itself is never sent.
 */
export async function ensureLogin(
  sql: postgres.Sql,
  worker: WorkerLogin,
  writer: string,
): Promise<"made" | "there"> {
  for (let triesLeft = raceTriesMax;; triesLeft--) {
    try {
      return await sql.begin((tx) => ensureOnce(tx, worker, writer)) as "made" | "there";
    } catch (error) {
      if (triesLeft === 0 || !isRace(error)) throw error;
    }
  }
}

/** Databases of one server share its roles, so another migration may do the same in another database right now. */
const raceTriesMax = 5;
const raceStates: ReadonlySet<string | null> = new Set(["42710", "23505", "XX000"]);

function isRace(error: unknown): boolean {
  return raceStates.has(sqlFacts(error).sqlstate);
}

async function ensureOnce(tx: SqlSession, worker: WorkerLogin, writer: string): Promise<"made" | "there"> {
  const login = await findRole(tx, worker.user);
  const mayLogIn = login?.rolcanlogin === true;
  if (login === undefined || (!mayLogIn && worker.user === writer)) {
    await makeLogin(tx, worker, login !== undefined);
  }
  const isMember = login?.rolsuper === true || worker.user === writer;
  if (!isMember && await findRole(tx, writer) !== undefined) {
    await tx.unsafe(grantRoleSql(writer, worker.user));
  }
  return mayLogIn ? "there" : "made";
}

interface Role {
  readonly rolcanlogin: boolean;
  readonly rolsuper: boolean;
}

async function findRole(tx: SqlSession, name: string): Promise<Role | undefined> {
  const [role] = await tx.unsafe<Role[]>(roleSql, [name]);
  return role;
}

async function makeLogin(tx: SqlSession, { user, password }: WorkerLogin, exists: boolean): Promise<void> {
  const verifier = password === null ? null : scramVerifier(password);
  await tx.unsafe(loginSql(exists ? "alter" : "create", user, verifier));
}
