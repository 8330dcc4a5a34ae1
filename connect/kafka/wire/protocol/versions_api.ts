import type { ApiVersions } from "../kafkajs_internals.ts";
import type { Api, Throttled } from "./api.ts";

/** Asks which API versions a broker serves; the first request on every connection. */
export const apiVersions: Api<void, Throttled & { readonly code: number; readonly versions: ApiVersions }> = {
  key: 18,
  version: 2,
  name: "ApiVersions",
  write() {},
  read(from) {
    const code = from.readInt16();
    const versions: ApiVersions = {};
    from.readArray((d) => {
      versions[d.readInt16()] = { minVersion: d.readInt16(), maxVersion: d.readInt16() };
    });
    return { code, versions, throttleMs: from.readInt32() };
  },
};
