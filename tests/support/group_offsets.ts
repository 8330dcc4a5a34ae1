/** A group's offsets, from a broker that may be too young to know them. @module */

import type { Admin } from "kafkajs";
import { pollUntil } from "../../sandbox/wait.ts";

/** A young broker makes the topic for offsets first. */
const coordinatorMsMax = 30_000;

/** Asks for the offsets until a coordinator answers. */
export async function fetchGroupOffsets(
  admin: Admin,
  groupId: string,
  topics: readonly string[],
): ReturnType<Admin["fetchOffsets"]> {
  return await pollUntil(
    "the group's coordinator to answer",
    coordinatorMsMax,
    () =>
      admin.fetchOffsets({ groupId, topics: [...topics] }).catch((error) => {
        if (error instanceof Error && "retriable" in error && error.retriable === true) return undefined;
        throw error;
      }),
  );
}
