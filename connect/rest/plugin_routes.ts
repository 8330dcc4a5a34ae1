/** Plugins, their options, and what a configuration would be. (`ConnectorPluginsResource`) @module */

import { readConfigForm } from "./forms/connector_forms.ts";
import type { PluginControl } from "./control.ts";
import { json, type Route } from "./route.ts";

/** List, options, validate. */
export function pluginRoutes(control: PluginControl): readonly Route[] {
  return [
    {
      method: "GET",
      path: "/connector-plugins",
      // All but `true` is false, and no parameter at all is true.
      handle: ({ query }) =>
        json(control.plugins((query.get("connectorsOnly") ?? "true").toLowerCase() === "true")),
    },
    {
      method: "GET",
      path: "/connector-plugins/:plugin/config",
      handle: (call) => json(control.options(call.param("plugin"), call.query.get("version"))),
    },
    {
      method: "PUT",
      path: "/connector-plugins/:plugin/config/validate",
      handle: async (call) =>
        json(await control.validate(call.param("plugin"), readConfigForm(await call.json()))),
    },
  ];
}
