/** Renames topics with a regular expression. @module */

import { ConfigDef } from "../api/config_def.ts";
import { byName, JavaPattern } from "../java/regex.ts";
import { problemOf, regularExpression } from "./parts/options.ts";
import { CONNECT_TRANSFORMS, readsNothing, wholeRecord } from "./parts/record_part.ts";

/**
 * Renames the topic of records whose whole topic matches `regex`, replacing the first match in it.
 * (`org.apache.kafka.connect.transforms.RegexRouter`)
 *
 * @example
 * ```ts
 * import { ConnectRecord } from "../api/record.ts";
 * import { regexRouter } from "./regex_router.ts";
 * const router = regexRouter.create({ regex: "bank1\\.public\\.(.*)", replacement: "$1" });
 * const record = router.apply(ConnectRecord.of({ topic: "bank1.public.customers" }));
 * if (record?.topic !== "customers") throw new Error("the topic is renamed");
 * if (record.origin.topic !== "bank1.public.customers") throw new Error("offsets belong to the original topic");
 * ```
 */
export const regexRouter = wholeRecord({
  className: `${CONNECT_TRANSFORMS}RegexRouter`,
  documentation: "Renames topics with a Java regular expression.",
  config: ConfigDef.of({
    regex: {
      type: "STRING",
      importance: "HIGH",
      documentation: "Java regular expression that the whole topic must match.",
      check: regularExpression,
    },
    replacement: {
      type: "STRING",
      importance: "HIGH",
      documentation: "Replacement of the match; `$1` and `${name}` insert groups.",
    },
  }),
  reads: () => readsNothing,
  problems: ({ regex, replacement }) =>
    problemOf("replacement", () => JavaPattern.compile(regex).checkReplacement(replacement)),
  create: ({ regex, replacement }) => {
    const pattern = JavaPattern.compile(regex);
    const routed = byName((topic) =>
      pattern.matches(topic) ? pattern.replaceFirst(topic, replacement) : topic
    );
    return (record) => {
      const to = routed(record.topic);
      return to === record.topic ? record : record.with({ topic: to });
    };
  },
});
