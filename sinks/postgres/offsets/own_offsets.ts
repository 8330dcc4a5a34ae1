/** Shows and changes the offsets beside the rows while no task runs. @module */

import type postgres from "postgres";
import { ConfigException, ConnectException } from "../../../connect/api/exceptions.ts";
import type { OffsetsRequest } from "../../../connect/api/plugins.ts";
import { type OffsetMap, PartitionMap } from "../../../connect/api/record.ts";
import { type OffsetsSource, partitionsInKafka } from "../../sql/database.ts";
import { withConnection } from "../connection/connection_options.ts";
import { describeTarget } from "../connection/connection_url.ts";
import { OffsetStore } from "./offset_store.ts";
import { readPostgresSettings } from "../postgres_settings.ts";
import { sqlFactsText } from "../connection/sqlstate.ts";

/** The next offsets that the database has for this Kafka; undefined where exactly once is off. */
export async function readOwnOffsets(source: OffsetsSource): Promise<OffsetMap | undefined> {
  return await withStore(source, async (store, sql) => {
    const rows = (await store.list(sql)).filter((row) => row.clusterId === store.options.clusterId);
    return new PartitionMap(
      rows.flatMap(({ at, nextOffset }) => nextOffset === null ? [] : [[at, nextOffset] as const]),
    );
  });
}

/**
 * Sets rows, never deletes one: a row that is missing would mean "look at Kafka". To forget an offset is to go on
 * from the log's start.
 *
 * @returns false where exactly once is off, and there are no offsets of one's own
 */
export async function alterOwnOffsets(request: OffsetsRequest): Promise<boolean> {
  const done = await withStore(request, async (store, sql) => {
    const forgotten = request.offsets.keys().filter((at) => request.offsets.get(at) === null);
    const bounds = await request.admin.logBounds(await partitionsInKafka(forgotten, request.admin));
    const wanted = [...request.offsets].map(([at, offset]) =>
      [at, offset ?? bounds.get(at)?.start ?? 0n] as const
    );
    await sql.begin((tx) => store.set(tx, wanted));
    return true;
  });
  return done ?? false;
}

async function withStore<T>(
  { connectorName, props, admin }: OffsetsSource,
  work: (store: OffsetStore, sql: postgres.Sql) => Promise<T>,
): Promise<T | undefined> {
  const { sink, target } = readPostgresSettings(props);
  if (!sink.exactlyOnce) return undefined;
  const store = new OffsetStore({ connector: connectorName, clusterId: await admin.clusterId() });
  try {
    return await withConnection(target, `sluice-offsets-${connectorName}`, (sql) => work(store, sql));
  } catch (cause) {
    if (cause instanceof ConfigException) throw cause;
    const where = describeTarget(target);
    throw new ConnectException(
      `Cannot use the offsets of ${connectorName} in ${where}: ${sqlFactsText(cause)}`,
      { cause },
    );
  }
}
