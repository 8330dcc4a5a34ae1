/** Finds where a client's properties connect to: brokers, token endpoint and files. @module */

import { ConfigException } from "../../connect/api/exceptions.ts";
import type { Destinations } from "../../connect/api/plugins.ts";
import type { Props } from "../../connect/api/sink_task.ts";
import { type ClientOptions, clientOptions } from "../../connect/kafka/wire/client_options.ts";
import { propertiesFor } from "../../connect/kafka/mod.ts";
import type { PemSource, TlsSettings } from "../../connect/kafka/security/tls_settings.ts";
import { Settings } from "../../connect/kafka/wire/settings.ts";

/**
 * Returns the brokers and the token endpoint that a client logs in to and the files it reads, by option;
 * empty for invalid properties.
 *
 * @param prefix of this kind of client in the worker's properties: `consumer.`
 * @example
 * ```ts
 * import { clientDestinations } from "./client_destinations.ts";
 * const leads = clientDestinations("consumer.", {}, { "bootstrap.servers": "kafka:9092" });
 * if (leads.get("bootstrap.servers")?.hosts.join() !== "kafka:9092") throw new Error("the login goes to a broker");
 * ```
 */
export function clientDestinations(
  prefix: string,
  worker: Props,
  overrides: Props,
): ReadonlyMap<string, Destinations> {
  try {
    return destinationsOf(
      clientOptions(new Settings({ ...propertiesFor(prefix, worker), ...overrides }), ""),
    );
  } catch (error) {
    if (error instanceof ConfigException) return new Map();
    throw error;
  }
}

function destinationsOf({ bootstrap, security }: ClientOptions): ReadonlyMap<string, Destinations> {
  const hosts = bootstrap.map(({ host, port }) => `${host}:${port}`);
  const leads = new Map<string, Destinations>([["bootstrap.servers", { hosts, files: [] }]]);
  for (const { option, path } of filesOf(security.tls)) leads.set(option, { hosts: [], files: [path] });
  if (security.sasl?.mechanism !== "OAUTHBEARER") return leads;
  const { token } = security.sasl;
  leads.set(
    "sasl.oauthbearer.token.endpoint.url",
    token.kind === "file" ? { hosts: [], files: [token.path] } : { hosts: [hostOf(token.url)], files: [] },
  );
  const files = token.kind === "file" ? [] : filesOf(token.tls).map(({ path }) => path);
  return leads.set("sasl.jaas.config", { hosts: [], files });
}

function filesOf(tls: TlsSettings | null) {
  const sources: readonly (PemSource | null | undefined)[] = [
    tls?.trust,
    tls?.identity?.key,
    tls?.identity?.chain,
  ];
  return sources.filter((source) => source !== null && source !== undefined).filter((source) =>
    "path" in source
  );
}

function hostOf(url: URL): string {
  const port = url.port === "" ? url.protocol === "https:" ? "443" : "80" : url.port;
  return `${url.hostname.replace(/^\[|\]$/g, "")}:${port}`;
}
