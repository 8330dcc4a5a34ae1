import type { Admin } from "kafkajs";
import { pollUntil, waitMsMax } from "../../../sandbox/wait.ts";

/** Asks a broker that may just have started for a group's offsets, until a coordinator answers. */
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
