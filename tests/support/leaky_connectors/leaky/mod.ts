/** A bad transformation: it puts all of a record into errors that aren't Connect's, and doesn't catch them. @module */

import { ConfigDef } from "../../../../connect/api/config_def.ts";
import type { ConnectorModule, TransformationPlugin } from "../../../../connect/api/plugins.ts";

const burst: TransformationPlugin = {
  type: "transformation",
  className: "sluice.leaky.Burst",
  version: "1",
  documentation: "Throws what records tell it to.",
  config: ConfigDef.of({}),
  create: () => ({
    apply: (record) => {
      const { value } = record;
      const fault: unknown = typeof value === "object" && value !== null
        ? Reflect.get(value, "fault")
        : undefined;
      if (fault === "throw") throw errorWith(value);
      if (fault === "crash") {
        queueMicrotask(() => {
          throw errorWith(value);
        });
      }
      if (fault === "reject") void Promise.reject(errorWith(value));
      return record;
    },
  }),
};

function errorWith(value: unknown): Error {
  const text = JSON.stringify(value, (_, part) => typeof part === "bigint" ? `${part}` : part);
  const error = new TypeError(`Cannot use ${text}\n    at ${text}`, {
    cause: new RangeError(text, { cause: text }),
  });
  return Object.assign(error, { detail: text, parameters: [value] });
}

/** The connector's plugins. */
export const connector: ConnectorModule = { plugins: [burst] };
