/** The options of JsonConverter. (`org.apache.kafka.connect.json.JsonConverterConfig`) @module */

import { ConfigDef, invalidValue } from "../../api/config_def.ts";
import { converterKeys } from "../converter_keys.ts";

const decimalFormats = ["NUMERIC", "BASE64"] as const;

/**
 * Parses JsonConverter's options.
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
      'Whether every message contains its schema: {"schema": ..., "payload": ...}. False means plain JSON.',
    importance: "HIGH",
    group: "Schemas",
    displayName: "Enable Schemas",
    width: "MEDIUM",
  },
  "schemas.cache.size": {
    type: "INT",
    default: "1000",
    documentation:
      "Maximum number of topics whose latest schemas are cached. In Connect the limit counts schemas.",
    importance: "HIGH",
    group: "Schemas",
    displayName: "Schema Cache Size",
    width: "MEDIUM",
  },
  "schema.content": {
    type: "STRING",
    default: null,
    documentation:
      "A JSON schema for all messages, which then contain only the payload. Requires schemas.enable=true.",
    importance: "HIGH",
    group: "Schemas",
    displayName: "Schema Content",
    width: "MEDIUM",
  },
  "decimal.format": {
    type: "STRING",
    default: "BASE64",
    documentation:
      "Format in which decimals are written: BASE64 (bytes of the unscaled number) or NUMERIC (a JSON number). Both are read.",
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
    documentation: "Whether null is replaced with the default of its schema, when reading and when writing.",
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
