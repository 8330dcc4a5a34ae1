/** The worker's options that are about its own listeners and what it keeps. @module */

import { atLeastLong, between } from "../validators.ts";

/** Control API, health and the folder of connectors. (`RestServerConfig`) */
export const restKeys = {
  "listeners": {
    type: "LIST",
    default: "http://127.0.0.1:8083",
    documentation:
      "Where the control API listens, `http://HOST:PORT`, separated by commas; beyond loopback it asks for `rest.auth.user` and `rest.auth.password`. Port 0 = any free one.",
    importance: "MEDIUM",
  },
  "rest.advertised.host.name": {
    type: "STRING",
    default: null,
    documentation: "Name by which others reach the control API, which answers under it; part of `worker_id`.",
    importance: "LOW",
  },
  "rest.advertised.port": {
    type: "INT",
    default: null,
    documentation: "Port by which others reach the control API; part of `worker_id`.",
    importance: "LOW",
    valid: between(1, 65_535),
  },
  "rest.allowed.hosts": {
    type: "LIST",
    default: "",
    documentation:
      "Further host names under which the control API and `health.port` are asked, besides `rest.advertised.host.name`, `localhost` and IP addresses: no other one is answered, since a page in a browser could have made it up.",
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
      "Connections that each listener of the control API has at one time; a full one closes the connection that has waited longest for the headers of a request.",
    importance: "LOW",
    valid: between(1, 100_000),
  },
  "rest.requests.max": {
    type: "INT",
    default: "256",
    documentation:
      "Requests that the control API answers at one time; the next ones are told to come again (503), but for `/health`.",
    importance: "LOW",
    valid: between(1, 100_000),
  },
  "rest.headers.timeout.ms": {
    type: "LONG",
    default: "10000",
    documentation:
      "Milliseconds that the headers of a connection's first request may take, at the control API and at `health.port`; then it is closed.",
    importance: "LOW",
    valid: atLeastLong(1n),
  },
  "rest.body.timeout.ms": {
    type: "LONG",
    default: "30000",
    documentation: "Milliseconds that the body of a request may take; then the answer is 408.",
    importance: "LOW",
    valid: atLeastLong(1n),
  },
  "rest.idle.timeout.ms": {
    type: "LONG",
    default: "60000",
    documentation:
      "Milliseconds that a connection is kept without a further request, and that a client may take to fetch an answer.",
    importance: "LOW",
    valid: atLeastLong(1n),
  },
  "health.connections.max": {
    type: "INT",
    default: "256",
    documentation: "The same as `rest.connections.max` for the listener of `health.port`.",
    importance: "LOW",
    valid: between(1, 100_000),
  },
  "health.port": {
    type: "INT",
    default: null,
    documentation:
      "Port of a listener with `/health` and `/metrics` alone, without a password; none when not set.",
    importance: "LOW",
    valid: between(0, 65_535),
  },
  "health.host": {
    type: "STRING",
    default: "127.0.0.1",
    documentation: "Address of that listener; 0.0.0.0 = all of the machine's.",
    importance: "LOW",
  },
  "health.stale.ms": {
    type: "LONG",
    default: "600000",
    documentation:
      "Milliseconds of lag without any offset commit after which `/health` says unhealthy; has to be longer than `offset.flush.interval.ms`.",
    importance: "LOW",
    valid: atLeastLong(1n),
  },
  "config.storage.dir": {
    type: "STRING",
    default: null,
    documentation:
      "Folder in which `sluice connect` keeps the connectors that were made by REST, a file each; without it they are gone with the process.",
    importance: "MEDIUM",
  },
} as const;
