/** The bytes are those that Java's ConsumerProtocol of Kafka 4.3.1 writes. */

import assert from "node:assert/strict";
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from "../../../../../connect/kafka/group/subscription_protocol.ts";

const javaSubscriptions = [
  "000000000002000161000362c3a9000000020102",
  "000100000002000161000362c3a900000002010200000001000161000000020000000100000003",
  "000200000002000161000362c3a90000000201020000000100016100000002000000010000000300000005",
  "000300000002000161000362c3a9000000020102000000010001610000000200000001000000030000000500047261636b",
];
const javaAssignment = "0000000000020001610000000200000000000000020001620000000100000001ffffffff";
const assigned = [["a", 0], ["a", 2], ["b", 1]].map(([topic, partition]) => ({
  topic: String(topic),
  partition: Number(partition),
}));

Deno.test("decodeSubscription() reads every version that Java writes", () => {
  for (const hex of javaSubscriptions) {
    assert.deepEqual(decodeSubscription(Uint8Array.fromHex(hex)), ["a", "bé"]);
  }
});

Deno.test("encodeSubscription() writes what Java writes in version 1", () => {
  assert.equal(encodeSubscription(["b", "a"]).toHex(), "000100000002000161000162ffffffff00000000");
  const owned = [{ topic: "a", partition: 1 }, { topic: "a", partition: 3 }];
  assert.equal(
    encodeSubscription(["a"], owned).toHex(),
    "000100000001000161ffffffff00000001000161000000020000000100000003",
  );
});

Deno.test("encodeAssignment() writes what Java writes in version 0", () => {
  assert.equal(encodeAssignment(assigned).toHex(), javaAssignment);
});

Deno.test("decodeAssignment() reads every version that Java writes, and nothing as an empty one", () => {
  for (const version of ["0000", "0001", "0002", "0003"]) {
    assert.deepEqual(decodeAssignment(Uint8Array.fromHex(version + javaAssignment.slice(4))), assigned);
  }
  assert.deepEqual(decodeAssignment(new Uint8Array()), []);
});

Deno.test("decodeSubscription() makes no room for more topics than there are bytes", () => {
  const bytes = Uint8Array.of(0, 1, 0x01, 0xff, 0xff, 0xff, 0, 1, 0x61);
  assert.throws(() => decodeSubscription(bytes), /^RangeError: a list of 33554431 entries in 3 bytes$/);
});
