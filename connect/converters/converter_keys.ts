/** The option every converter of Connect has. (`org.apache.kafka.connect.storage.ConverterConfig`) @module */

/** Whatever it is set to, the place where a converter is named decides, as in Connect. */
export const converterKeys = {
  "converter.type": {
    type: "STRING",
    default: "value",
    documentation:
      "What the converter reads: key, value or header. Where it is named decides, so setting it changes nothing.",
    importance: "LOW",
    recommended: ["key", "value", "header"],
  },
} as const;
