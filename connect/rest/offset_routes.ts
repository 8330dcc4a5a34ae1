/** A connector's offsets: shown, set, reset. (`ConnectorsResource`, KIP-875) @module */

import type { ConnectorControl } from "./control.ts";
import { offsetsJson, readOffsets } from "./forms/offset_form.ts";
import { json, type Route } from "./route.ts";

/** GET, PATCH and DELETE. */
export function offsetRoutes(control: ConnectorControl): readonly Route[] {
  const path = "/connectors/:name/offsets";
  return [
    {
      method: "GET",
      path,
      handle: async (call) => json(offsetsJson(await control.offsets(call.param("name")))),
    },
    {
      method: "PATCH",
      path,
      handle: async (call) => {
        const wanted = readOffsets(await call.json());
        return json({ message: await control.alterOffsets(call.param("name"), wanted) });
      },
    },
    {
      method: "DELETE",
      path,
      handle: async (call) => json({ message: await control.resetOffsets(call.param("name")) }),
    },
  ];
}
