/** Billing's order: the customer, the total, the time. @module */

import { type CustomerId, readCustomerId } from "../customer_id.ts";
import { type EventTime, eventTime, type TimeClues } from "../event_time.ts";
import { accepted, refused, type Result, type Rule } from "../result.ts";

/** The fields of an event about an order, before the rules check them. */
interface OrderReport {
  readonly orderId: unknown;
  readonly customerId: unknown;
  readonly total: unknown;
}

interface Order {
  readonly id: bigint;
  readonly customerId: CustomerId;
  /** The total in hundredths, so that sums are exact. */
  readonly cents: bigint;
  readonly orderedAt: EventTime;
}

/** Billing's own rules, with what each expects. */
export const orderRules = {
  order_id_invalid: "Expected an order id that is a positive integer within int64",
  total_invalid: "Expected a total from 0 to 10^12 with at most two decimals",
} as const;

type OrderRule = keyof typeof orderRules | Rule;

const centsMax = 10 ** 14;
/** Largest distance of a binary fraction's hundredths from a whole number. */
const centsErrorMax = 1e-3;

/**
 * Reads an order, or returns the first rule that refuses it.
 *
 * @example
 * ```ts
 * import { readOrder } from "./order.ts";
 * const clues = { createdAt: null, recordTime: 5, now: 9 };
 * const order = readOrder({ orderId: 9001n, customerId: 17n, total: 49.7 }, clues);
 * if (!order.ok || order.value.cents !== 4970n) throw new Error("49.70 is 4970 hundredths");
 * ```
 */
export function readOrder(report: OrderReport, clues: TimeClues): Result<Order, OrderRule> {
  const { orderId: id } = report;
  if (typeof id !== "bigint" || id <= 0n || id >= 2n ** 63n) return refused("order_id_invalid", "order_id");
  const customer = readCustomerId(report.customerId);
  if (!customer.ok) return customer;
  const cents = readCents(report.total);
  if (cents === undefined) return refused("total_invalid", "total");
  return accepted({ id, customerId: customer.value, cents, orderedAt: eventTime(clues) });
}

function readCents(total: unknown): bigint | undefined {
  if (typeof total !== "number" && typeof total !== "bigint") return undefined;
  const exact = Number(total) * 100;
  const cents = Math.round(exact);
  const isMoney = cents >= 0 && cents <= centsMax && Math.abs(exact - cents) <= centsErrorMax;
  return isMoney ? BigInt(cents) : undefined;
}
