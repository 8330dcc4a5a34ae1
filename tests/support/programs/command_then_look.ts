/** Runs a command as the program does, then prints the process' permissions. @module */

import { giveUpPermissions } from "../../../cli/process/least_permissions.ts";
import { main } from "../../../cli/main.ts";
import { lookAround } from "./look_around.ts";

if (import.meta.main) {
  giveUpPermissions(Deno.args);
  const code = await main(Deno.args);
  console.log(JSON.stringify(lookAround()));
  Deno.exit(code);
}
