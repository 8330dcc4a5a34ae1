/** Most prepared statements of a session; beyond that the least used one is closed. */
const preparedMax = 50;

/** How a statement is sent. */
interface NameUse {
  readonly name: string;
  /** Whether it must be parsed. */
  readonly isNew: boolean;
}

/** Names of a session's prepared statements. A name is never used again, and differs from those of npm:postgres. */
export class PreparedNames {
  /** From the least recently used on. */
  readonly #names = new Map<string, string>();
  /** Parsed in the flight that is being written. */
  readonly #parsed = new Map<string, string>();
  #closable: string[] = [];
  #made = 0;

  /** Returns the name for a text. */
  use(text: string): NameUse {
    const known = this.#names.get(text) ?? this.#parsed.get(text);
    if (known === undefined) {
      const name = `sluice_${++this.#made}`;
      this.#parsed.set(text, name);
      return { name, isNew: true };
    }
    if (this.#names.delete(text)) this.#names.set(text, known);
    return { name: known, isNew: false };
  }

  /** Keeps a name that the server has parsed. */
  keep(text: string, name: string): void {
    this.#names.set(text, name);
    if (this.#names.size <= preparedMax) return;
    const [oldest] = this.#names;
    if (oldest === undefined) return;
    this.#names.delete(oldest[0]);
    this.#closable.push(oldest[1]);
  }

  /** Forgets names that the flight gave, but the server hasn't parsed. */
  endFlight(): void {
    this.#parsed.clear();
  }

  forgetAll(): void {
    this.#closable.push(...this.#names.values());
    this.#names.clear();
  }

  /** Returns each name once that nothing uses any more. Closing a missing one is no error. */
  toClose(): readonly string[] {
    const names = this.#closable;
    this.#closable = [];
    return names;
  }
}
