import assert from "node:assert/strict";
import { openShop, type ShopEvent } from "../../../../sandbox/bank1/shop.ts";

function life(seed: number, newcomers: number, events: number): readonly ShopEvent[] {
  const shop = openShop(seed);
  return Array.from({ length: events }, (_, at) => at < newcomers ? shop.newcomer(at) : shop.next(at));
}

Deno.test("the same seed makes the same life, another seed another one", () => {
  assert.deepEqual(life(7, 10, 200), life(7, 10, 200));
  assert.notDeepEqual(life(7, 10, 200), life(8, 10, 200));
});

Deno.test("everything a producer's events can be occurs", () => {
  const events = life(1, 50, 2000);
  const some = (test: (event: ShopEvent) => boolean) => assert.ok(events.some(test), test.toString());
  some((event) => event.what.kind === "registration" && event.what.file === undefined);
  some((event) => event.what.kind === "purchase");
  some((event) => event.what.kind === "campaign");
  some((event) => event.region === null);
  some((event) => event.region !== null && event.region.trim() === "");
  some((event) => event.region !== null && event.region !== event.region.trim());
  some((event) => /[áãçéõ]/.test(event.meantName));
  some((event) => event.name !== event.name.normalize("NFC"));
  some((event) => event.name !== event.meantName && event.name.trim() === event.name);
});

Deno.test("a name is meant as it is typed but for blanks and decomposed accents", () => {
  for (const { name, meantName } of life(2, 50, 1000)) {
    assert.equal(name.normalize("NFC").trim().replace(/\s+/g, " "), meantName);
  }
});

Deno.test("no two events of a customer have the same time, however many there are in a millisecond", () => {
  const shop = openShop(3);
  const events = Array.from({ length: 1000 }, (_, index) => shop.next(Math.floor(index / 100)));
  const times = events.map(({ customerId, createdAt }) => `${customerId} ${createdAt}`);
  assert.equal(new Set(times).size, events.length);
});

Deno.test("customers move, and a customer's file comes with the first registration only", () => {
  const byCustomer = Map.groupBy(life(4, 20, 2000), (event) => event.customerId);
  const phones = Array.from(byCustomer.values(), (events) => new Set(events.map((e) => e.meantPhone)).size);
  assert.ok(Math.max(...phones) > 1);
  for (const [first, ...others] of byCustomer.values()) {
    assert.ok(first?.what.kind === "registration" && first.what.file !== undefined);
    assert.ok(others.every(({ what }) => what.kind !== "registration" || what.file === undefined));
  }
});

Deno.test("a purchase's total is the sum of its items", () => {
  for (const { what } of life(5, 20, 500)) {
    if (what.kind !== "purchase") continue;
    const sum = what.items.reduce((total, item) => total + item.quantity * item.unit_price, 0);
    assert.equal(what.total.toFixed(2), sum.toFixed(2));
  }
});
