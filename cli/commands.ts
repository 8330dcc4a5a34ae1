/** The subcommands. @module */

import type { Command, OptionSpec } from "./command.ts";

const connector: OptionSpec = {
  name: "connector",
  value: "NAME",
  many: true,
  help: "A connector of the connectors folder",
};
const configDir: OptionSpec = {
  name: "config-dir",
  value: "DIR",
  many: true,
  help: "A folder with more connector folders, beside those that come with the program",
};
const config: OptionSpec = {
  name: "config",
  value: "FILE",
  many: true,
  help: "A connector's configuration: JSON as POSTed to Connect, a flat map, or .properties",
};
const worker: OptionSpec = {
  name: "worker",
  value: "FILE",
  help: "The worker's settings as .properties; CONNECT_* variables win over it",
};

const restOpen: OptionSpec = {
  name: "rest-open",
  help: "Lets the control API listen beyond loopback without a password",
};

const broadRole: OptionSpec = {
  name: "allow-broad-role",
  help: "Lets a database role do more than egress.columns: for a laptop, where no real person's data is",
};

/** All of them, in the order of the help. */
export const commands: readonly Command[] = [
  {
    name: "start",
    rights: ["env", "net", "read", "sys"],
    summary: "Runs connectors until SIGTERM or Ctrl-C; exit code 1 when a task has failed for good.",
    options: [
      connector,
      configDir,
      config,
      worker,
      { name: "rest", help: "Opens the control API, by default on http://127.0.0.1:8083" },
      restOpen,
      broadRole,
    ],
    load: () => import("./commands/start.ts"),
  },
  {
    name: "connect",
    rights: ["env", "net", "read", "sys", "write"],
    summary: "Runs a worker with Kafka Connect's REST API; connectors are made over it and kept on disk.",
    options: [configDir, worker, restOpen, broadRole],
    load: () => import("./commands/connect.ts"),
  },
  {
    name: "validate",
    rights: ["env", "net", "read", "sys"],
    summary: "Checks configurations, and that what they connect to answers.",
    options: [connector, configDir, config, worker, broadRole, {
      name: "offline",
      help: "Connects to nothing",
    }],
    load: () => import("./commands/validate.ts"),
  },
  {
    name: "migrate",
    rights: ["env", "net", "read"],
    summary: "Brings the databases of connectors up to date, as the role that owns them; safe to run twice.",
    options: [connector, configDir, config],
    load: () => import("./commands/migrate.ts"),
  },
  {
    name: "dry-run",
    rights: ["env", "net", "read"],
    summary:
      "Shows what would become of records, one outcome a line; connects to nothing unless it is told to.",
    options: [
      { name: "connector", value: "NAME", help: "A connector of the connectors folder" },
      configDir,
      { name: "config", value: "FILE", help: "A connector's configuration" },
      {
        name: "input",
        value: "FILE",
        help: "Records, one JSON object a line; - or nothing is standard input",
      },
      {
        name: "with-database",
        help:
          "Looks at the tables too, read only: missing columns, values that their types don't take, rights",
      },
      { name: "vectors", value: "FILE", help: "Instead of both: cases that bring their own configuration" },
      worker,
      broadRole,
    ],
    load: () => import("./commands/dry_run.ts"),
  },
  {
    name: "new",
    rights: ["write"],
    words: "connector NAME",
    summary: "Makes the folder of a connector that works, with its table, example and test.",
    options: [
      { name: "json-only", help: "No code: a configuration and a migration" },
      { name: "topic", value: "TOPIC", help: "Where its events come from; its name when absent" },
      {
        name: "fields",
        value: "LIST",
        help: "What it keeps, the key first: order_id:bigint,total:numeric,customer.region:text",
      },
      {
        name: "dir",
        value: "DIR",
        help: "Where to make connectors/NAME; the project, or here with a binary",
      },
    ],
    load: () => import("./commands/new.ts"),
  },
  {
    name: "offsets",
    rights: ["env", "net", "read", "sys"],
    summary: "Shows or changes where a connector goes on; refused while anybody is in its group.",
    words: "show|set TOPIC:PARTITION=OFFSET ...|reset",
    options: [
      connector,
      configDir,
      config,
      worker,
      {
        name: "from-kafka",
        help: "With set: takes what the group has in Kafka, after another program has read it",
      },
    ],
    load: () => import("./commands/offsets.ts"),
  },
  {
    name: "dlq",
    rights: ["env", "net", "read"],
    summary: "Shows which records a connector has refused, or gives them to it again, past its offsets.",
    words: "list|replay",
    options: [
      connector,
      configDir,
      config,
      worker,
      { name: "rule", value: "RULE", help: "Only records that were refused by this rule" },
      {
        name: "overwrite",
        help: "With replay, without newest.wins.field: older records may overwrite newer rows",
      },
    ],
    load: () => import("./commands/dlq.ts"),
  },
  {
    name: "subject",
    rights: ["env", "net", "read"],
    words: "show|erase|object|allow",
    summary: "Answers a data subject: shows, erases, keeps out or lets in again one person, in the ledger.",
    options: [
      connector,
      configDir,
      config,
      { name: "id", value: "ID", help: "The person, as the records' keys name them; - reads it" },
      {
        name: "exact",
        help: "The id as it is given; without it a number is found under its other stored spellings, too",
      },
    ],
    load: () => import("./commands/subject.ts"),
  },
  {
    name: "audit",
    rights: ["env", "net", "read"],
    summary: "Prints the ledger: what was copied when, from which offsets, under which configuration.",
    options: [
      connector,
      configDir,
      config,
      { name: "since", value: "TIME", help: "Rows from then on, by ISO 8601; UTC if it names no zone" },
      { name: "until", value: "TIME", help: "Rows before then" },
      { name: "limit", value: "N", help: "The newest N rows; 1000" },
      { name: "json", help: "One JSON object a line" },
    ],
    load: () => import("./commands/audit.ts"),
  },
  {
    name: "purge",
    rights: ["env", "net", "read"],
    summary: "Empties contacts older than contact.retention.days now; a worker does so once a day.",
    options: [connector, configDir, config],
    load: () => import("./commands/purge.ts"),
  },
  {
    name: "health",
    rights: ["env", "net", "read"],
    summary: "Asks the program at health.port how it is; exit code 1 unless it is healthy.",
    options: [worker],
    load: () => import("./commands/health.ts"),
  },
];
