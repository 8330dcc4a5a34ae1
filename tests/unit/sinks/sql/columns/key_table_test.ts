import assert from "node:assert/strict";
import { ColumnMemory } from "../../../../../sinks/sql/columns/column_memory.ts";
import { KeyTable } from "../../../../../sinks/sql/columns/key_table.ts";
import { Random } from "../../../../support/random.ts";

const encoder = new TextEncoder();

/** A table with these keys as its rows, in order. */
function tableOf(
  keys: readonly string[],
  table?: { readonly memory: ColumnMemory; readonly keys: KeyTable },
) {
  const memory = table?.memory ?? new ColumnMemory();
  const own = table?.keys ?? new KeyTable(memory);
  const bytes = keys.map((key) => encoder.encode(key));
  memory.begin([encoder.encode(keys.join(""))]);
  own.begin(keys.length);
  let at = 0;
  const found = bytes.map(({ length }, row) => {
    own.set(row, 0, at, length);
    at += length;
    return own.put(row);
  });
  return { memory, keys: own, found };
}

function expected(keys: readonly string[]): readonly number[] {
  const last = new Map<string, number>();
  return keys.map((key, row) => {
    const found = last.get(key) ?? -1;
    last.set(key, row);
    return found;
  });
}

Deno.test("put() returns the last row of the same key, in a table that is full of others", () => {
  const random = new Random(7);
  for (const count of [1, 2, 3, 500, 5000]) {
    const keys = Array.from({ length: count }, () => String(random.integer(1, count)));
    assert.deepEqual(tableOf(keys).found, expected(keys));
  }
});

Deno.test("put() tells keys with the same hash apart", () => {
  // Pairs of FNV-1a's 32 bits.
  const keys = [
    "costarring",
    "liquid",
    "costarring",
    "declinate",
    "macallums",
    "liquid",
    "altarage",
    "zinke",
  ];
  assert.deepEqual(tableOf(keys).found, [-1, -1, 0, -1, -1, 1, -1, -1]);
});

Deno.test("begin() forgets the batch before, whatever its size", () => {
  const first = tableOf(Array.from({ length: 3000 }, (_, row) => `key ${row}`));
  for (const count of [10, 4000, 1]) {
    const keys = Array.from({ length: count }, (_, row) => `key ${row}`);
    assert.deepEqual(tableOf(keys, first).found, keys.map(() => -1));
  }
});

Deno.test("replace() gives the key another row", () => {
  const { keys, memory } = tableOf(["a", "b", "a"]);
  keys.replace(0);
  memory.begin([encoder.encode("a")]);
  keys.set(3, 0, 0, 1);
  assert.equal(keys.put(3), 0);
});

Deno.test("sort() orders rows by the bytes of their keys", () => {
  const random = new Random(3);
  const samples: readonly (readonly string[])[] = [
    ["b", "a", "", "ab", "a\0"],
    ["João", "Joao", "😀", "\uffff"],
    Array.from({ length: 3000 }, () => `customer-${random.integer(0, 1_000_000)}`),
    ["z", ...Array.from({ length: 100 }, () => `customer-${random.integer(0, 1000)}`)],
  ];
  for (const sample of samples) {
    const keys = [...new Set(sample)];
    const { keys: table } = tableOf(keys);
    const order = Int32Array.from(keys.keys());
    table.sort(order, keys.length);
    const sorted = [...order].map((row) => keys[row] ?? "");
    const inBytes = keys.toSorted((a, b) => encoder.encode(a).toHex() < encoder.encode(b).toHex() ? -1 : 1);
    assert.deepEqual(sorted, inBytes);
  }
});
