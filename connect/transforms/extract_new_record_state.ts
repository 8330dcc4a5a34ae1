/** Makes rows of Debezium's change events. @module */

import { ConnectException } from "../api/exceptions.ts";
import type { ConnectRecord } from "../api/record.ts";
import { Schema } from "../api/schema.ts";
import {
  type ChangeEvent,
  type ChangeReader,
  SchemalessEventReader,
  StructEventReader,
} from "./change_event.ts";
import { parseReferences } from "./change_event_reference.ts";
import { type Apply, wholeRecord } from "./record_part.ts";
import { type DeleteMode, deleteModes, unwrapConfig } from "./unwrap_options.ts";

/**
 * Replaces a change event (`before`, `after`, `source`, `op`) by the row after the change. What isn't a change event
 * passes as it is. (`io.debezium.transforms.ExtractNewRecordState` 3.2)
 *
 * @example
 * ```ts
 * import { ConnectRecord } from "../api/record.ts";
 * import { extractNewRecordState } from "./extract_new_record_state.ts";
 * const unwrap = extractNewRecordState.create({ "schemaless.envelopes": "true", "add.fields": "op" });
 * const event = { before: null, after: { id: 17n }, source: {}, op: "c", ts_ms: 1n };
 * const row = unwrap.apply(ConnectRecord.of({ topic: "t", value: event }))?.value as { id: bigint; __op: string };
 * if (row.id !== 17n || row.__op !== "c") throw new Error("the row and its operation are left");
 * ```
 */
export const extractNewRecordState = wholeRecord({
  className: "io.debezium.transforms.ExtractNewRecordState",
  version: "3.2.0.Final",
  documentation: "Makes rows of Debezium's change events.",
  config: unwrapConfig,
  create: (options) => {
    const mode = parseMode(options["delete.tombstone.handling.mode"]);
    const headers = parseReferences(options["add.headers.prefix"], options["add.headers"]);
    const opHeader = headers.find(({ parent, field }) => parent === null && field === "op");
    const rewrite = mode.startsWith("rewrite");
    const readers = [new StructEventReader(options, headers, rewrite)] as ChangeReader[];
    if (options["schemaless.envelopes"]) readers.push(new SchemalessEventReader(options, headers, rewrite));
    return (record) => {
      if (record.value === null) {
        return mode === "rewrite-with-tombstone" ? withDelete(record, opHeader?.name) : null;
      }
      const reader = readers.find((candidate) => candidate.reads(record));
      return reader === undefined ? record : unwrap(reader.read(record), mode);
    };
  },
});

function parseMode(text: string): DeleteMode {
  const mode = deleteModes.find((known) => known === text.toLowerCase());
  if (mode === undefined) throw wrapped();
  return mode;
}

/** Debezium says no more; the option's value is in its log. */
function wrapped(): ConnectException {
  return new ConnectException("Unable to validate config.");
}

/** A tombstone comes behind a delete, so that is what its header says. */
function withDelete(record: ConnectRecord, name: string | undefined): ReturnType<Apply> {
  if (name === undefined) return record;
  return record.with({ headers: [...record.headers, { key: name, schema: Schema.STRING, value: "d" }] });
}

function unwrap(event: ChangeEvent, mode: DeleteMode): ConnectRecord | null {
  if (event.kind === "nothing" || (event.kind === "delete" && mode === "drop")) return null;
  if (event.kind === "change") return event.row();
  if (mode === "tombstone") return event.nullRow();
  return mode === "delete-to-tombstone" ? event.tombstone() : event.row();
}
