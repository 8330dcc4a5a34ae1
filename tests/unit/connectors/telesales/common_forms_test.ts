/** The common forms against the domain's rules: all of each form, and what is next to it. */

import assert from "node:assert/strict";
import {
  BrazilianPhone,
  isPlainText,
  isShortDecimal,
  readIsoTime,
} from "../../../../connectors/telesales/common_forms.ts";
import { readContactName } from "../../../../domain/contact_name.ts";
import { readCustomerId } from "../../../../domain/customer_id.ts";
import { readInstant } from "../../../../domain/event_time.ts";
import { PhoneReader } from "../../../../domain/phone.ts";
import { readRegion } from "../../../../domain/region.ts";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
/** What a form would take if it read beyond the text. */
const around = 0x31;
const memory = new Uint8Array(1000);
const start = 3;

/** Writes a text between digits and returns its length. */
function place(text: string): number {
  memory.fill(around, 0, start);
  const { written } = new TextEncoder().encodeInto(text, memory.subarray(start));
  memory.fill(around, start + written, start + written + 20);
  return written;
}

/** All texts that differ from this one in one place: a byte replaced, inserted, removed. */
function* neighbors(text: string, letters: string): Generator<string> {
  for (let at = 0; at <= text.length; at++) {
    if (at < text.length) yield text.slice(0, at) + text.slice(at + 1);
    for (const letter of letters) {
      yield text.slice(0, at) + letter + text.slice(at);
      if (at < text.length) yield text.slice(0, at) + letter + text.slice(at + 1);
    }
  }
}

function checkPlain(text: string): boolean {
  const isPlain = isPlainText(memory, start, place(text), 64);
  if (!isPlain) return false;
  assert.deepEqual(readContactName(text), { ok: true, value: text });
  assert.deepEqual(readRegion(text), { ok: true, value: text });
  return true;
}

Deno.test("a plain text is a name and a region as it is: all characters, and all pairs of bytes", () => {
  let count = 0;
  for (let code = 0; code < 0x10000; code++) {
    if (code >= 0xd800 && code < 0xe000) continue;
    const letter = String.fromCodePoint(code);
    if (checkPlain(letter)) count++;
    for (const text of [`a${letter}`, `${letter}a`, `a${letter}b`, `${letter}${letter}`]) checkPlain(text);
  }
  assert.equal(count, 0x7e - 0x20 + 0x250 - 0xc0);
  for (let pair = 0; pair < 0x10000; pair++) {
    const bytes = Uint8Array.of(pair >> 8, pair & 255);
    memory.set(bytes, start);
    if (!isPlainText(memory, start, 2, 64)) continue;
    const text = decoder.decode(bytes); // throws unless it is UTF-8
    assert.deepEqual(readContactName(text), { ok: true, value: text });
  }
});

Deno.test("a plain text has single blanks, none at its ends, and at most so many characters", () => {
  const letters = ["", "a", " ", "é", "\u00a0", "e\u0301", "\t", "~"];
  for (const first of letters) {
    for (const second of letters) {
      for (const third of letters) for (const fourth of letters) checkPlain(first + second + third + fourth);
    }
  }
  for (const letter of ["a", "é", "ɏ"]) {
    for (let length = 0; length < 70; length++) {
      assert.equal(checkPlain(letter.repeat(length)), length > 0 && length <= 64);
    }
    for (const length of [199, 200, 201]) {
      const isPlain = isPlainText(memory, start, place(letter.repeat(length)), 200);
      assert.equal(isPlain, readContactName(letter.repeat(length)).ok);
    }
  }
  assert.equal(isPlainText(memory, start, 0, 64), false);
});

Deno.test("a text that is cut inside a letter is no plain text", () => {
  place("Aé");
  assert.equal(isPlainText(memory, start, 2, 64), false);
});

const phones = PhoneReader.forRegion("BR");
const phone = new BrazilianPhone();

function checkPhone(text: string): boolean {
  const length = phone.read(memory, start, place(text));
  if (length === 0) return false;
  const value = new TextDecoder().decode(phone.text.subarray(0, length));
  assert.deepEqual(phones?.read(text), { ok: true, value }, text);
  return true;
}

/** As the domain's pattern, which isn't exported: what it takes must be taken here, or the fast way is seldom used. */
const common = /^(?:\+55[ -]?)?\(?([1-9]{2})\)? ?(9?\d{4})[ -]?(\d{4})$/;

