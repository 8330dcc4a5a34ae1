/** Requests of a group member: find the coordinator, join, sync, heartbeat, leave. @module */

import { Buffer } from "node:buffer";
import { type Api, asBuffer, type CodeResponse, readText, type Throttled, writeList } from "./api.ts";

export interface Node {
  readonly id: number;
  readonly host: string;
  readonly port: number;
}

const groupCoordinator = 0;

/** Asks which broker coordinates a group. */
export const findCoordinator: Api<string, CodeResponse & { readonly node: Node }> = {
  key: 10,
  version: 2,
  name: "FindCoordinator",
  write: (to, groupId) => void to.writeString(groupId).writeInt8(groupCoordinator),
  read(from) {
    const throttleMs = from.readInt32();
    const code = from.readInt16();
    from.readString(); // error message
    return { throttleMs, code, node: { id: from.readInt32(), host: readText(from), port: from.readInt32() } };
  },
};

export interface MemberIdentity {
  readonly groupId: string;
  readonly generation: number;
  readonly memberId: string;
  /** The id of a static member (KIP-345), else null. */
  readonly instanceId: string | null;
}

interface JoinGroupRequest {
  readonly groupId: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly protocols: readonly { readonly name: string; readonly metadata: Uint8Array }[];
}

/** A member as the leader sees it. */
interface JoinedMember {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly metadata: Uint8Array;
}

/** The new generation; only the leader gets `members`. */
export interface JoinGroupResponse extends CodeResponse {
  readonly generation: number;
  readonly protocol: string;
  readonly leaderId: string;
  readonly memberId: string;
  readonly members: readonly JoinedMember[];
}

/** First half of a rebalance. */
export const joinGroup: Api<JoinGroupRequest, JoinGroupResponse> = {
  key: 11,
  version: 5,
  name: "JoinGroup",
  write(to, request) {
    to.writeString(request.groupId).writeInt32(request.sessionTimeoutMs).writeInt32(
      request.rebalanceTimeoutMs,
    );
    to.writeString(request.memberId).writeString(request.instanceId).writeString("consumer");
    writeList(
      to,
      request.protocols,
      ({ name, metadata }) => to.writeString(name).writeBytes(asBuffer(metadata)),
    );
  },
  read: (from) => ({
    throttleMs: from.readInt32(),
    code: from.readInt16(),
    generation: from.readInt32(),
    protocol: readText(from),
    leaderId: readText(from),
    memberId: readText(from),
    members: from.readArray((d) => ({
      memberId: readText(d),
      instanceId: d.readString(),
      metadata: d.readBytes() ?? noBytes,
    })),
  }),
};

/** The assignment by member, from the leader; empty from other members. */
interface SyncGroupRequest extends MemberIdentity {
  readonly assignments: readonly { readonly memberId: string; readonly assignment: Uint8Array }[];
}

/** Second half of a rebalance. */
export const syncGroup: Api<SyncGroupRequest, CodeResponse & { readonly assignment: Uint8Array }> = {
  key: 14,
  version: 3,
  name: "SyncGroup",
  write(to, request) {
    to.writeString(request.groupId).writeInt32(request.generation);
    to.writeString(request.memberId).writeString(request.instanceId);
    writeList(to, request.assignments, ({ memberId, assignment }) => {
      to.writeString(memberId).writeBytes(asBuffer(assignment));
    });
  },
  read: (from) => ({
    throttleMs: from.readInt32(),
    code: from.readInt16(),
    assignment: from.readBytes() ?? noBytes,
  }),
};

export const heartbeat: Api<MemberIdentity, CodeResponse> = {
  key: 12,
  version: 3,
  name: "Heartbeat",
  write(to, { groupId, generation, memberId, instanceId }) {
    to.writeString(groupId).writeInt32(generation).writeString(memberId).writeString(instanceId);
  },
  read: (from) => ({ throttleMs: from.readInt32(), code: from.readInt16() }),
};

/** Leaves, so that the group doesn't wait for the session timeout. */
export const leaveGroup: Api<MemberIdentity, CodeResponse> = {
  key: 13,
  version: 3,
  name: "LeaveGroup",
  write(to, { groupId, memberId, instanceId }) {
    to.writeString(groupId);
    writeList(to, [memberId], (id) => to.writeString(id).writeString(instanceId));
  },
  read(from): CodeResponse & Throttled {
    const throttleMs = from.readInt32();
    const code = from.readInt16();
    return { throttleMs, code };
  },
};

const noBytes: Uint8Array = Buffer.alloc(0);
