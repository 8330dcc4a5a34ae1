/** Worker options of its listeners and its storage. @module */

import { atLeastLong, between } from "../validators.ts";

/** Declares the control API, health checks and the folder of connectors. (`RestServerConfig`) */
export const restKeys = {
  "listeners": {
    type: "LIST",
    default: "http://127.0.0.1:8083",
    documentation:
      "Addresses on which the control API listens, `http://HOST:PORT`, separated by commas; any address beyond loopback requires `rest.auth.user` and `rest.auth.password`. Port 0 = any free port.",
    importance: "MEDIUM",
  },
  "rest.advertised.host.name": {
    type: "STRING",
    default: null,
    documentation:
      "Host name under which clients reach the control API; allowed in requests and part of `worker_id`.",
    importance: "LOW",
  },
  "rest.advertised.port": {
    type: "INT",
    default: null,
    documentation: "Port under which clients reach the control API; part of `worker_id`.",
    importance: "LOW",
    valid: between(1, 65_535),
  },
  "rest.allowed.hosts": {
    type: "LIST",
    default: "",
    documentation:
      "Further host names allowed in requests to the control API and `health.port`, besides `rest.advertised.host.name`, `localhost` and IP addresses. Requests with other host names are refused (protection against DNS rebinding).",
    importance: "MEDIUM",
  },
  "rest.auth.user": {
    type: "STRING",
    default: null,
    documentation: "User of the control API (HTTP basic authentication).",
    importance: "MEDIUM",
  },
  "rest.auth.password": {
    type: "PASSWORD",
    default: null,
    documentation: "Password of the control API's user.",
    importance: "MEDIUM",
  },
  "rest.connections.max": {
    type: "INT",
    default: "512",
    documentation:
      "Maximum number of connections per listener of the control API; a full listener closes the connection that has waited longest for request headers.",
    importance: "LOW",
    valid: between(1, 100_000),
  },
  "rest.requests.max": {
    type: "INT",
    default: "256",
    documentation:
      "Maximum number of concurrent requests to the control API; further ones get 503, except `/health`.",
    importance: "LOW",
    valid: between(1, 100_000),
  },
  "rest.headers.timeout.ms": {
    type: "LONG",
    default: "10000",
    documentation:
      "Timeout of the headers of a connection's first request, in milliseconds, for the control API and `health.port`; then the connection is closed.",
    importance: "LOW",
    valid: atLeastLong(1n),
  },
  "rest.body.timeout.ms": {
    type: "LONG",
    default: "30000",
    documentation: "Timeout of a request's body, in milliseconds; then the answer is 408.",
    importance: "LOW",
    valid: atLeastLong(1n),
  },
  "rest.idle.timeout.ms": {
    type: "LONG",
    default: "60000",
    documentation:
      "Milliseconds after which an idle connection is closed; also the timeout for a client to read an answer.",
    importance: "LOW",
    valid: atLeastLong(1n),
  },
  "health.connections.max": {
    type: "INT",
    default: "256",
    documentation: "Maximum number of connections of the listener on `health.port`.",
    importance: "LOW",
    valid: between(1, 100_000),
  },
  "health.port": {
    type: "INT",
    default: null,
    documentation:
      "Port of a listener with only `/health` and `/metrics`, without a password; not set = no such listener.",
    importance: "LOW",
    valid: between(0, 65_535),
  },
  "health.host": {
    type: "STRING",
    default: "127.0.0.1",
    documentation: "Address of the listener on `health.port`; 0.0.0.0 = all addresses of the machine.",
    importance: "LOW",
  },
  "health.stale.ms": {
    type: "LONG",
    default: "600000",
    documentation:
      "Milliseconds with lag but no offset commit after which `/health` reports unhealthy; must be longer than `offset.flush.interval.ms`.",
    importance: "LOW",
    valid: atLeastLong(1n),
  },
  "config.storage.dir": {
    type: "STRING",
    default: null,
    documentation:
      "Folder in which `sluice connect` stores connectors created over REST, one file each; if not set, they are lost when the process ends.",
    importance: "MEDIUM",
  },
} as const;
