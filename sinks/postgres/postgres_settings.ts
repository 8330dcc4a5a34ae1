/** The PostgreSQL sink's parsed options. @module */

import { ConfigException } from "../../connect/api/exceptions.ts";
import type { Props } from "../../connect/api/sink_task.ts";
import { type OptionProblems, readSinkSettings, sinkProblems } from "../sql/options/option_rules.ts";
import { sqlSinkConfig } from "../sql/options/sink_keys.ts";
import { topicTableFindings } from "../sql/options/topic_tables.ts";
import type { SinkSettings } from "../sql/options/sink_settings.ts";
import { regclassText } from "./tables/catalog.ts";
import { type ConnectionTarget, parseConnectionUrl } from "./connection/connection_url.ts";
import type { TransactionLimits } from "./statements/transaction.ts";

/** Options of the PostgreSQL sink, parsed. */
export interface PostgresSettings {
  readonly sink: SinkSettings;
  readonly target: ConnectionTarget;
  readonly prepare: boolean;
  readonly limits: TransactionLimits;
  readonly authRetryTimeoutMs: number;
}

/** A transaction may take as long as several statements at their limit. */
const statementsPerTransactionMax = 4;

/**
 * Parses all options.
 *
 * @throws ConfigException for the first problem
 */
export function readPostgresSettings(props: Props): PostgresSettings {
  const sink = readSinkSettings(props);
  const config = sqlSinkConfig.parse(props);
  const statementMs = config["statement.timeout.ms"];
  return {
    sink,
    target: parseConnectionUrl(config["connection.url"], {
      user: config["connection.user"],
      password: config["connection.password"],
    }),
    prepare: config["connection.prepare"],
    limits: {
      idleInTransactionMs: config["idle.in.transaction.timeout.ms"],
      lockMs: config["lock.timeout.ms"],
      statementMs,
      transactionMs: statementMs * statementsPerTransactionMax,
    },
    authRetryTimeoutMs: config["auth.retry.timeout.ms"],
  };
}

/** Returns all problems between the options and with the URL. Never throws. */
export function postgresProblems(props: Props): OptionProblems {
  const problems = new Map(sinkProblems(props));
  const further = [
    ["connection.url", urlProblem(props)],
    ["table.name.format", topicTableFindings(props, regclassText).problem],
  ] as const;
  for (const [option, problem] of further) {
    if (problem !== undefined) problems.set(option, [...problems.get(option) ?? [], problem]);
  }
  return problems;
}

/** Returns warnings about options that work for some topics only. */
export function postgresWarnings(props: Props): ReadonlyMap<string, string> {
  const { warning } = topicTableFindings(props, regclassText);
  return new Map(warning === undefined ? [] : [["table.name.format", warning]]);
}

function urlProblem(props: Props): string | undefined {
  const url = props["connection.url"];
  if (url === undefined) return undefined; // the option's own error
  try {
    parseConnectionUrl(url, { user: props["connection.user"] ?? null });
    return undefined;
  } catch (error) {
    if (error instanceof ConfigException) return error.message;
    throw error;
  }
}
