import { ConfigException } from "../api/exceptions.ts";
import type { Props } from "../api/sink_task.ts";
import type { PluginRegistry } from "../config/plugin_registry.ts";
import { keepSecrets, withChanges } from "../config/references/masking.ts";
import type { ConnectorInfo, Herder } from "../runtime/herder/herder.ts";
import { infoJson, secretOptions, statusJson } from "./connector_json.ts";
import {
  bounded,
  namedConfig,
  readConfigForm,
  readCreateForm,
  readPatchForm,
} from "./forms/connector_forms.ts";
import { type Call, empty, json, type Route } from "./route.ts";

/** Routes that list, create, show, change and delete connectors. (`ConnectorsResource`) */
export function connectorRoutes(herder: Herder, plugins: PluginRegistry): readonly Route[] {
  const shown = (info: ConnectorInfo) => infoJson(info, plugins);
  return [
    { method: "GET", path: "/connectors", handle: (call) => json(list(herder, plugins, call)) },
    {
      method: "POST",
      path: "/connectors",
      handle: async (call) => {
        const { name, config, targetState } = readCreateForm(await call.json());
        const options = { mustBeNew: true, targetState };
        const { info } = await herder.putConnector(name, namedConfig(name, config), options);
        return created(call, shown(info));
      },
    },
    {
      method: "GET",
      path: "/connectors/:name",
      handle: (call) => json(shown(herder.info(call.param("name")))),
    },
    {
      method: "DELETE",
      path: "/connectors/:name",
      handle: async (call) => {
        await herder.deleteConnector(call.param("name"));
        return empty(204);
      },
    },
    ...configRoutes(herder, plugins),
    {
      method: "GET",
      path: "/connectors/:name/status",
      handle: (call) => json(statusJson(herder.status(call.param("name")))),
    },
  ];
}

/** A masked secret in a request keeps the stored one, so configurations are changed one at a time. */
function configRoutes(herder: Herder, plugins: PluginRegistry): readonly Route[] {
  const path = "/connectors/:name/config";
  const secretsOf = (config: Props) => secretOptions(config, plugins);
  const inTurn = oneAfterTheOther();
  return [
    {
      method: "GET",
      path,
      handle: (call) => json(infoJson(herder.info(call.param("name")), plugins).config),
    },
    {
      method: "PUT",
      path,
      handle: async (call) => {
        const name = call.param("name").trim();
        const config = namedConfig(name, readConfigForm(await call.json()));
        const { info, created: isNew } = await inTurn(async () => {
          const isKnown = herder.names().includes(name);
          const kept = isKnown ? keepSecrets(config, herder.info(name).config, secretsOf) : config;
          return await herder.putConnector(name, kept);
        });
        const shown = infoJson(info, plugins);
        return isNew ? created(call, shown) : json(shown);
      },
    },
    {
      method: "PATCH", // null removes an option (KIP-477)
      path,
      handle: async (call) => {
        const name = call.param("name");
        const changes = readPatchForm(await call.json());
        const { info } = await inTurn(async () => {
          const stored = herder.info(name).config;
          if (changes["name"] === null) throw missingName();
          const config = bounded(namedConfig(name, withChanges(stored, changes, secretsOf)));
          return await herder.putConnector(name, keepSecrets(config, stored, secretsOf));
        });
        return json(infoJson(info, plugins));
      },
    },
  ];
}

function oneAfterTheOther(): <T>(change: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (change) => {
    const done = last.then(change);
    last = done.catch(() => {}); // the caller of this change gets the error
    return done;
  };
}

function missingName(): ConfigException {
  return new ConfigException(
    "Connector configuration is invalid and contains the following 1 error(s):\n" +
      'Missing required configuration "name" which has no default value.\n' +
      "You can also find the above list of errors at the endpoint `/connector-plugins/{connectorType}/config/validate`",
  );
}

/** `expand` is repeated, not separated by commas; unknown values are ignored. (KIP-465) */
function list(herder: Herder, plugins: PluginRegistry, { query }: Call): unknown {
  const expansions = query.getAll("expand");
  if (expansions.length === 0) return herder.names();
  return Object.fromEntries(
    herder.names().map((name) => [name, {
      ...(expansions.includes("status") ? { status: statusJson(herder.status(name)) } : {}),
      ...(expansions.includes("info") ? { info: infoJson(herder.info(name), plugins) } : {}),
    }]),
  );
}

/** Connect's answer has no tasks yet, and the new connector's URL as `location`. */
function created({ url }: Call, info: ReturnType<typeof infoJson>): Response {
  const origin = /^[^:]+:\/\/[^/?#]*/.exec(url)?.[0] ?? "";
  const location = `${origin}/connectors/${encodedName(info.name)}`;
  return json({ ...info, tasks: [] }, 201, { location });
}

/** Connect doesn't escape `/`, and that URL matches no route; Sluice does. */
function encodedName(name: string): string {
  return encodeURIComponent(name).replaceAll("%2B", "+").replaceAll("%26", "&").replaceAll("%3B", ";")
    .replaceAll("%3D", "=");
}
