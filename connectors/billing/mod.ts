/** Billing's policy: from a purchase to the row of an order, of which the newest counts. @module */

import { z } from "zod";
import { ConfigDef } from "../../connect/api/config_def.ts";
import { DataException } from "../../connect/api/exceptions.ts";
import { KeyedHash } from "../../connect/api/keyed_hash.ts";
import { TIMESTAMP_SCHEMA } from "../../connect/api/logical_types.ts";
import type { ConnectorModule, SinkPolicy, TransformationPlugin } from "../../connect/api/plugins.ts";
import { Schema, Struct } from "../../connect/api/schema.ts";
import { orderRules, readOrder } from "../../domain/billing/order.ts";
import { rules } from "../../domain/result.ts";

const anything = z.unknown().optional();
const purchaseForm = z.object({
  order_id: anything,
  customer: z.object({ id: anything }),
  total: anything,
  created_at: anything,
});

const config = ConfigDef.of({
  "key.secret": { type: "PASSWORD", documentation: "Secret of the customer keys, at least 32 bytes." },
});

const orderRow = new Schema("struct", {
  fields: [
    { name: "order_id", schema: Schema.INT64 },
    { name: "customer_key", schema: Schema.BYTES },
    { name: "cents", schema: Schema.INT64 },
    { name: "ordered_at", schema: TIMESTAMP_SCHEMA },
  ],
});

const keepOrder: TransformationPlugin = {
  type: "transformation",
  className: "sluice.billing.KeepOrder",
  version: "1",
  documentation: "Keeps an order's id, total and time, and its customer as a keyed hash.",
  config,
  create: (props, context) => {
    const hash = new KeyedHash(config.parse(props)["key.secret"].value, "key.secret");
    return {
      apply: (record) => {
        if (record.value === null) return null; // orders are never deleted
        const event = purchaseForm.safeParse(record.value).data;
        if (event === undefined) throw refusal("event_invalid", "Expected a purchase with a customer");
        const { order_id: orderId, customer, total, created_at: createdAt } = event;
        const now = context?.time.now() ?? record.timestamp ?? 0;
        const clues = { createdAt, recordTime: record.timestamp, now };
        const order = readOrder({ orderId, customerId: customer.id, total }, clues);
        if (!order.ok) throw refusal(order.rule, { ...rules, ...orderRules }[order.rule], order.field);
        const { id, customerId, cents, orderedAt } = order.value;
        const row = Struct.of(orderRow, {
          order_id: id,
          customer_key: hash.of(`v1:${customerId}`),
          cents,
          ordered_at: new Date(orderedAt),
        });
        return record.with({ keySchema: null, key: null, valueSchema: orderRow, value: row, headers: [] });
      },
    };
  },
};

function refusal(rule: string, text: string, field?: string): DataException {
  return new DataException(`${text} (${rule})`, { rule, ...(field === undefined ? {} : { field }) });
}

const orderSink: SinkPolicy = {
  className: "sluice.billing.OrderSink",
  version: "1",
  documentation: "Writes a row an order: what it came to, when, and whose it is as a keyed hash.",
  sink: "PostgresSink",
  transforms: { order: keepOrder },
  fixed: {
    "table.name.format": "billing.customer_order",
    "insert.mode": "upsert",
    "pk.mode": "record_value",
    "pk.fields": "order_id",
    "fields.whitelist": orderRow.fields.map(({ name }) => name).join(","),
    "newest.wins.field": "ordered_at",
    "exactly.once.enabled": "true",
  },
  defaults: {
    "key.converter": "org.apache.kafka.connect.storage.StringConverter",
    "value.converter": "org.apache.kafka.connect.json.JsonConverter",
    "value.converter.schemas.enable": "false",
  },
  required: ["egress.columns"],
};

/** The connector's code. */
export const connector: ConnectorModule = { plugins: [keepOrder], policies: [orderSink] };
