/** Predicates, which select the records of a transformation. (KIP-585) @module */

import { ConfigDef } from "../api/config_def.ts";
import { byName, JavaPattern } from "../java/regex.ts";
import type { PredicatePlugin } from "../api/plugins.ts";
import { notEmptyText, regularExpression } from "./parts/options.ts";
import { CONNECT_TRANSFORMS, CONNECT_VERSION } from "./parts/record_part.ts";

const prefix = `${CONNECT_TRANSFORMS}predicates.`;

const headerName = ConfigDef.of({
  name: {
    type: "STRING",
    importance: "MEDIUM",
    documentation: "Name of the header.",
    check: notEmptyText,
  },
});

/**
 * Matches records with a header of that name. (`org.apache.kafka.connect.transforms.predicates.HasHeaderKey`)
 *
 * @example
 * ```ts
 * import { ConnectRecord } from "../api/record.ts";
 * import { hasHeaderKey } from "./predicates.ts";
 * const predicate = hasHeaderKey.create({ name: "trace" });
 * const headers = [{ key: "trace", schema: null, value: null }];
 * if (!predicate.test(ConnectRecord.of({ topic: "t", headers }))) throw new Error("the header is there");
 * ```
 */
export const hasHeaderKey: PredicatePlugin = {
  type: "predicate",
  className: `${prefix}HasHeaderKey`,
  version: CONNECT_VERSION,
  documentation: "Matches records with a header of the configured name.",
  config: headerName,
  reads: () => [],
  create: (props) => {
    const { name } = headerName.parse(props);
    return { test: (record) => record.headers.some((header) => header.key === name) };
  },
};

/**
 * Matches records whose value is null, whatever its schema.
 * (`org.apache.kafka.connect.transforms.predicates.RecordIsTombstone`)
 */
export const recordIsTombstone: PredicatePlugin = {
  type: "predicate",
  className: `${prefix}RecordIsTombstone`,
  version: CONNECT_VERSION,
  documentation: "Matches tombstones: records whose value is null.",
  config: ConfigDef.of({}),
  reads: () => [],
  create: () => ({ test: (record) => record.value === null }),
};

const topicPattern = ConfigDef.of({
  pattern: {
    type: "STRING",
    importance: "MEDIUM",
    documentation: "Java regular expression that the whole topic must match.",
    check: (name, value) => notEmptyText(name, value) ?? regularExpression(name, value),
  },
});

/**
 * Matches records whose whole topic matches a Java regular expression.
 * (`org.apache.kafka.connect.transforms.predicates.TopicNameMatches`)
 */
export const topicNameMatches: PredicatePlugin = {
  type: "predicate",
  className: `${prefix}TopicNameMatches`,
  version: CONNECT_VERSION,
  documentation: "Matches records whose topic matches the configured pattern.",
  config: topicPattern,
  reads: () => [],
  create: (props) => {
    const pattern = JavaPattern.compile(topicPattern.parse(props).pattern);
    const matches = byName((topic) => pattern.matches(topic));
    return { test: (record) => matches(record.topic) };
  },
};
