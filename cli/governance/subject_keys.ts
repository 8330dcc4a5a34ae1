import { DataException } from "../../connect/api/exceptions.ts";
import type { SinkRecord } from "../../connect/api/record.ts";
import type { Props } from "../../connect/api/sink_task.ts";
import { readConnectorSpec } from "../../connect/runtime/herder/connector_spec.ts";
import type { RecordPipeline } from "../../connect/runtime/task/record_pipeline.ts";
import { makeTaskPipeline } from "../../connect/runtime/task/task_pipeline.ts";
import { sinkPlugins } from "../../sinks/mod.ts";
import type { Arguments } from "../command.ts";
import { spellingsOf } from "./id_spellings.ts";
import type { OfficersConnector } from "./officer.ts";
import { loadPlugins } from "../catalog/plugins.ts";
import { systemTime } from "../process/system_time.ts";
import { UsageError } from "../usage_error.ts";
import { connectorRoots } from "../catalog/wanted_connectors.ts";

/** An id of the person, and the tombstone that would erase it. */
export interface SubjectKey {
  readonly id: string;
  /** The given id or its canonical decimal; other spellings count only if they are stored. */
  readonly isGiven: boolean;
  readonly tombstone: SinkRecord;
}

/** Ids stored before the form became `integer` are looked up, too. */
const idForm = /^transforms\.[^.]+\.customer\.id\.form$/;

/**
 * Returns the keys under which a table may hold a person: of the given id first, then of other spellings that
 * have other keys.
 *
 * @param isExact without other spellings
 * @throws UsageError if the connector can't make a key of the given id
 */
export async function subjectKeys(
  connector: OfficersConnector,
  id: string,
  { isExact, args }: { readonly isExact: boolean; readonly args: Arguments },
): Promise<readonly SubjectKey[]> {
  const [canonical = id, ...others] = isExact ? [id] : spellingsOf(id);
  const given = new Set([id, canonical]);
  const { name, sink } = connector;
  const [topic = ""] = sink.newest?.seal?.topics ?? [];
  const { pipeline, close } = await openPipeline(connector, args);
  try {
    return [...new Set([id, canonical, ...others])].flatMap((spelling) => {
      const isGiven = given.has(spelling);
      try {
        const tombstone = pipeline.apply(tombstoneOf(topic, spelling));
        if (tombstone !== null) return [{ id: spelling, isGiven, tombstone }];
      } catch (error) {
        if (!(error instanceof DataException)) throw error;
        if (spelling === id) {
          throw new UsageError(`Cannot look for a person: ${error.message}`, { cause: error });
        }
        return []; // the connector can't have stored it
      }
      if (spelling !== id) return [];
      throw new UsageError(`Cannot look for a person: ${name} drops what its erasure topic says of them`);
    });
  } finally {
    close();
  }
}

/** The connector's own converters and transformations, which make the key. */
async function openPipeline(
  { name, written, props, worker }: OfficersConnector,
  args: Arguments,
): Promise<{ readonly pipeline: RecordPipeline; readonly close: () => void }> {
  const plugins = await loadPlugins(
    [written],
    sinkPlugins({ allowedPaths: [], allowBroadRole: true }),
    connectorRoots(args),
  );
  const resolved = asText(props);
  const spec = readConnectorSpec({
    ...{ name, written: asText(written), resolved, workerProps: worker, plugins },
    current: () => Promise.resolve(resolved),
  });
  return makeTaskPipeline(spec, plugins, systemTime);
}

function asText(props: Props): Props {
  return Object.fromEntries(
    Object.entries(props).map(([name, value]) => [name, idForm.test(name) ? "text" : value]),
  );
}

/** The record of the source that erases a person. */
function tombstoneOf(topic: string, id: string) {
  return {
    ...{ topic, partition: 0, offset: 0n, timestamp: systemTime.now(), timestampType: "CreateTime" as const },
    ...{ key: new TextEncoder().encode(id), value: null, headers: [] },
  };
}
