/**
 * `sluice subject show|erase|object|allow`: one person, for whoever answers a data subject. Everything that is done is in
 * the ledger, in the same transaction.
 *
 * @module
 */

import { DataException } from "../connect/api/exceptions.ts";
import type { SinkRecord } from "../connect/api/record.ts";
import { readConnectorSpec } from "../connect/runtime/connector_spec.ts";
import { makeTaskPipeline } from "../connect/runtime/task_pipeline.ts";
import { sinkPlugins } from "../sinks/mod.ts";
import { asOwner, type OwnerTransaction } from "../sinks/postgres/owner_session.ts";
import { type SubjectRow, SubjectRows, subjectTable } from "../sinks/postgres/subject_rows.ts";
import type { LedgerEntry } from "../sinks/sql/ledger.ts";
import type { Arguments, Run } from "./command.ts";
import { linesOf } from "./line_files.ts";
import { type OfficersConnector, readOfficersConnector } from "./officer.ts";
import { loadPlugins } from "./plugins.ts";
import { systemTime } from "./system_time.ts";
import { exitCode, UsageError } from "./usage_error.ts";
import { connectorRoots } from "./wanted_connectors.ts";

const actions = ["show", "erase", "object", "allow"] as const;
type Action = typeof actions[number];

/** Runs the command. */
export const run: Run = async (args) => {
  const action = readAction(args);
  const id = await readId(args);
  const connector = await readOfficersConnector(args, true);
  const tombstone = await tombstoneOf(connector, id, args);
  const lines = await asOwner(
    connector.settings,
    "subject",
    (tx) => deal(action, { connector, tombstone, tx }),
  );
  for (const line of lines) console.log(line);
  return exitCode.ok;
};

function readAction(args: Arguments): Action {
  const [word, ...others] = args.words;
  const action = actions.find((known) => known === word);
  if (action === undefined || others.length > 0) {
    throw new UsageError(`Cannot run subject: ${actions.join(", ")} is expected, and then options only`);
  }
  return action;
}

/** By `-` from standard input: what is in the arguments can be seen by everybody on the machine. */
async function readId(args: Arguments): Promise<string> {
  const given = args.text("id");
  if (given === undefined) {
    throw new UsageError("Cannot look for a person: --id ID is expected, or --id - to read it");
  }
  if (given !== "-") return given;
  for await (const line of linesOf("-")) return line.trim();
  throw new UsageError("Cannot look for a person: standard input holds no id");
}

/** What would come from the source if it had erased the person: the connector itself makes the key of it. */
async function tombstoneOf(
  { name, written, props, worker, settings }: OfficersConnector,
  id: string,
  args: Arguments,
): Promise<SinkRecord> {
  const sinks = sinkPlugins({ allowedPaths: [], allowBroadRole: true });
  const plugins = await loadPlugins([written], sinks, connectorRoots(args));
  const spec = readConnectorSpec({
    ...{ name, written, resolved: props, workerProps: worker, plugins },
    current: () => Promise.resolve(props),
  });
  const [topic = ""] = settings.sink.newest?.erasure?.topics ?? [];
  const { pipeline, close } = makeTaskPipeline(spec, plugins, systemTime);
  try {
    const record = pipeline.apply({
      ...{ topic, partition: 0, offset: 0n, timestamp: systemTime.now(), timestampType: "CreateTime" },
      ...{ key: new TextEncoder().encode(id), value: null, headers: [] },
    });
    if (record !== null) return record;
  } catch (error) {
    if (!(error instanceof DataException)) throw error;
    throw new UsageError(`Cannot look for a person: ${error.message}`, { cause: error });
  } finally {
    close();
  }
  throw new UsageError(`Cannot look for a person: ${name} drops what its erasure topic says of them`);
}

interface Dealing {
  readonly connector: OfficersConnector;
  readonly tombstone: SinkRecord;
  readonly tx: OwnerTransaction;
}

async function deal(action: Action, { connector, tombstone, tx }: Dealing): Promise<readonly string[]> {
  const nowMs = systemTime.now();
  const { name, settings: { sink } } = connector;
  const rows = new SubjectRows(tx.sql, await subjectTable(tx.sql, sink), tombstone, nowMs);
  const note = async (event: LedgerEntry["event"], counts: LedgerEntry["counts"]) => {
    if (sink.ledger === null) return;
    const subject = rows.subject === undefined ? {} : { subject: rows.subject };
    await tx.housekeeping.note({ event, connector: name, counts, ...subject });
  };
  const before = await rows.find();
  const found = { found: before === undefined ? 0 : 1 };
  switch (action) {
    case "show":
      await note("shown", found);
      return before === undefined ? [`${name} holds nothing of this person`] : shown(before);
    case "erase":
      await rows.erase(nowMs);
      await note("erased", found);
      return [
        before === undefined
          ? `${name}: nobody of that id is there; a mark keeps them out until a newer registration`
          : `${name}: erased until a newer registration`,
        ...afterwards(connector),
      ];
    case "object":
      await rows.object();
      await note("objected", found);
      return [
        before === undefined
          ? `${name}: nobody of that id is there; a mark keeps them out until subject allow`
          : `${name}: kept out until subject allow, whatever comes`,
      ];
    case "allow": {
      const wasOut = await rows.allow();
      await note("allowed", found);
      return [
        wasOut
          ? `${name}: no objection any more; the next event brings the person in`
          : `${name}: there was no objection, nothing is changed`,
      ];
    }
  }
}

function afterwards({ settings: { sink } }: OfficersConnector): readonly string[] {
  const topics = [...sink.newest?.erasure?.topics ?? []].join(", ");
  return [`Kafka still has what it had: the shop erases by a tombstone on ${topics}`];
}

function shown(row: SubjectRow): readonly string[] {
  const width = Math.max(...Object.keys(row).map((name) => name.length));
  return Object.entries(row).map(([name, value]) => `${name.padEnd(width)}  ${value ?? "-"}`);
}
