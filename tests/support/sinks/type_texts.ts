/** Texts near the limits of types that write each value in one way. @module */

import fc from "fast-check";

/** Texts that may be valid for the type. */
type TextsOf = Readonly<Record<string, fc.Arbitrary<string>>>;

const upTo = (max: number, width = 2) => fc.nat(max).map((number) => String(number).padStart(width, "0"));
const join = (...parts: fc.Arbitrary<string>[]) => fc.tuple(...parts).map((texts) => texts.join(""));
const text = (...texts: string[]) => fc.constantFrom(...texts);
const digits = (min: number, max: number) => fc.stringMatching(new RegExp(`^\\d{${min},${max}}$`));

const year = fc.oneof(
  fc.integer({ min: 1890, max: 2110 }).map(String),
  upTo(30, 4),
  fc.integer({ min: 1000, max: 300_000 }).map(String),
  upTo(300_000, 6),
  text("0001", "0000", "9999", "10000", "294276", "294277"),
);
const dayOfMonth = fc.oneof(upTo(32), text("28", "29", "30", "31"));
const day = join(year, text("-"), upTo(13), text("-"), dayOfMonth);
const fraction = fc.oneof(
  text(""),
  join(text("."), digits(1, 9)),
  text(".999999", ".9999995", ".9999994", ".0000005", ".1234565", ".000000500", ".500000", ".4999999"),
);
const second = join(text(":"), fc.oneof(upTo(61), text("00", "59", "60")), fraction);
const time = join(
  fc.oneof(upTo(25), text("00", "23", "24")),
  text(":"),
  fc.oneof(upTo(60), text("00", "59")),
  fc.oneof(text(""), second),
);
const sign = text("+", "-");
const zone = fc.oneof(
  text("", "Z", "z", "+00:00", " +02", " Z", "+15:59"),
  join(sign, upTo(17)),
  join(sign, upTo(16), text("", ":"), upTo(61)),
);
const uuid = join(
  text("", "", "", "{"),
  fc.array(join(fc.stringMatching(/^[\da-fA-F]{4}$/), text("", "-")), { minLength: 8, maxLength: 8 })
    .map((groups) => groups.join("").replace(/-$/, "")),
  text("", "", "", "}", "-", "0", "g"),
);
const number = join(
  text("", "-", "+"),
  fc.oneof(digits(1, 6), join(digits(1, 4), text("."), digits(0, 6)), join(text("."), digits(1, 4))),
  fc.oneof(
    text("", "", "", "e131073", "e-16384"),
    join(text("e", "E"), fc.integer({ min: -400, max: 400 }).map(String)),
  ),
);

/** By the type's name. */
export const textsOf: TextsOf = {
  timestamptz: fc.oneof(day, join(day, text("T", " ", "t"), time, zone)),
  date: day,
  time: join(time, zone),
  timetz: join(time, zone),
  uuid,
  numeric: number,
};
