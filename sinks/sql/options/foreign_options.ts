/**
 * Options of the JDBC sinks that Sluice doesn't have. At that sink's default they change nothing, so such
 * configurations work here too. Any other value is an error, since its effect would silently be missing.
 *
 * @module
 */

import { invalidValue } from "../../../connect/api/config_def.ts";
import type { Props } from "../../../connect/api/sink_task.ts";

/** Values by option that ask for what happens anyway: the defaults of the sinks that have the option. */
const harmless: Readonly<Record<string, readonly string[]>> = {
  // Confluent's and Aiven's JDBC sinks
  "jdbc.credentials.provider.class": [
    "io.confluent.connect.jdbc.util.DefaultJdbcCredentialsProvider",
    "DefaultJdbcCredentialsProvider",
  ],
  "dialect.name": ["", "PostgreSqlDatabaseDialect"],
  "connection.attempts": ["3"],
  "connection.backoff.ms": ["10000"],
  "table.types": ["TABLE"],
  "replace.null.with.default": ["true"],
  "db.timezone": ["UTC"],
  "date.timezone": ["DB_TIMEZONE", "UTC"],
  "timestamp.fields.list": [""],
  "timestamp.precision.mode": ["MICROSECONDS"],
  "date.calendar.system": ["LEGACY"],
  "string.output.value.column.name": ["record_value"],
  "auto.create": ["false"],
  "auto.evolve": ["false"],
  "quote.sql.identifiers": ["ALWAYS"],
  "sql.quote.identifiers": ["true"],
  "mssql.use.merge.holdlock": ["true"],
  "trim.sensitive.log": ["false", "true"],
  "table.name.normalize": ["false"],
  "topics.to.tables.mapping": [""],
  // Debezium's JDBC sink
  "connection.provider": ["AgroalConnectionProvider"],
  "connection.username": [""],
  "connection.pool.min_size": ["5"],
  "connection.pool.max_size": ["32"],
  "connection.pool.timeout": ["1800"],
  "connection.restart.on.errors": ["false"],
  "truncate.enabled": ["false"],
  "primary.key.mode": ["none"],
  "primary.key.fields": [""],
  "schema.evolution": ["none"],
  "quote.identifiers": ["false"],
  "use.time.zone": ["UTC"],
  "keyed.message.batch.mode": ["deduplication"],
  "use.reduction.buffer": ["false"],
  "flush.max.retries": ["5"],
  "flush.retry.delay.ms": ["1000"],
  "collection.name.format": ["${topic}"],
  "collection.table.format": ["${table}"],
  "collection.naming.strategy": [""],
  "column.naming.strategy": [""],
  "field.include.list": [""],
  "field.exclude.list": [""],
  "dialect.postgres.unnest.insert.enabled": ["false", "true"],
  "dialect.postgres.postgis.schema": ["public"],
  "dialect.sqlserver.identity.insert": ["false"],
  "dialect.starrocks.catalog.name": [""],
  "cloud.events.schema.name.pattern": [".*CloudEvents\\.Envelope$"],
  "enable.sces": ["false"],
};

/** What to use instead. */
const insteadOf: Readonly<Record<string, string>> = {
  "connection.username": "connection.user",
  "connection.attempts": "max.retries",
  "connection.backoff.ms": "retry.backoff.ms",
  "flush.max.retries": "max.retries",
  "flush.retry.delay.ms": "retry.backoff.ms",
  "primary.key.mode": "pk.mode",
  "primary.key.fields": "pk.fields",
  "collection.name.format": "table.name.format",
  "field.include.list": "fields.whitelist",
};

/**
 * Returns errors by option, for what a JDBC sink would do and Sluice doesn't.
 *
 * @example
 * ```ts
 * import { foreignOptionProblems } from "./foreign_options.ts";
 * const problems = foreignOptionProblems({ "auto.create": "true", "auto.evolve": "false" });
 * if (problems.size !== 1 || !problems.has("auto.create")) throw new Error("a default changes nothing");
 * ```
 */
export function foreignOptionProblems(props: Props): ReadonlyMap<string, readonly string[]> {
  const problems = new Map<string, readonly string[]>();
  for (const [name, value] of Object.entries(props)) {
    const allowed = Object.hasOwn(harmless, name) ? harmless[name] : undefined;
    if (allowed === undefined || allowed.some((text) => text.toLowerCase() === value.trim().toLowerCase())) {
      continue;
    }
    const expected = allowed.map((text) => text === "" ? "nothing" : text).join(" or ");
    const instead = insteadOf[name] === undefined ? "" : `; use ${insteadOf[name]}`;
    const why = `This sink doesn't have the option, expected ${expected}${instead}`;
    problems.set(name, [invalidValue(name, shown(name, value), why).message]);
  }
  return problems;
}

/** Values may be names or URLs, which aren't shown; switches and numbers are. */
function shown(name: string, value: string): string {
  return name === "connection.username" || !/^[\w.$-]{0,60}$/.test(value.trim()) ? "[hidden]" : value;
}
