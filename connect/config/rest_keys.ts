/** The worker's options that are about its own listeners and what it keeps. @module */

import { atLeastLong, between } from "./validators.ts";

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
    documentation: "Name by which others reach the control API; part of `worker_id`.",
    importance: "LOW",
  },
  "rest.advertised.port": {
    type: "INT",
    default: null,
    documentation: "Port by which others reach the control API; part of `worker_id`.",
    importance: "LOW",
    valid: between(1, 65_535),
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
