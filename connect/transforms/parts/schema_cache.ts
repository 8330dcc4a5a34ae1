/** Caches what a transformation planned for a schema. @module */

import type { Schema } from "../../api/schema.ts";

/** Number of cached schemas, as in Connect. */
const schemasMax = 16;

/**
 * Caches one plan per schema object, the newest {@link schemasMax}. Consecutive records nearly always share
 * their schema, so the last one is checked first. (`SynchronizedLRUCache` in Connect's transforms)
 *
 * @example
 * ```ts
 * import { Schema } from "../../api/schema.ts";
 * import { SchemaCache } from "./schema_cache.ts";
 * let built = 0;
 * const plans = new SchemaCache((schema) => ({ fields: schema.fields.length, built: ++built }));
 * const schema = new Schema("struct", { fields: [] });
 * plans.get(schema);
 * if (plans.get(schema).built !== 1) throw new Error("the plan is cached");
 * ```
 */
export class SchemaCache<T> {
  readonly #plans = new Map<Schema, T>();
  readonly #build: (schema: Schema) => T;
  #last: { readonly schema: Schema; readonly plan: T } | undefined;

  constructor(build: (schema: Schema) => T) {
    this.#build = build;
  }

  get(schema: Schema): T {
    if (this.#last?.schema === schema) return this.#last.plan;
    const plan = this.#plans.get(schema) ?? this.#add(schema);
    this.#last = { schema, plan };
    return plan;
  }

  #add(schema: Schema): T {
    const plan = this.#build(schema);
    this.#plans.set(schema, plan);
    for (const oldest of this.#plans.keys()) {
      if (this.#plans.size <= schemasMax) break;
      this.#plans.delete(oldest);
    }
    return plan;
  }
}
