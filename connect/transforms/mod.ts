/** All transformations and predicates as plugins, one line each. @module */

import type { PredicatePlugin, TransformationPlugin } from "../api/plugins.ts";
import { cast } from "./cast/cast.ts";
import { dropHeaders } from "./drop_headers.ts";
import { extractField } from "./extract_field.ts";
import { extractNewRecordState } from "./debezium/extract_new_record_state.ts";
import { filter } from "./filter.ts";
import { flatten } from "./flatten.ts";
import { headerFrom } from "./header_from.ts";
import { hoistField } from "./hoist_field.ts";
import { insertField } from "./insert_field.ts";
import { insertHeader } from "./insert_header.ts";
import { maskField } from "./mask_field.ts";
import { hasHeaderKey, recordIsTombstone, topicNameMatches } from "./predicates.ts";
import { project } from "./project.ts";
import { pseudonymize } from "./pseudonymize.ts";
import { regexRouter } from "./regex_router.ts";
import { replaceField } from "./replace_field.ts";
import { setSchemaMetadata } from "./set_schema_metadata.ts";
import { timestampConverter } from "./timestamps/timestamp_converter.ts";
import { timestampRouter } from "./timestamps/timestamp_router.ts";
import { valueToKey } from "./value_to_key.ts";

/**
 * Connect's transformations, Debezium's and Sluice's own.
 *
 * @example
 * ```ts
 * import { transformationPlugins } from "./mod.ts";
 * const names = transformationPlugins.map(({ className }) => className);
 * if (!names.includes("org.apache.kafka.connect.transforms.Cast$Value")) throw new Error("plugins have full class names");
 * ```
 */
export const transformationPlugins: readonly TransformationPlugin[] = [
  ...cast,
  dropHeaders,
  ...extractField,
  extractNewRecordState,
  filter,
  ...flatten,
  ...headerFrom,
  ...hoistField,
  ...insertField,
  insertHeader,
  ...maskField,
  project,
  ...pseudonymize,
  regexRouter,
  ...replaceField,
  ...setSchemaMetadata,
  ...timestampConverter,
  timestampRouter,
  valueToKey,
];

/** Connect's predicates. */
export const predicatePlugins: readonly PredicatePlugin[] = [
  hasHeaderKey,
  recordIsTombstone,
  topicNameMatches,
];
