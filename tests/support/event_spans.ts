import { IN_ARENA, SPAN_NUMBERS, SpanArena, SpanKind, type SpanRecord } from "../../connect/api/spans.ts";

/** Numbers of a span that is written in these bytes. */
type Written = readonly [kind: number, at: number, length: number];

const isObject = (value: unknown) => typeof value === "object" && value !== null && !Array.isArray(value);

/** Spans of an event's fields as a reader of JSON gives them, made from the event's value. */
export class EventSpans {
  readonly record: SpanRecord;
  readonly #bytes = new Uint8Array(4096);
  #length = 0;
  readonly #paths: readonly (readonly string[])[];
  readonly #isInArena: () => boolean;

  /** @param isInArena says of each text whether it was unescaped, and so is in the arena */
  constructor(
    paths: readonly (readonly string[])[],
    parts: { readonly topic: string; readonly key: string | null; readonly timestamp: number },
    isInArena: () => boolean = () => false,
  ) {
    this.#paths = paths;
    this.#isInArena = isInArena;
    const [keyAt, keyLength] = parts.key === null ? [0, -1] : this.#write(parts.key);
    this.record = {
      topic: parts.topic,
      partition: 0,
      offset: 7,
      timestamp: parts.timestamp,
      bytes: this.#bytes,
      keyAt,
      keyLength,
      fields: new Int32Array(paths.length * SPAN_NUMBERS),
      arena: new SpanArena(8),
    };
  }

  /** Writes the fields' spans. Returns false for an event that a reader leaves to the converter. */
  read(event: unknown): boolean {
    if (!isObject(event)) return false;
    return this.#paths.every((path, index) => {
      const span = this.#spanOf(path.reduce((value, name) => ownField(value, name), event), path);
      if (span !== undefined) this.record.fields.set(span, index * SPAN_NUMBERS);
      return span !== undefined;
    });
  }

  #spanOf(value: unknown, path: readonly string[]): Written | undefined {
    if (value === undefined) return [SpanKind.absent, 0, 0];
    if (value === null) return [SpanKind.null, 0, 0];
    if (typeof value === "boolean") return [value ? SpanKind.true : SpanKind.false, 0, 0];
    if (typeof value === "string") return value.isWellFormed() ? this.#text(value) : undefined;
    if (typeof value === "bigint" || typeof value === "number") {
      const isInteger = typeof value === "bigint" && /^-?\d{1,18}$/.test(String(value));
      return [isInteger ? SpanKind.integer : SpanKind.number, ...this.#write(String(value))];
    }
    const isParent = this.#paths.some((other) => other.length > path.length && other[0] === path[0]);
    return isObject(value) && isParent ? [SpanKind.object, 0, 0] : undefined;
  }

  #text(text: string): Written {
    if (!this.#isInArena()) return [SpanKind.text, ...this.#write(text)];
    const { arena } = this.record;
    const at = arena.length;
    return [SpanKind.text | IN_ARENA, at, arena.addText(text)];
  }

  /** Writes a text between letters that could belong to it, and returns where it is. */
  #write(text: string): readonly [at: number, length: number] {
    const { written } = new TextEncoder().encodeInto(`1${text}1`, this.#bytes.subarray(this.#length));
    const at = this.#length + 1;
    this.#length += written;
    return [at, written - 2];
  }
}

function ownField(value: unknown, name: string): unknown {
  return isObject(value) && Object.hasOwn(value as object, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}
