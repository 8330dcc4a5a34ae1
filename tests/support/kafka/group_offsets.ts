/** A group's offsets, from a broker that may be too young to know them. @module */

import type { Admin } from "kafkajs";
import { pollUntil, waitMsMax } from "../../../sandbox/wait.ts";

/** Asks for the offsets until a coordinator answers. */
export async function fetchGroupOffsets(
  admin: Admin,
  groupId: string,
  topics: readonly string[],
): ReturnType<Admin["fetchOffsets"]> {
  return await pollUntil(
    "the group's coordinator to answer",
    waitMsMax,
    () =>
      admin.fetchOffsets({ groupId, topics: [...topics] }).catch((error) => {
        if (error instanceof Error && "retriable" in error && error.retriable === true) return undefined;
        throw error;
      }),
  );
}
