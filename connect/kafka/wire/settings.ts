/** Parses Java client properties and records which were read, so that a warning can name the others. @module */

import { ConfigException } from "../../api/exceptions.ts";
import type { Props } from "../../api/sink_task.ts";

const intMax = 2 ** 31 - 1;

/** Typed access to properties; a bad value is a ConfigException that names the option. */
export class Settings {
  readonly #props: Props;
  readonly #read = new Set<string>();

  constructor(props: Props) {
    this.#props = props;
  }

  text(name: string, fallback: string): string {
    this.#read.add(name);
    return this.#props[name] ?? fallback;
  }

  /** Returns null if the property is unset or empty. */
  optional(name: string): string | null {
    return this.text(name, "") || null;
  }

  integer(name: string, fallback: number, min = 0): number {
    const text = this.text(name, String(fallback)).trim();
    const value = Number(text);
    if (!/^[+-]?\d+$/.test(text) || value > intMax) {
      throw new ConfigException(`Invalid value ${text} for configuration ${name}: Not a number of type INT`);
    }
    if (value < min) {
      throw new ConfigException(
        `Invalid value ${value} for configuration ${name}: Value must be at least ${min}`,
      );
    }
    return value;
  }

  boolean(name: string, fallback: boolean): boolean {
    return this.choice(name, fallback ? "true" : "false", ["true", "false"]) === "true";
  }

  /** Returns one of the words, in any case. */
  choice<Word extends string>(name: string, fallback: Word, words: readonly Word[]): Word {
    const text = this.text(name, fallback).trim();
    const word = words.find((known) => known.toLowerCase() === text.toLowerCase());
    if (word === undefined) {
      throw new ConfigException(
        `Invalid value ${text} for configuration ${name}: String must be one of: ${words.join(", ")}`,
      );
    }
    return word;
  }

  /** Returns the names that were never read. */
  unread(): readonly string[] {
    return Object.keys(this.#props).filter((name) => !this.#read.has(name));
  }
}
