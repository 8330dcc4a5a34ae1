/**
 * Generates phone numbers and the ways in which people write them.
 *
 * faker isn't used, since its Brazilian numbers can be invalid.
 *
 * @module
 */

import type { Random } from "./random.ts";

const areaCodes: Readonly<Record<string, readonly string[]>> = {
  SP: ["11", "12", "13", "14", "15", "16", "17", "18", "19"],
  RJ: ["21", "22", "24"],
  MG: ["31", "32", "33", "34", "35", "37", "38"],
  RS: ["51", "53", "54", "55"],
  PR: ["41", "42", "43", "44", "45", "46"],
  BA: ["71", "73", "74", "75", "77"],
  PE: ["81", "87"],
  CE: ["85", "88"],
  SC: ["47", "48", "49"],
  GO: ["62", "64"],
  DF: ["61"],
  AM: ["92", "97"],
  PA: ["91", "93", "94"],
  ES: ["27", "28"],
  MA: ["98", "99"],
  MT: ["65", "66"],
};

/** The states of the sandbox's customers. */
export const regions: readonly string[] = Object.keys(areaCodes);

const foreignShare = 0.03;
const landlineShare = 0.15;

/** Returns a phone number from a state, in E.164. */
export function phoneOf(random: Random, region: string): string {
  if (random.chance(foreignShare)) return foreignPhone(random);
  const area = random.pick(areaCodes[region] ?? ["11"]);
  const subscriber = random.chance(landlineShare)
    ? `${2 + random.int(4)}${random.digits(7)}`
    : `9${6 + random.int(4)}${random.digits(7)}`;
  return `+55${area}${subscriber}`;
}

function foreignPhone(random: Random): string {
  return random.pick([
    () => `+35191${random.digits(7)}`,
    () => `+1212${2 + random.int(8)}${random.digits(6)}`,
    () => `+54911${2 + random.int(8)}${random.digits(7)}`,
  ])();
}

/** Returns the number as a customer would type it. */
export function spelled(random: Random, phone: string): string {
  return random.pick(phone.startsWith("+55") ? homeSpellings : foreignSpellings)(phone);
}

type Spelling = (phone: string) => string;

/** All spellings of a Brazilian number. */
export const homeSpellings: readonly Spelling[] = [
  (phone) => phone,
  (phone) => inParts(phone, ({ area, front, back }) => `(${area}) ${front}-${back}`),
  (phone) => inParts(phone, ({ area, front, back }) => `${area} ${front}-${back}`),
  (phone) => inParts(phone, ({ area, front, back }) => `${area}${front}${back}`),
  (phone) => inParts(phone, ({ area, front, back }) => `0${area} ${front} ${back}`),
  (phone) => inParts(phone, ({ area, front, back }) => `(0${area}) ${front}.${back}`),
  (phone) => inParts(phone, ({ area, front, back }) => `+55 ${area} ${front}-${back}`),
  (phone) => inParts(phone, ({ area, front, back }) => `+55 (${area}) ${front}-${back}`),
  (phone) => inParts(phone, ({ area, front, back }) => `  +55.${area}.${front}.${back} `),
  (phone) => inParts(phone, ({ area, front, back }) => `tel:+55-${area}-${front}-${back}`),
  (phone) => inParts(phone, ({ area, front, back }) => `${area}\u00a0${front}\u2013${back}`),
];

/** All spellings of a foreign number. */
export const foreignSpellings: readonly Spelling[] = [
  (phone) => phone,
  (phone) => `${phone.slice(0, 3)} ${phone.slice(3, 6)} ${phone.slice(6)}`,
  (phone) => `${phone.slice(0, 6)}-${phone.slice(6)}`,
];

interface PhoneParts {
  readonly area: string;
  readonly front: string;
  readonly back: string;
}

function inParts(phone: string, write: (parts: PhoneParts) => string): string {
  const national = phone.slice("+55".length);
  return write({ area: national.slice(0, 2), front: national.slice(2, -4), back: national.slice(-4) });
}
