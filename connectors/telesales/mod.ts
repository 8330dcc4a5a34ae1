/**
 * Telesales' policy: the table, the row of an event, which of two events wins, and what erases a person.
 *
 * @module
 */

import type { ConnectorModule, SinkPolicy } from "../../connect/api/plugins.ts";
import { contactRow } from "./contact_row.ts";
import { keepContact } from "./keep_contact.ts";

/** Writes what is known of each person after the shop's events, by the rules of `domain/telesales/person.ts`. */
const personSink: SinkPolicy = {
  className: "sluice.telesales.PersonSink",
  version: "1",
  documentation:
    "Writes the people whom telesales may call, one row per person; the shop's erasures empty rows.",
  sink: "PostgresSink",
  transforms: { contact: keepContact },
  fixed: {
    "table.name.format": "telesales.person",
    "insert.mode": "upsert",
    "delete.enabled": "false",
    "pk.mode": "record_key",
    "pk.fields": "contact_key",
    "pk.previous.field": "previous_keys",
    "fields.whitelist": contactRow.fields.map(({ name }) => name).join(","),
    "newest.wins.field": "updated_at",
    "newest.wins.columns": "region:region_at",
    "source.position.columns": "source_topic,source_partition,source_offset",
    "erasure.lifted.by": "registration",
    "erasure.columns": "erased_at,registered_at,objected_at",
    "key.fingerprint.column": "secret_fingerprint",
    "key.rekey.function": "telesales.rekey_people",
    "contact.retention.function": "telesales.purge_people",
    "audit.ledger.enabled": "true",
    "exactly.once.enabled": "true",
  },
  same: { "erasure.topics": "registration.topics" },
  defaults: {
    "key.converter": "org.apache.kafka.connect.storage.StringConverter",
    "value.converter": "org.apache.kafka.connect.json.JsonConverter",
    "value.converter.schemas.enable": "false",
  },
  required: ["egress.columns"],
};

/** The connector's plugins and policy. Configurations from before the policy was code name the transformation. */
export const connector: ConnectorModule = { plugins: [keepContact], policies: [personSink] };
