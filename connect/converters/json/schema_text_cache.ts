/** Caches schemas by their envelope's text: equal ones are parsed once. (`schemas.cache.size`) @module */

import type { Schema } from "../../api/schema.ts";

/** Schemas of one topic in use at the same time: before and after a change, in a few partitions. */
const schemasPerTopicMax = 4;
/** Maximum characters of all texts together; the schemas take about ten times that. */
const charactersMax = 2_000_000;
/** Maximum length of a cached text: a schema of a thousand columns has half of it. */
const startLengthMax = 200_000;

/** The start of an envelope's text up to its payload, and the schema in it. */
interface KnownStart {
  readonly start: string;
  readonly schema: Schema | null;
}

/**
 * Envelopes of one topic nearly always start with the same text, `{"schema":{…},"payload":`. An envelope with
 * a known start has that schema, and only its payload must be read. `schemas.cache.size` limits topics; the
 * length limits texts. The topic that has gone longest without a new schema is dropped first.
 *
 * @example
 * ```ts
 * import { Schema } from "../../api/schema.ts";
 * import { SchemaTextCache } from "./schema_text_cache.ts";
 * const cache = new SchemaTextCache(1000);
 * cache.add("customers", { start: '{"schema":{"type":"int64"},"payload":', schema: Schema.INT64 });
 * const known = cache.find("customers", '{"schema":{"type":"int64"},"payload":7}');
 * if (known?.schema !== Schema.INT64) throw new Error("equal texts have equal schemas");
 * ```
 */
export class SchemaTextCache {
  readonly #byTopic = new Map<string, readonly KnownStart[]>();
  #characters = 0;

  /** @param topicsMax `schemas.cache.size`; below 1 nothing is cached */
  constructor(readonly topicsMax: number) {}

  find(topic: string, text: string): KnownStart | undefined {
    return this.#byTopic.get(topic)?.find(({ start }) => text.startsWith(start));
  }

  add(topic: string, known: KnownStart): void {
    if (this.topicsMax < 1 || known.start.length > startLengthMax) return;
    const starts = [known, ...this.#take(topic)].slice(0, schemasPerTopicMax);
    this.#byTopic.set(topic, starts);
    this.#characters += charactersOf(starts);
    for (const oldest of this.#byTopic.keys()) {
      if (this.#byTopic.size <= this.topicsMax && this.#characters <= charactersMax) break;
      this.#take(oldest);
    }
  }

  #take(topic: string): readonly KnownStart[] {
    const starts = this.#byTopic.get(topic) ?? [];
    this.#byTopic.delete(topic);
    this.#characters -= charactersOf(starts);
    return starts;
  }
}

function charactersOf(starts: readonly KnownStart[]): number {
  return starts.reduce((sum, { start }) => sum + start.length, 0);
}
