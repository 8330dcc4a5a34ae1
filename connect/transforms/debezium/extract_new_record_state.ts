/** Extracts rows from Debezium's change events. @module */

import { ConnectException } from "../../api/exceptions.ts";
import type { ConnectRecord } from "../../api/record.ts";
import { Schema } from "../../api/schema.ts";
import {
  type ChangeEvent,
  type ChangeReader,
  SchemalessEventReader,
  StructEventReader,
} from "./change_event.ts";
import { parseReferences } from "./change_event_reference.ts";
import { type Apply, wholeRecord } from "../parts/record_part.ts";
import { type DeleteHandling, deleteModes, handlingOfMode } from "./delete_handling.ts";
import { olderHandling, olderWarnings } from "./unwrap_older_options.ts";
import { unwrapConfig } from "./unwrap_options.ts";

/**
 * Replaces a change event (`before`, `after`, `source`, `op`) with the row after the change. Other records
 * pass unchanged. (`io.debezium.transforms.ExtractNewRecordState` 3.2)
 *
 * @example
 * ```ts
 * import { ConnectRecord } from "../../api/record.ts";
 * import { extractNewRecordState } from "./extract_new_record_state.ts";
 * const unwrap = extractNewRecordState.create({ "schemaless.envelopes": "true", "add.fields": "op" });
 * const event = { before: null, after: { id: 17n }, source: {}, op: "c", ts_ms: 1n };
 * const row = unwrap.apply(ConnectRecord.of({ topic: "t", value: event }))?.value as { id: bigint; __op: string };
 * if (row.id !== 17n || row.__op !== "c") throw new Error("the row and its operation remain");
 * ```
 */
export const extractNewRecordState = wholeRecord({
  className: "io.debezium.transforms.ExtractNewRecordState",
  version: "3.2.0.Final",
  documentation: "Extracts rows from Debezium's change events.",
  config: unwrapConfig,
  warnings: olderWarnings,
  create: (options, props) => {
    const handling = olderHandling(props) ?? parseMode(options["delete.tombstone.handling.mode"]);
    const headers = parseReferences(options["add.headers.prefix"], options["add.headers"]);
    const opHeader = headers.find(({ parent, field }) => parent === null && field === "op");
    const rewrite = handling.deletes === "rewrite";
    const readers = [new StructEventReader(options, headers, rewrite)] as ChangeReader[];
    if (options["schemaless.envelopes"]) readers.push(new SchemalessEventReader(options, headers, rewrite));
    return (record) => {
      if (record.value === null) {
        return handling.tombstones === "pass" ? withDelete(record, opHeader?.name) : null;
      }
      const reader = readers.find((candidate) => candidate.reads(record));
      return reader === undefined ? record : unwrap(reader.read(record), handling);
    };
  },
});

/** Debezium's text is shorter; its log contains the option's value. */
function parseMode(text: string): DeleteHandling {
  const handling = handlingOfMode(text);
  if (handling !== undefined) return handling;
  throw new ConnectException(
    `Unable to validate config: delete.tombstone.handling.mode must be one of ${deleteModes.join(", ")}`,
    { connectText: "Unable to validate config." },
  );
}

/** A tombstone follows a delete, so its header says delete. */
function withDelete(record: ConnectRecord, name: string | undefined): ReturnType<Apply> {
  if (name === undefined) return record;
  return record.with({ headers: [...record.headers, { key: name, schema: Schema.STRING, value: "d" }] });
}

function unwrap(event: ChangeEvent, { deletes }: DeleteHandling): ConnectRecord | null {
  if (event.kind === "nothing" || (event.kind === "delete" && deletes === "drop")) return null;
  if (event.kind === "change") return event.row();
  if (deletes === "null_row") return event.nullRow();
  return deletes === "tombstone" ? event.tombstone() : event.row();
}
