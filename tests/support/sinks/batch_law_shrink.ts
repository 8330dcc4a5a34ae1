/** Shrinks a case that breaks the batch law, part by part. @module */

import type { DrawnCase, DrawnRecord } from "./batch_law_case.ts";

/** Most tries, to bound the time. */
const triesMax = 1_500;

/**
 * Returns the smallest case near this one that still breaks the law.
 *
 * @param isBroken runs a case
 */
export async function smallest(
  drawn: DrawnCase,
  isBroken: (smaller: DrawnCase) => Promise<boolean>,
): Promise<DrawnCase> {
  let best = drawn;
  let tries = 0;
  for (let hasShrunk = true; hasShrunk && tries < triesMax;) {
    hasShrunk = false;
    for (let place = 0;; place++) {
      const smaller = [...smallerThan(best)][place];
      if (smaller === undefined || tries++ >= triesMax) break;
      if (!await isBroken(smaller)) continue;
      best = smaller;
      hasShrunk = true;
      place--; // what stands at this place now is another one
    }
  }
  return best;
}

/** Cases with one part less, or one part simpler. */
function* smallerThan(drawn: DrawnCase): Generator<DrawnCase> {
  for (const index of drawn.records.keys()) {
    if (drawn.records.length > 1) yield { ...drawn, records: drawn.records.toSpliced(index, 1) };
  }
  for (const index of drawn.extras.keys()) yield { ...drawn, extras: drawn.extras.toSpliced(index, 1) };
  for (const index of drawn.columns.keys()) yield withoutColumn(drawn, index);
  for (const [name, plain] of Object.entries(plainest) as [keyof DrawnCase, unknown][]) {
    if (JSON.stringify(drawn[name]) !== JSON.stringify(plain)) yield { ...drawn, [name]: plain };
  }
  for (let bit = 0; bit < 4; bit++) {
    if ((drawn.seeds >> bit) % 2 === 1) yield { ...drawn, seeds: drawn.seeds - (1 << bit) };
  }
  const { newest } = drawn;
  if (newest !== null) {
    if (newest.hasOwnTimes) yield { ...drawn, newest: { ...newest, hasOwnTimes: false } };
    if (newest.hasPosition) yield { ...drawn, newest: { ...newest, hasPosition: false } };
    if (newest.erasure !== "none") yield { ...drawn, newest: { ...newest, erasure: "none" } };
  }
  for (const index of drawn.columns.keys()) {
    if (drawn.columns[index] !== "text") yield { ...drawn, columns: drawn.columns.with(index, "text") };
  }
  for (const [index, record] of drawn.records.entries()) {
    for (const plainer of plainerThan(record)) {
      yield { ...drawn, records: drawn.records.with(index, plainer) };
    }
  }
}

const plainest = {
  ...{
    stumble: null,
    newest: null,
    hasFormerKeys: false,
    whitelist: null,
    isExactlyOnce: false,
    isUnprepared: false,
  },
  ...{
    tolerates: true,
    tables: "one",
    batchSize: 3000,
    hasSchemas: false,
    isPlain: false,
    isTame: false,
    hasKeyObjects: false,
  },
  ...{
    namesNoKeys: false,
    isDeleting: false,
    insertMode: "upsert",
    keyMode: "record_value",
    keyShape: ["int"],
  },
  ...{ puts: [1], seeds: 0 },
} satisfies Partial<Record<keyof DrawnCase, unknown>>;

/** The other columns keep their cells. */
function withoutColumn(drawn: DrawnCase, index: number): DrawnCase {
  const records = drawn.records.map((record) => ({
    ...record,
    cells: [...record.cells.toSpliced(index, 1), 0],
  }));
  return { ...drawn, columns: drawn.columns.toSpliced(index, 1), records };
}

/** The first cell with a valid value; lower ones are absent or null. */
const goodCell = 9;

function* plainerThan(record: DrawnRecord): Generator<DrawnRecord> {
  for (const name of ["kind", "place", "spelling", "time", "former", "key"] as const) {
    if (record[name] > 0) yield { ...record, [name]: 0 };
  }
  for (const [index, cell] of record.cells.entries()) {
    if (cell > 0) yield { ...record, cells: record.cells.with(index, 0) };
    if (cell > goodCell) yield { ...record, cells: record.cells.with(index, goodCell) };
  }
}
