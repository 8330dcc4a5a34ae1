/** CRC-32C (Castagnoli), by eight table look-ups per eight bytes. (RFC 3720 appendix B.4) @module */

const polynomial = 0x82f63b78;
const tableSize = 256;
const slices = 8;
const tables = makeTables();

/**
 * Returns the checksum of the bytes from `start` up to `end`, unsigned.
 *
 * @example
 * ```ts
 * import { crc32c } from "./crc32c.ts";
 * const bytes = new TextEncoder().encode("123456789");
 * if (crc32c(new DataView(bytes.buffer), 0, bytes.length) !== 0xe3069283) throw new Error("not Castagnoli's");
 * ```
 */
export function crc32c(view: DataView, start: number, end: number): number {
  const t = tables;
  let crc = -1;
  let at = start;
  for (; at + slices <= end; at += slices) {
    const low = view.getInt32(at, true) ^ crc;
    const high = view.getInt32(at + 4, true);
    crc = look(t, 7, low & 0xff) ^ look(t, 6, (low >>> 8) & 0xff) ^ look(t, 5, (low >>> 16) & 0xff) ^
      look(t, 4, low >>> 24) ^ look(t, 3, high & 0xff) ^ look(t, 2, (high >>> 8) & 0xff) ^
      look(t, 1, (high >>> 16) & 0xff) ^ look(t, 0, high >>> 24);
  }
  for (; at < end; at++) crc = look(t, 0, (crc ^ view.getUint8(at)) & 0xff) ^ (crc >>> 8);
  return ~crc >>> 0;
}

function look(table: Int32Array, slice: number, byte: number): number {
  return table[slice * tableSize + byte] ?? 0;
}

function makeTables(): Int32Array {
  const made = new Int32Array(slices * tableSize);
  for (let byte = 0; byte < tableSize; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    made[byte] = crc;
  }
  for (let at = tableSize; at < made.length; at++) {
    const before = made[at - tableSize] ?? 0;
    made[at] = look(made, 0, before & 0xff) ^ (before >>> 8);
  }
  return made;
}