Deno.test("a Brazilian phone is the number that the domain reads: all forms, and all texts next to them", () => {
  const patterns: string[] = [];
  for (const country of ["", "+55", "+55 ", "+55-", "55", "+54"]) {
    for (const area of ["11", "(11)", "(11", "11)", "(11) ", "11 ", "10", "01", "1"]) {
      for (const first of ["9876", "98765", "3876", "38765", "0000", "90000", "987", "987654"]) {
        for (const separator of ["", " ", "-", "--", "."]) {
          for (const last of ["4321", "432", "43210"]) {
            patterns.push(country + area + first + separator + last);
          }
        }
      }
    }
  }
  let taken = 0;
  for (const text of patterns) {
    const isTaken = checkPhone(text);
    assert.equal(isTaken, common.test(text), text);
    if (isTaken) taken++;
  }
  assert.ok(taken >= 4 * 6 * 5 * 3, `${taken} taken`);
  for (const text of ["+55 (11) 98765-4321", "11 3876 4321", "21987654321", "(11)38764321"]) {
    for (const near of neighbors(text, "019+- ().x")) {
      assert.equal(checkPhone(near), common.test(near), near);
      for (const far of neighbors(near, "09- (")) {
        assert.equal(phone.read(memory, start, place(far)) > 0, common.test(far));
      }
    }
  }
});

Deno.test("a Brazilian phone has any area code without zeros", () => {
  for (let area = 0; area < 100; area++) {
    const code = String(area).padStart(2, "0");
    for (const rest of ["98765-4321", "3333-4444"]) {
      assert.equal(checkPhone(`(${code}) ${rest}`), !code.includes("0"));
    }
  }
});

function checkTime(text: string): boolean {
  const time = readIsoTime(memory, start, place(text));
  if (Number.isNaN(time)) return false;
  assert.equal(time, readInstant(text), text);
  return true;
}

function checkAllTime(text: string) {
  assert.equal(checkTime(text), readInstant(text) !== null, text);
}

const two = (number: number) => String(number).padStart(2, "0");

Deno.test("an ISO time is the instant that the domain reads: all days", () => {
  for (let year = 1600; year <= 2400; year++) {
    for (let month = 0; month <= 13; month++) {
      for (let day = 0; day <= 32; day++) checkAllTime(`${year}-${two(month)}-${two(day)}T00:00:00Z`);
    }
  }
  for (let year = 0; year < 10_000; year++) {
    const text = String(year).padStart(4, "0");
    for (const day of ["01-01", "02-28", "02-29", "03-01", "12-31"]) checkAllTime(`${text}-${day}T00:00:00Z`);
  }
});

Deno.test("an ISO time is the instant that the domain reads: all times of day, offsets and fractions", () => {
  for (let hour = 0; hour <= 25; hour++) {
    for (let minute = 0; minute <= 61; minute++) {
      const time = `${two(hour)}:${two(minute)}`;
      checkAllTime(`2026-11-23T${time}:27Z`);
      for (const sign of "+- ") checkAllTime(`2026-11-23T03:05:27.1${sign}${time}`);
    }
  }
  for (let second = 0; second <= 61; second++) checkAllTime(`2026-11-23T23:59:${two(second)}.999Z`);
  for (let ms = 0; ms < 1000; ms++) {
    const digits = String(ms).padStart(3, "0");
    for (const more of ["", "9", "000", "999999"]) checkAllTime(`1969-12-31T23:59:59.${digits}${more}-03:00`);
  }
  for (let digits = 0; digits <= 11; digits++) checkAllTime(`2026-11-23T03:05:27.${"9".repeat(digits)}Z`);
});

Deno.test("an ISO time is the instant that the domain reads: all texts next to one", () => {
  const letters = Array.from({ length: 128 }, (_value, code) => String.fromCharCode(code)).join("") + "é５";
  for (
    const text of [
      "2026-11-23T03:05:27Z",
      "2026-11-23T03:05:27.123Z",
      "2026-11-23T03:05:27-03:00",
      "2024-02-29T23:59:59.123456789+05:30",
    ]
  ) {
    assert.ok(checkTime(text));
    for (const near of neighbors(text, letters)) checkTime(near);
    for (let length = 0; length < text.length; length++) checkTime(text.slice(0, length));
  }
});

Deno.test("a short decimal is an id in the form integer", () => {
  const texts = ["", "0", "-", "-0", "00", "07", "-7", "--7", "17", "1.0", "+17", "a", "9".repeat(18)];
  for (const text of texts) {
    for (const near of [text, ...neighbors(text, "0719-+. e/:")]) {
      const isIn = isShortDecimal(memory, start, place(near));
      assert.equal(isIn, readCustomerId(near, "integer").ok && near.length <= 18, near);
    }
  }
});
