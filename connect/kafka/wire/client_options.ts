/** The options that consumers, producers and admin clients share. @module */

import type { BackoffRange } from "../../api/backoff.ts";
import { ConfigException } from "../../api/exceptions.ts";
import { type SecuritySettings, securitySettings } from "../security/security_settings.ts";
import type { Settings } from "./settings.ts";

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** Options of every client. (`org.apache.kafka.clients.CommonClientConfigs`) */
export interface ClientOptions {
  readonly bootstrap: readonly HostPort[];
  readonly clientId: string;
  /** The settings when the client was created; each connection resolves them anew. */
  readonly security: SecuritySettings;
  readonly requestTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly metadataAgeMsMax: number;
  readonly backoff: BackoffRange;
}

const defaults = {
  /** Connect's worker has a default, Java's clients have none. (`WorkerConfig.BOOTSTRAP_SERVERS_DEFAULT`) */
  bootstrap: "localhost:9092",
  requestTimeoutMs: 30_000,
  connectTimeoutMs: 10_000,
  metadataAgeMsMax: 300_000,
  retryBackoffMs: 100,
  retryBackoffMsMax: 1_000,
} as const;

export function clientOptions(settings: Settings, clientId: string): ClientOptions {
  return {
    bootstrap: parseBootstrap(settings.text("bootstrap.servers", defaults.bootstrap)),
    clientId: settings.text("client.id", clientId),
    security: securitySettings(settings),
    requestTimeoutMs: settings.integer("request.timeout.ms", defaults.requestTimeoutMs, 1),
    connectTimeoutMs: settings.integer("socket.connection.setup.timeout.ms", defaults.connectTimeoutMs, 1),
    metadataAgeMsMax: settings.integer("metadata.max.age.ms", defaults.metadataAgeMsMax, 1),
    backoff: {
      msMin: settings.integer("retry.backoff.ms", defaults.retryBackoffMs, 1),
      msMax: settings.integer("retry.backoff.max.ms", defaults.retryBackoffMsMax, 1),
    },
  };
}

const portMax = 65_535;

/** Parses `host:port,host:port`; an IPv6 address is in brackets. */
export function parseBootstrap(text: string): readonly HostPort[] {
  const servers = text.split(",").map((server) => server.trim()).filter((server) => server !== "");
  if (servers.length === 0) {
    throw new ConfigException(
      "No resolvable bootstrap urls given in bootstrap.servers: expected host:port, separated by commas",
    );
  }
  return servers.map((server) => {
    const found = /^(?:[A-Za-z_0-9]+:\/\/)?(?:\[([^\]]+)\]|([^:\[\]]+)):(\d{1,5})$/.exec(server);
    const host = found?.[1] ?? found?.[2];
    const port = Number(found?.[3]);
    if (host === undefined || /\s/.test(host) || !(port > 0 && port <= portMax)) {
      throw new ConfigException(
        `Invalid url in bootstrap.servers: ${server}, expected host:port, separated by commas`,
      );
    }
    return { host, port };
  });
}
