/** Runs a command as the program does, and then says what the process may still do. @module */

import { giveUpPermissions } from "../../../cli/process/least_permissions.ts";
import { main } from "../../../cli/main.ts";
import { lookAround } from "./look_around.ts";

if (import.meta.main) {
  giveUpPermissions(Deno.args);
  const code = await main(Deno.args);
  console.log(JSON.stringify(lookAround()));
  Deno.exit(code);
}
