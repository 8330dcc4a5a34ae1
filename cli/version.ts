/** The version of the program, from `deno.json`. @module */

import config from "../deno.json" with { type: "json" };

/** As `--version` prints it. */
export const version: string = config.version;
