/** Structs: records with a schema. @module */

export { Struct } from "./schema.ts";
