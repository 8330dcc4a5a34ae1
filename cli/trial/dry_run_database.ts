/** Extends a dry run to the database's tables: predicts what the sink would write, as JSON. @module */

import { ConfigException, type JavaException, safeText } from "../../connect/api/exceptions.ts";
import type { RecordPreview, SinkPreview } from "../../connect/api/plugins.ts";
import type { SinkRecord } from "../../connect/api/record.ts";
import type { Props } from "../../connect/api/sink_task.ts";
import { sinkPlugins } from "../../sinks/mod.ts";
import { fileSinkFolders } from "../control/file_sink_folders.ts";
import { systemTime } from "../process/system_time.ts";
import { exitCode, UsageError } from "../usage_error.ts";

/** What the database adds to a dry run. */
export interface DatabaseLook extends AsyncDisposable {
  /** Members of the outcome, written after the record. */
  membersFor(record: SinkRecord): Promise<readonly string[]>;
  /** A summary for people: the counts of outcomes and what was not tested. */
  summary(): string;
  /** 2 if a record would stop the task, since an operator must change something. */
  readonly exitCode: number;
}

/** Connects to the connector's database. @throws UsageError if the connector has none */
export async function openDatabaseLook(
  props: Props,
  worker: Props,
  { allowBroadRole }: { readonly allowBroadRole: boolean },
): Promise<DatabaseLook> {
  const className = (props["connector.class"] ?? "").trim();
  const sinks = sinkPlugins({ ...await fileSinkFolders(worker), allowBroadRole });
  const sink = sinks.find((one) => one.className === className || one.aliases.includes(className));
  if (sink?.openPreview === undefined) {
    throw new UsageError(
      `Cannot use --with-database: connector.class ${className} has no database; leave the option out`,
    );
  }
  const problem = sink.config.validate(props).flatMap(({ errors }) => errors)[0] ??
    [...sink.validate?.(props).values() ?? []].flat()[0];
  if (problem !== undefined) throw new ConfigException(problem);
  const ended = new AbortController();
  const preview = await sink.openPreview(props, { time: systemTime, signal: ended.signal });
  return new Look(preview);
}

class Look implements DatabaseLook {
  readonly #preview: SinkPreview;
  readonly #counts: Record<RecordPreview["is"], number> = { written: 0, ignored: 0, refused: 0, stopped: 0 };

  constructor(preview: SinkPreview) {
    this.#preview = preview;
  }

  async membersFor(record: SinkRecord): Promise<readonly string[]> {
    const found = await this.#preview.of(record);
    this.#counts[found.is] += 1;
    return membersOf(found);
  }

  summary(): string {
    const { written, ignored, refused, stopped } = this.#counts;
    return `Looked at the tables: ${written} would be written, ${ignored} ignored, ${refused} refused, ` +
      `${stopped} would stop the task; ${this.#preview.limits}`;
  }

  get exitCode(): number {
    return this.#counts.stopped > 0 ? exitCode.usage : exitCode.ok;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#preview.close();
  }
}

function membersOf(found: RecordPreview): readonly string[] {
  switch (found.is) {
    case "written": {
      const { to, how, fields } = found;
      return [`"row":${JSON.stringify({ table: to, write: how, columns: fields })}`];
    }
    case "ignored":
      return [`"ignored":${JSON.stringify(found.why)}`];
    case "refused":
      return refusal("refused", found.error);
    case "stopped":
      return [
        ...refusal("stopsTask", found.error),
        ...found.fields.length === 0 ? [] : [`"noColumnFor":${JSON.stringify(found.fields)}`],
      ];
  }
}

function refusal(member: string, error: JavaException): readonly string[] {
  const { rule, field } = error;
  const further = { rule, field };
  return [
    `"${member}":${JSON.stringify(safeText(error))}`,
    ...Object.entries(further).flatMap(([name, text]) =>
      text === undefined ? [] : [`${JSON.stringify(name)}:${JSON.stringify(text)}`]
    ),
  ];
}
