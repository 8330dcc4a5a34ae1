/** PostgreSQL for Sluice's commands. Their code is loaded when it is first used. @module */

import type { OffsetsRequest } from "../../connect/api/plugins.ts";
import type { SqlDatabase } from "../sql/database.ts";
import { parseConnectionUrl } from "./connection/connection_url.ts";

const commands = () => import("./database_commands.ts");

/** The database behind the PostgreSQL sink. */
export const postgresDatabase: SqlDatabase = {
  checkUrl: (url, option) => void parseConnectionUrl(url, { option }),
  offsets: async (source) => await (await commands()).readOwnOffsets(source),
  asOwner: async (props, command, work) => await (await commands()).asOwner(props, command, work),
  openReplayed: async (source) =>
    await (await import("./offsets/replayed_letters.ts")).openReplayedLetters(source),
  migrate: async (request) => await (await commands()).migrateDatabase(request),
};

/** Changes the offsets in the database; returns false if it has none. */
export async function alterOwnOffsets(request: OffsetsRequest): Promise<boolean> {
  return await (await commands()).alterOwnOffsets(request);
}
