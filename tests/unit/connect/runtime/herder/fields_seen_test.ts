import assert from "node:assert/strict";
import type { Converter } from "../../../../../connect/api/plugins.ts";
import { FieldSampler, FieldsSeen, looking } from "../../../../../connect/runtime/herder/fields_seen.ts";

Deno.test("names are kept with dots between them, and entries of lists are one field", () => {
  const seen = new FieldsSeen();
  seen.add("c", "t", { id: 1n, address: { street: "x" }, items: [{ sku: "a" }, { sku: "b" }], none: null });
  assert.deepEqual([...seen.of("c").get("t") ?? []], ["id", "address.street", "items[].sku", "none"]);
});

Deno.test("a source that invents names can't fill the memory", () => {
  const seen = new FieldsSeen();
  for (let n = 0; n < 2_000; n++) seen.add("c", "t", { [`name-${n}`]: 1n });
  for (let n = 0; n < 2_000; n++) seen.add("c", `t-${n}`, { name: 1n });
  assert.equal(seen.of("c").get("t")?.size, 500);
  assert.equal(seen.of("c").size, 100);
});

Deno.test("a deleted connector's names are forgotten", () => {
  const seen = new FieldsSeen();
  seen.add("c", "t", { id: 1n });
  seen.forget("c");
  assert.equal(seen.of("c").size, 0);
});

function counting(read: (bytes: Uint8Array) => number): Converter & { readonly calls: number } {
  let calls = 0;
  return {
    get calls() {
      return calls;
    },
    toConnectData: (_topic, bytes) => {
      calls += 1;
      return { schema: null, value: { a: bytes === null ? null : read(bytes) } };
    },
    fromConnectData: () => null,
  };
}

Deno.test("the first records are looked at, and then one in a thousand; each is read once more by its reader", () => {
  const [reading, whole] = [counting(() => 1), counting(() => 1)];
  const converter = looking(reading, whole, new FieldSampler(whole, () => {}));
  for (let n = 0; n < 2_020; n++) converter.toConnectData("t", new Uint8Array(1));
  assert.equal(reading.calls, 2_020);
  assert.equal(whole.calls, 21);
});

Deno.test("each topic's first records are looked at, however many another one has", () => {
  const whole = counting(() => 1);
  const converter = looking(counting(() => 1), whole, new FieldSampler(whole, () => {}));
  for (let n = 0; n < 500; n++) converter.toConnectData("busy", new Uint8Array(1));
  converter.toConnectData("quiet", new Uint8Array(1));
  assert.equal(whole.calls, 21);
});

Deno.test("a tombstone isn't looked at, and what can't be read fails only where it counts", () => {
  const whole = counting(() => {
    throw new Error("unreadable");
  });
  const converter = looking(
    counting(() => 1),
    whole,
    new FieldSampler(whole, () => assert.fail("there is nothing to add")),
  );
  converter.toConnectData("t", null);
  assert.deepEqual(converter.toConnectData("t", new Uint8Array(1)).value, { a: 1 });
  assert.equal(whole.calls, 1);
});
