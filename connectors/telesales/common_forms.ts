/**
 * The common forms of an event's texts, read from their UTF-8. For any other form the domain's rules decide; for these
 * forms they say the same: tests compare all of them.
 *
 * @module
 */

const digitZero = 0x30;
const [blank, plus, minus, dot, colon] = [0x20, 0x2b, 0x2d, 0x2e, 0x3a];
const [parenthesis, closing, letterT, letterZ] = [0x28, 0x29, 0x54, 0x5a];
const msPerMinute = 60_000;
const msPerDay = 86_400_000;

/** Canonical decimals of up to so many characters are within int64. */
const decimalCharactersMax = 18;

/** Whether a text is a decimal as a program writes it, and within int64. */
export function isShortDecimal(bytes: Uint8Array, at: number, length: number): boolean {
  if (length === 0 || length > decimalCharactersMax) return false;
  const end = at + length;
  const first = bytes[at] === minus ? at + 1 : at;
  if (first === end) return false;
  if (bytes[first] === digitZero) return length === 1;
  for (let index = first; index < end; index++) if (digit(bytes[index]!) < 0) return false;
  return true;
}

/** Whether a text has 1 to so many characters, all printable ASCII or composed Latin letters, and only single blanks. */
export function isPlainText(bytes: Uint8Array, at: number, length: number, charactersMax: number): boolean {
  const end = at + length;
  let characters = 0;
  let mayBeBlank = false;
  for (let index = at; index < end; index++) {
    const byte = bytes[index]!;
    if (byte === blank) {
      if (!mayBeBlank) return false;
    } else if (byte > 0x7e) {
      index++;
      if (index === end || !isLatin(byte, bytes[index]!)) return false;
    } else if (byte < blank) return false;
    mayBeBlank = byte !== blank;
    if (++characters > charactersMax) return false;
  }
  return mayBeBlank;
}

/** Whether two bytes are a letter from U+00C0 to U+024F. */
function isLatin(first: number, second: number): boolean {
  if (second < 0x80 || second > 0xbf) return false;
  return (first >= 0xc3 && first <= 0xc8) || (first === 0xc9 && second <= 0x8f);
}

/** Reads phone numbers in the forms that are common in Brazil. */
export class BrazilianPhone {
  /** The number in E.164 that was read last. */
  readonly text: Uint8Array = new TextEncoder().encode("+5500000000000");

  /** Returns the number's length in `text`; 0 = another form. */
  read(bytes: Uint8Array, at: number, length: number): number {
    const end = at + length;
    let from = at;
    if (byteAt(bytes, from, end) === plus) {
      if (byteAt(bytes, from + 1, end) !== 0x35 || byteAt(bytes, from + 2, end) !== 0x35) return 0;
      from += 3;
      if (isSeparator(byteAt(bytes, from, end))) from++;
    }
    if (byteAt(bytes, from, end) === parenthesis) from++;
    for (let index = 3; index < 5; index++) {
      const byte = byteAt(bytes, from++, end);
      if (digit(byte) < 1) return 0;
      this.text[index] = byte;
    }
    if (byteAt(bytes, from, end) === closing) from++;
    if (byteAt(bytes, from, end) === blank) from++;
    return this.#subscriber(bytes, from, end);
  }

  /** Reads eight digits, or nine from 9 on, with or without a separator before the last four. */
  #subscriber(bytes: Uint8Array, at: number, end: number): number {
    const { text } = this;
    let to = 5;
    for (let from = at; from < end; from++) {
      const byte = bytes[from]!;
      if (digit(byte) >= 0) {
        if (to === text.length) return 0;
        text[to++] = byte;
      } else if (!isSeparator(byte) || end - from !== 5) return 0;
    }
    if (to === text.length) return text[5] === 0x39 ? to : 0;
    return to === text.length - 1 ? to : 0;
  }
}

function isSeparator(byte: number): boolean {
  return byte === blank || byte === minus;
}

/**
 * Reads a date and time of ISO 8601 with seconds, with up to nine digits of a fraction, in UTC or with an offset in hours
 * and minutes. Returns milliseconds since 1970; NaN = another form, or no such time.
 */
export function readIsoTime(bytes: Uint8Array, at: number, length: number): number {
  const end = at + length;
  if (length < 20 || bytes[at + 10] !== letterT) return NaN;
  const day = dayOf(bytes, at);
  const minutes = minutesOf(bytes, at + 11);
  const second = bytes[at + 16] === colon ? twoDigits(bytes, at + 17) : -1;
  if (day === noDay || minutes < 0 || second < 0 || second > 59) return NaN;
  let from = at + 19;
  let ms = 0;
  if (bytes[from] === dot) {
    const first = ++from;
    for (let unit = 100; from < end && digit(bytes[from]!) >= 0; from++) {
      if (unit >= 1) ms += unit * digit(bytes[from]!);
      unit = unit === 1 ? 0 : unit / 10;
    }
    if (from === first || from > first + 9) return NaN;
  }
  const time = day * msPerDay + minutes * msPerMinute + second * 1000 + ms;
  if (from + 1 === end) return bytes[from] === letterZ ? time : NaN;
  if (from + 6 !== end) return NaN;
  const offset = minutesOf(bytes, from + 1);
  if (offset < 0) return NaN;
  if (bytes[from] === plus) return time - offset * msPerMinute;
  return bytes[from] === minus ? time + offset * msPerMinute : NaN;
}

/** Days from March of year -400 to 1970, counted as below. */
const marchDaysBefore1970 = 865_566;
/** No day of the years 0 to 9999. */
const noDay = -1_000_000;

/** Returns the days since 1970 of a date such as 2026-11-23, or `noDay`. */
function dayOf(bytes: Uint8Array, at: number): number {
  const century = twoDigits(bytes, at);
  const yearOfCentury = twoDigits(bytes, at + 2);
  const month = twoDigits(bytes, at + 5);
  const day = twoDigits(bytes, at + 8);
  if (century < 0 || yearOfCentury < 0 || bytes[at + 4] !== minus || bytes[at + 7] !== minus) return noDay;
  const year = 100 * century + yearOfCentury;
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return noDay;
  // Counts years from March on, so that the leap day is the last; 400 years more than there are keep them positive.
  const marchYear = year + 400 - (month < 3 ? 1 : 0);
  const leapDays = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400);
  const daysBeforeMonth = Math.floor((153 * ((month + 9) % 12) + 2) / 5);
  return 365 * marchYear + leapDays + daysBeforeMonth + day - marchDaysBefore1970;
}

function daysIn(year: number, month: number): number {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}

/** Returns the minutes of a time of day such as 03:05, or -1. */
function minutesOf(bytes: Uint8Array, at: number): number {
  const hour = twoDigits(bytes, at);
  const minute = bytes[at + 2] === colon ? twoDigits(bytes, at + 3) : -1;
  return hour < 0 || hour > 23 || minute < 0 || minute > 59 ? -1 : 60 * hour + minute;
}

function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = digit(bytes[at]!);
  const ones = digit(bytes[at + 1]!);
  return tens < 0 || ones < 0 ? -1 : 10 * tens + ones;
}

/** Returns a digit's value, or -1. */
function digit(byte: number): number {
  return byte >= digitZero && byte <= digitZero + 9 ? byte - digitZero : -1;
}

function byteAt(bytes: Uint8Array, at: number, end: number): number {
  return at < end ? bytes[at]! : 0;
}
