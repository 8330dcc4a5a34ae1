/** Environment variables and files behind `${env:…}`, `${file:…}` and `${dir:…}`. @module */

import type { ConfigSources } from "../../connect/config/references/config_providers.ts";
import { variable } from "./environment.ts";

/** Reads variables and files of this process. */
export const systemSources: ConfigSources = {
  variable,
  readFile: (path) => Deno.readTextFile(path),
  realPath: (path) => Deno.realPath(path),
};
