/** One topic of random events, and two connectors on it: one takes them in columns, the other as objects. @module */

import type { ProducerRecord } from "../../../connect/api/ports.ts";
import type { Random } from "../random.ts";

const encoder = new TextEncoder();

/** Ids of a partition are no other partition's, so that the order of partitions doesn't matter. */
const idsOfPartition = 40;

const names = [
  '"Ana"',
  '"João"',
  '"\\u004aos\\u00e9"',
  '"a \\"quoted\\" \\\\ {name}, NULL\\n"',
  '"\\ud83c\\udf89"',
  '""',
  "null",
  "7",
  "true",
  '"nul\\u0000"',
  '"\\ud800"',
  '["x"]',
  '{"first":"Ana"}',
  `"${"long ".repeat(200)}"`,
  '"tab\there"',
  '"🎉 Zoë"',
];
const numbers = [
  ...["1", "-7", "0", "-0", "2147483647", "2147483648", "1e3", "1.5", "-2.25E1", "null", '"3"', '" 4 "'],
  ...["9223372036854775807", "9223372036854775808", "123456789012345678901234567890", "0.1", "1e400", "01"],
  ...["NaN", "+1", "1.", "-", '"q"', "true", "[1]", "0.30000000000000004", "1E-400", "-0.0"],
];
const times = [
  '"2026-01-01T00:00:00Z"',
  '"2026-01-01T00:00:00.5+02:00"',
  '"2026-02-28 23:59:59.123456-03"',
  '"2026-02-30T00:00:00Z"',
  '"2025-12-31T21:00:00.1234567Z"',
  "null",
  "1767225600000",
  '"now"',
  '"2026-03-01"',
];
const oddValues = [
  ...[
    "",
    " ",
    "null",
    "[1]",
    '"text"',
    "7",
    "{",
    '{"id":1',
    '{"id":1}}',
    '{"id":1} x',
    "{'id':1}",
    '{"id" 1}',
  ],
  ...[
    '{"id":1,}',
    '\ufeff{"id":1}',
    '{"id":1,"id":2}',
    '{"name":"a","id":3,"name":"b"}',
    "{}",
    '{"\\u0069d":5}',
  ],
  ...[
    '{"id":{"id":1}}',
    `${"[".repeat(1200)}${"]".repeat(1200)}`,
    '{"id":1,"x":NaN}',
    '// c\n{"id":1}',
    "nul",
  ],
];

function eventOf(random: Random, partition: number): string {
  const id = partition * idsOfPartition + random.integer(1, idsOfPartition);
  const ids = [String(id), String(id), String(id), `"${id}"`, `${id}.0`, `${id}e0`, "null", `"${id} "`];
  const members = [
    ["id", random.chance(0.93) ? String(id) : random.pick(ids)],
    [
      "name",
      random.chance(0.0005) ? '"refused"' : random.pick(random.chance(0.9) ? names.slice(0, 6) : names),
    ],
    ["n", random.pick(random.chance(0.9) ? numbers.slice(0, 5) : numbers)],
    ["score", random.pick(random.chance(0.9) ? numbers.slice(0, 9) : numbers)],
    ["at", random.pick(random.chance(0.9) ? times.slice(0, 3) : times)],
    ["ok", random.pick(["true", "false", "null", random.chance(0.05) ? '"yes"' : "true"])],
    ["cpf", '"canary-cpf"'],
    ["address", '{"city":"x","id":99,"list":[{"id":1},[],"\\"}"]}'],
  ].filter(([name]) => name === "id" ? random.chance(0.98) : random.chance(0.9));
  if (random.chance(0.1)) members.reverse();
  const [colon, comma] = random.chance(0.1) ? [" :\n\t", " , "] : [":", ","];
  return `{${members.map(([name, value]) => `"${name}"${colon}${value}`).join(comma)}}`;
}

/** Later than the times above, and too new for the broker's retention. */
const nowMs = Date.now();

/** Makes random records for some partitions of a topic. */
export function randomEvents(
  random: Random,
  topic: string,
  partitions: number,
  count: number,
): ProducerRecord[] {
  return Array.from({ length: count }, () => {
    const partition = random.integer(0, partitions - 1);
    const chance = random.fraction();
    let value: Uint8Array | null = encoder.encode(
      chance < 0.02 ? random.pick(oddValues) : eventOf(random, partition),
    );
    if (chance > 0.99) value = null;
    else if (chance > 0.985) value[random.integer(0, value.length - 1)] = random.integer(0, 255);
    const id = partition * idsOfPartition + random.integer(1, idsOfPartition);
    const keys = ["", "\0", "a\nb", ` ${id}`, "ключ", "9".repeat(30)];
    const key = random.chance(0.97) ? String(id) : random.chance(0.5) ? null : random.pick(keys);
    return {
      ...{ topic, partition, timestamp: nowMs - random.integer(0, 1_000_000) },
      key: random.chance(0.005) ? Uint8Array.of(0xff, 0x31) : key === null ? null : encoder.encode(key),
      value,
      headers: random.chance(0.1)
        ? [{ key: "trace", value: encoder.encode("{not json") }, { key: "n", value: null }]
        : [],
    };
  });
}
