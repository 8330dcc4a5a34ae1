/** Being a member of a consumer group: find its coordinator, join, sync, beat, leave. @module */

import { Buffer } from "node:buffer";
import { type Api, asBuffer, type CodeResponse, readText, type Throttled, writeList } from "./api.ts";

/** A broker's address. */
export interface Node {
  readonly id: number;
  readonly host: string;
  readonly port: number;
}

const groupCoordinator = 0;

/** Which broker coordinates a group. */
export const findCoordinator: Api<string, CodeResponse & { readonly node: Node }> = {
  key: 10,
  version: 2,
  name: "FindCoordinator",
  write: (to, groupId) => void to.writeString(groupId).writeInt8(groupCoordinator),
  read(from) {
    const throttleMs = from.readInt32();
    const code = from.readInt16();
    from.readString(); // the error's text, which the code says already
    return { throttleMs, code, node: { id: from.readInt32(), host: readText(from), port: from.readInt32() } };
  },
};

/** Who a member is. */
export interface MemberIdentity {
  readonly groupId: string;
  readonly generation: number;
  readonly memberId: string;
  /** For a static member (KIP-345), else null. */
  readonly instanceId: string | null;
}

/** Asks to join, and to go on waiting until every member has. */
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

/** The new generation; `members` only for its leader. */
export interface JoinGroupResponse extends CodeResponse {
  readonly generation: number;
  readonly protocol: string;
  readonly leaderId: string;
  readonly memberId: string;
  readonly members: readonly JoinedMember[];
}

/** A rebalance, first half. */
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

/** What a member gets, as the leader says; empty from everybody else. */
interface SyncGroupRequest extends MemberIdentity {
  readonly assignments: readonly { readonly memberId: string; readonly assignment: Uint8Array }[];
}

/** A rebalance, second half. */
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

/** Says that a member lives. */
export const heartbeat: Api<MemberIdentity, CodeResponse> = {
  key: 12,
  version: 3,
  name: "Heartbeat",
  write(to, { groupId, generation, memberId, instanceId }) {
    to.writeString(groupId).writeInt32(generation).writeString(memberId).writeString(instanceId);
  },
  read: (from) => ({ throttleMs: from.readInt32(), code: from.readInt16() }),
};

/** Leaves, so that the others needn't wait for the session's end. */
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
