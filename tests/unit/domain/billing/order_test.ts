import assert from "node:assert/strict";
import { readOrder } from "../../../../domain/billing/order.ts";

const clues = {
  createdAt: "2026-11-23T03:05:27Z",
  recordTime: Date.UTC(2027, 0, 1),
  now: Date.UTC(2028, 0, 1),
};
const order = { orderId: 9001n, customerId: 17n, total: 49.7 };

function centsOf(total: unknown): bigint | string {
  const result = readOrder({ ...order, total }, clues);
  return result.ok ? result.value.cents : `${result.rule} ${result.field}`;
}

Deno.test("an order is read into what billing needs", () => {
  const result = readOrder(order, clues);
  assert.deepEqual(result, {
    ok: true,
    value: { id: 9001n, customerId: "17", cents: 4970n, orderedAt: Date.UTC(2026, 10, 23, 3, 5, 27) },
  });
});

Deno.test("a total is whole hundredths, whatever a binary fraction makes of it", () => {
  assert.equal(centsOf(0.1), 10n);
  assert.equal(centsOf(1.15), 115n); // 114.99999999999999 as a product
  assert.equal(centsOf(999_999_999.99), 99_999_999_999n);
  assert.equal(centsOf(0n), 0n);
});

Deno.test("a total that is no amount of money is refused by its rule", () => {
  for (const total of [5.005, -1, -1n, NaN, Infinity, 10 ** 13, "49.70", null, undefined, true]) {
    assert.equal(centsOf(total), "total_invalid total", String(total));
  }
});

Deno.test("an order id is a positive integer within int64", () => {
  for (const orderId of [0n, -1n, 2n ** 63n, 1.5, "9001", null, undefined]) {
    const result = readOrder({ ...order, orderId }, clues);
    assert.equal(result.ok ? "read" : result.rule, "order_id_invalid", String(orderId));
  }
  assert.ok(readOrder({ ...order, orderId: 2n ** 63n - 1n }, clues).ok);
});

Deno.test("an order without a customer bills nobody", () => {
  const result = readOrder({ ...order, customerId: null }, clues);
  assert.deepEqual(result, { ok: false, rule: "id_missing", field: "customer_id" });
});
