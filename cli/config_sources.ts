/** The machine behind `${env:…}`, `${file:…}` and `${dir:…}`. @module */

import type { ConfigSources } from "../connect/config/config_providers.ts";

/** Variables and files of this process. */
export const systemSources: ConfigSources = {
  variable: (name) => Deno.env.get(name),
  readFile: (path) => Deno.readTextFile(path),
  realPath: (path) => Deno.realPath(path),
};
