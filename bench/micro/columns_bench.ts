/**
 * Measures a batch of 2,048 records in columns on its way to the database: checking, folding, ordering. The same as
 * records is in table_batch_bench.ts.
 *
 *     deno bench bench/micro/columns_bench.ts
 *
 * @module
 */

import type { Props } from "../../connect/api/sink_task.ts";
import { columnProps, customerBatch, deliveryOf } from "../../tests/support/sinks/columns/figures_world.ts";

const records = 2048;

function bench(name: string, props: Props, customers: number): void {
  const delivery = deliveryOf(props);
  const batch = customerBatch(records, customers);
  Deno.bench(name, { group: `${records} records` }, async () => {
    if (!await delivery.deliver(batch)) throw new Error("Cannot measure: the batch was declined");
  });
}

bench("upsert, all keys different", columnProps.upsert, 100_003);
bench("upsert, ten keys", columnProps.upsert, 10);
bench("newest wins, all keys different", columnProps.newest, 100_003);
bench("newest wins, ten keys", columnProps.newest, 10);
