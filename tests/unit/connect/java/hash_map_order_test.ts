/** The order in which OpenJDK 17's HashMap iterated these keys. */

import assert from "node:assert/strict";
import { hashMapOrder } from "../../../../connect/java/hash_map_order.ts";

Deno.test("keys come in the order of their buckets, whatever the order they were put in", () => {
  assert.deepEqual(hashMapOrder(["name", "region", "points", "phone", "opt_in"]), [
    "phone",
    "name",
    "opt_in",
    "region",
    "points",
  ]);
});

Deno.test("more keys than three quarters of the buckets double the table", () => {
  const keys = Array.from({ length: 13 }, (_, index) => `k${index}`);
  assert.deepEqual(hashMapOrder(keys), [
    "k0",
    "k1",
    "k2",
    "k3",
    "k4",
    "k5",
    "k11",
    "k6",
    "k10",
    "k7",
    "k8",
    "k12",
    "k9",
  ]);
});
