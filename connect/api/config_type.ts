/** The value types of options and how their text is read. (`ConfigDef.parseType`) @module */

import { ConfigException } from "./exceptions.ts";

/** A secret that never prints. (`org.apache.kafka.common.config.types.Password`) */
export class Password {
  /** A secret. */
  constructor(readonly value: string) {}
  /** Never the secret. */
  toString(): string {
    return "[hidden]";
  }
  /** Never the secret, in JSON neither. */
  toJSON(): string {
    return "[hidden]";
  }
}

/** What each declared type is when parsed. LONG is exact as bigint. */
export type ConfigTypeMap = {
  readonly BOOLEAN: boolean;
  readonly STRING: string;
  readonly INT: number;
  readonly SHORT: number;
  readonly LONG: bigint;
  readonly DOUBLE: number;
  readonly LIST: readonly string[];
  readonly CLASS: string;
  readonly PASSWORD: Password;
};

/** The types of options, by Java's names. */
export type ConfigType = keyof ConfigTypeMap;

/** Reads the text of an option; blanks around it don't count, except in a password's. */
export function parseAs(type: ConfigType, name: string, text: string): ConfigTypeMap[ConfigType] {
  const trimmed = text.trim();
  switch (type) {
    case "BOOLEAN":
      return parseBoolean(name, trimmed);
    case "INT":
      return Number(parseInteger(name, trimmed, type, 31n));
    case "SHORT":
      return Number(parseInteger(name, trimmed, type, 15n));
    case "LONG":
      return parseInteger(name, trimmed, type, 63n);
    case "DOUBLE":
      return parseDouble(name, trimmed);
    case "LIST":
      return trimmed === "" ? [] : trimmed.split(/\s*,\s*/);
    case "PASSWORD":
      return new Password(trimmed);
    case "STRING":
    case "CLASS":
      return trimmed;
  }
}

function parseBoolean(name: string, text: string): boolean {
  const lower = text.toLowerCase();
  if (lower === "true" || lower === "false") return lower === "true";
  throw new ConfigException(
    `Invalid value ${text} for configuration ${name}: Expected value to be either true or false`,
  );
}

function parseInteger(name: string, text: string, type: ConfigType, bits: bigint): bigint {
  if (/^[+-]?\d+$/.test(text)) {
    const value = BigInt(text.replace("+", ""));
    if (value >= -(1n << bits) && value < 1n << bits) return value;
  }
  throw new ConfigException(`Invalid value ${text} for configuration ${name}: Not a number of type ${type}`);
}

function parseDouble(name: string, text: string): number {
  const value = Number(text);
  if (text !== "" && !Number.isNaN(value)) return value;
  throw new ConfigException(`Invalid value ${text} for configuration ${name}: Not a number of type DOUBLE`);
}
