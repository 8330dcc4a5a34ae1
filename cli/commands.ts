import type { Command, OptionSpec } from "./command.ts";

const connector: OptionSpec = {
  name: "connector",
  value: "NAME",
  many: true,
  help: "A connector in connectors/",
};
const configDir: OptionSpec = {
  name: "config-dir",
  value: "DIR",
  many: true,
  help: "Another folder with connector folders, besides connectors/",
};
const config: OptionSpec = {
  name: "config",
  value: "FILE",
  many: true,
  help: "A connector's configuration: the JSON you would POST to Kafka Connect, a flat map, or .properties",
};
const worker: OptionSpec = {
  name: "worker",
  value: "FILE",
  help: "The worker's settings as .properties; CONNECT_* variables override them",
};

const restOpen: OptionSpec = {
  name: "rest-open",
  help: "Allows the REST API beyond loopback without a password",
};

const broadRole: OptionSpec = {
  name: "allow-broad-role",
  help: "Accepts a database role with more rights than egress.columns; not for real personal data",
};

export const commands: readonly Command[] = [
  {
    name: "start",
    rights: ["env", "net", "read", "sys"],
    summary: "Runs connectors until SIGTERM or Ctrl-C; exit code 1 if a task failed for good.",
    options: [
      connector,
      configDir,
      config,
      worker,
      { name: "rest", help: "Opens the REST API and /ui, by default on http://127.0.0.1:8083" },
      restOpen,
      broadRole,
    ],
    load: () => import("./commands/start.ts"),
  },
  {
    name: "connect",
    rights: ["env", "net", "read", "sys", "write"],
    summary: "Runs a worker with Kafka Connect's REST API; config.storage.dir stores its connectors on disk.",
    options: [configDir, worker, restOpen, broadRole],
    load: () => import("./commands/connect.ts"),
  },
  {
    name: "validate",
    rights: ["env", "net", "read", "sys"],
    summary: "Checks configurations, and connects to their Kafka and database.",
    options: [connector, configDir, config, worker, broadRole, {
      name: "offline",
      help: "Opens no connection",
    }],
    load: () => import("./commands/validate.ts"),
  },
  {
    name: "migrate",
    rights: ["env", "net", "read"],
    summary: "Applies the migrations of connectors as the database's owner; safe to run twice.",
    options: [connector, configDir, config],
    load: () => import("./commands/migrate.ts"),
  },
  {
    name: "dry-run",
    rights: ["env", "net", "read"],
    summary: "Prints what each record would become, one per line; connects only with --with-database.",
    options: [
      { name: "connector", value: "NAME", help: "A connector in connectors/" },
      configDir,
      { name: "config", value: "FILE", help: "A connector's configuration" },
      {
        name: "input",
        value: "FILE",
        help: "Records, one JSON object per line; without it, or with -, standard input",
      },
      {
        name: "with-database",
        help:
          "Also checks the tables, read-only: missing columns, values a column doesn't accept, missing rights",
      },
      {
        name: "vectors",
        value: "FILE",
        help: "Test cases with their own configuration, instead of --connector, --config and --input",
      },
      worker,
      broadRole,
    ],
    load: () => import("./commands/dry_run.ts"),
  },
  {
    name: "new",
    rights: ["write"],
    words: "connector NAME",
    summary: "Creates the folder of a working connector, with table, example and test.",
    options: [
      { name: "json-only", help: "Without code: a configuration and a migration" },
      { name: "topic", value: "TOPIC", help: "The topic it reads; default: its name" },
      {
        name: "fields",
        value: "LIST",
        help: "The fields it keeps, the key first: order_id:bigint,total:numeric,customer.region:text",
      },
      {
        name: "dir",
        value: "DIR",
        help: "Folder for connectors/NAME; default: the project, or the current folder with a binary",
      },
    ],
    load: () => import("./commands/new.ts"),
  },
  {
    name: "offsets",
    rights: ["env", "net", "read", "sys"],
    summary: "Shows or changes the offsets a connector resumes from; changes need an empty consumer group.",
    words: "show|set TOPIC:PARTITION=OFFSET ...|reset",
    options: [
      connector,
      configDir,
      config,
      worker,
      {
        name: "from-kafka",
        help:
          "With set: copies the group's offsets from Kafka, for example after another program used the group",
      },
    ],
    load: () => import("./commands/offsets.ts"),
  },
  {
    name: "dlq",
    rights: ["env", "net", "read"],
    summary: "Lists the records a connector rejected, or replays them without changing its offsets.",
    words: "list|replay",
    options: [
      connector,
      configDir,
      config,
      worker,
      { name: "rule", value: "RULE", help: "Only records rejected by this rule" },
      {
        name: "overwrite",
        help: "With replay and without newest.wins.field: allows older records to overwrite newer rows",
      },
    ],
    load: () => import("./commands/dlq.ts"),
  },
  {
    name: "subject",
    rights: ["env", "net", "read"],
    words: "show|erase|object|allow",
    summary:
      "Answers a data subject: shows or erases a person, records or lifts an objection; the ledger records it.",
    options: [
      connector,
      configDir,
      config,
      {
        name: "id",
        value: "ID",
        help: "The person's id, as in the records' keys; - reads it from standard input",
      },
      {
        name: "exact",
        help: "Uses the id as given; without it a number matches its other stored spellings, too",
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
      { name: "since", value: "TIME", help: "Rows from this time on, ISO 8601; UTC without a zone" },
      { name: "until", value: "TIME", help: "Rows before this time" },
      { name: "limit", value: "N", help: "The newest N rows; default: 1000" },
      { name: "json", help: "One JSON object per line" },
    ],
    load: () => import("./commands/audit.ts"),
  },
  {
    name: "purge",
    rights: ["env", "net", "read"],
    summary: "Empties contacts older than contact.retention.days now; a worker does it once a day.",
    options: [connector, configDir, config],
    load: () => import("./commands/purge.ts"),
  },
  {
    name: "health",
    rights: ["env", "net", "read"],
    summary: "Checks the health of the worker at health.port; exit code 1 unless it is healthy or degraded.",
    options: [worker],
    load: () => import("./commands/health.ts"),
  },
];
