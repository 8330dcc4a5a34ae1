/** Connectors and their configurations. (`ConnectorsResource`) @module */

import { namedConfig, readConfigForm, readCreateForm, readPatchForm } from "./forms/connector_forms.ts";
import type { ConnectorControl, ConnectorInfo } from "./control.ts";
import { type Call, empty, json, type Route } from "./route.ts";

/** List, make, show, change, delete. */
export function connectorRoutes(control: ConnectorControl): readonly Route[] {
  return [
    { method: "GET", path: "/connectors", handle: (call) => json(list(control, call)) },
    {
      method: "POST",
      path: "/connectors",
      handle: async (call) => {
        const { name, config, state } = readCreateForm(await call.json());
        return created(call, await control.create(name, namedConfig(name, config), state));
      },
    },
    { method: "GET", path: "/connectors/:name", handle: (call) => json(control.info(call.param("name"))) },
    {
      method: "DELETE",
      path: "/connectors/:name",
      handle: async (call) => {
        await control.remove(call.param("name"));
        return empty(204);
      },
    },
    ...configRoutes(control),
    {
      method: "GET",
      path: "/connectors/:name/status",
      handle: (call) => json(control.status(call.param("name"))),
    },
  ];
}

function configRoutes(control: ConnectorControl): readonly Route[] {
  const path = "/connectors/:name/config";
  return [
    { method: "GET", path, handle: (call) => json(control.info(call.param("name")).config) },
    {
      method: "PUT",
      path,
      handle: async (call) => {
        const name = call.param("name").trim();
        const { info, isNew } = await control.put(name, namedConfig(name, readConfigForm(await call.json())));
        return isNew ? created(call, info) : json(info);
      },
    },
    {
      method: "PATCH",
      path,
      handle: async (call) => json(await control.patch(call.param("name"), readPatchForm(await call.json()))),
    },
  ];
}

/** `expand` is repeated, not separated by commas; what isn't known adds nothing. (KIP-465) */
function list(control: ConnectorControl, { query }: Call): unknown {
  const expansions = query.getAll("expand");
  if (expansions.length === 0) return control.names();
  return Object.fromEntries(
    control.names().map((name) => [name, {
      ...(expansions.includes("status") ? { status: control.status(name) } : {}),
      ...(expansions.includes("info") ? { info: control.info(name) } : {}),
    }]),
  );
}

/** With the place of the new connector; its tasks are made later. */
function created({ url }: Call, info: ConnectorInfo): Response {
  const origin = /^[^:]+:\/\/[^/?#]*/.exec(url)?.[0] ?? "";
  const location = `${origin}/connectors/${encodedName(info.name)}`;
  return json({ ...info, tasks: [] }, 201, { location });
}

/** Connect leaves a slash as it is, which leads nowhere. */
function encodedName(name: string): string {
  return encodeURIComponent(name).replaceAll("%2B", "+").replaceAll("%26", "&").replaceAll("%3B", ";")
    .replaceAll("%3D", "=");
}
