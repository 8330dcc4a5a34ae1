/** The option of every Connect converter. (`org.apache.kafka.connect.storage.ConverterConfig`) @module */

/** As in Connect its value has no effect: the option that names the converter decides. */
export const converterKeys = {
  "converter.type": {
    type: "STRING",
    default: "value",
    documentation:
      "What the converter reads: key, value or header. It has no effect: the option that names the converter decides.",
    importance: "LOW",
    recommended: ["key", "value", "header"],
  },
} as const;
