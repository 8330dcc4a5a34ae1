/** The options of JsonConverter. (`org.apache.kafka.connect.json.JsonConverterConfig`) @module */

import { ConfigDef, invalidValue } from "../../api/config_def.ts";
import { converterKeys } from "../converter_keys.ts";

const decimalFormats = ["NUMERIC", "BASE64"] as const;

/**
 * Declared once; docs and REST metadata come from here.
 *
 * @example
 * ```ts
 * import { jsonConverterConfig } from "./json_converter_config.ts";
 * if (!jsonConverterConfig.parse({})["schemas.enable"]) throw new Error("Connect's default is with schemas");
 * ```
 */
export const jsonConverterConfig = ConfigDef.of({
  ...converterKeys,
  "schemas.enable": {
    type: "BOOLEAN",
    default: "true",
    documentation:
      'Whether every message carries its schema: {"schema": ..., "payload": ...}. False is plain JSON.',
    importance: "HIGH",
    group: "Schemas",
    displayName: "Enable Schemas",
    width: "MEDIUM",
  },
  "schemas.cache.size": {
    type: "INT",
    default: "1000",
    documentation:
      "Topics whose last schemas are remembered, at most. Here the bound counts topics, in Connect schemas.",
    importance: "HIGH",
    group: "Schemas",
    displayName: "Schema Cache Size",
    width: "MEDIUM",
  },
  "schema.content": {
    type: "STRING",
    default: null,
    documentation:
      "A schema as JSON for all messages, which are then payloads alone. Counts only with schemas.enable=true.",
    importance: "HIGH",
    group: "Schemas",
    displayName: "Schema Content",
    width: "MEDIUM",
  },
  "decimal.format": {
    type: "STRING",
    default: "BASE64",
    documentation:
      "How decimals are written: BASE64 (bytes of the unscaled number) or NUMERIC (a JSON number). Both are read.",
    importance: "LOW",
    check: checkDecimalFormat,
    recommended: decimalFormats,
    group: "Serialization",
    displayName: "Decimal Format",
    width: "MEDIUM",
  },
  "replace.null.with.default": {
    type: "BOOLEAN",
    default: "true",
    documentation: "Whether a null becomes the default of its schema, in reading and in writing.",
    importance: "LOW",
    group: "Serialization",
    displayName: "Replace null with default",
    width: "MEDIUM",
  },
});

function checkDecimalFormat(name: string, value: unknown): string | undefined {
  const format = String(value);
  if (decimalFormats.some((known) => known === format.toUpperCase())) return undefined;
  return invalidValue(name, format, `String must be one of (case insensitive): ${decimalFormats.join(", ")}`)
    .message;
}
