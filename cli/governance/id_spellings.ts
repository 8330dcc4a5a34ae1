/** Digits of the longest int64, and a leading zero. */
const widthMax = 20;

const blanksBefore = ["", " ", "\t"];
const blanksBehind = ["", " ", "\t", "\n", "\r\n", "\r"];

/** Most spellings of one number. */
export const spellingsMax = 500;

const number = /^([+-]?)0*(\d{1,19})(?:\.0*)?$/;

/**
 * Returns the spellings of a number, its canonical one first; another text has only itself.
 * They have leading zeros up to 20 digits, a plus sign, `.0` or `.00`, quotes or full-width digits, each
 * also with a blank or tab before or after it and with a line end after it. The given text is one of them.
 *
 * @example
 * ```ts
 * import { spellingsOf } from "./id_spellings.ts";
 * const spellings = spellingsOf("12");
 * if (spellings[0] !== "12" || !spellings.includes("012") || !spellings.includes("12 ")) throw new Error("all of 12");
 * if (spellingsOf("C-12").length !== 1) throw new Error("a code has one spelling");
 * ```
 */
export function spellingsOf(id: string): readonly string[] {
  const [, sign, digits] = number.exec(bare(id)) ?? [];
  if (sign === undefined || digits === undefined) return [id];
  const minus = sign === "-" && digits !== "0" ? "-" : "";
  const canonical = minus + digits;
  const written = [
    ...zerosBefore(digits).map((padded) => minus + padded),
    ...(minus === "" ? [`+${digits}`] : []),
    ...(digits === "0" ? ["-0"] : []),
    ...[`${canonical}.0`, `${canonical}.00`, `"${canonical}"`, fullWidth(canonical)],
  ];
  const withBlanks = [canonical, ...written].flatMap((text) =>
    blanksBefore.flatMap((before) => blanksBehind.map((behind) => before + text + behind))
  );
  return [...new Set([canonical, ...withBlanks, id])];
}

/** Without blanks and quotes around it, and with ASCII digits. */
function bare(id: string): string {
  const text = id.normalize("NFKC").trim();
  return text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1).trim() : text;
}

function zerosBefore(digits: string): readonly string[] {
  const widths = Array.from({ length: widthMax - digits.length }, (_, index) => digits.length + 1 + index);
  return widths.map((width) => digits.padStart(width, "0"));
}

function fullWidth(text: string): string {
  return text.replaceAll(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)));
}
