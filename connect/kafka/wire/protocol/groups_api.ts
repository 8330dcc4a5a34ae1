/** Requests that describe and delete groups. @module */

import { type Api, readText, type Throttled, writeList } from "./api.ts";

interface DescribedMember {
  readonly memberId: string;
  readonly clientId: string;
  readonly host: string;
}

/** A group as its coordinator knows it. */
export interface DescribedGroup {
  readonly code: number;
  readonly groupId: string;
  readonly state: string;
  /** `consumer`, or `connect` for workers. */
  readonly protocolType: string;
  /** The members' common protocol; empty during a rebalance. */
  readonly protocol: string;
  readonly members: readonly DescribedMember[];
}

export const describeGroups: Api<string, Throttled & { readonly groups: readonly DescribedGroup[] }> = {
  key: 15,
  version: 4,
  name: "DescribeGroups",
  write(to, groupId) {
    writeList(to, [groupId], (id) => to.writeString(id));
    to.writeBoolean(false);
  },
  read: (from) => ({
    throttleMs: from.readInt32(),
    groups: from.readArray((d) => {
      const head = {
        ...{ code: d.readInt16(), groupId: readText(d), state: readText(d) },
        ...{ protocolType: readText(d), protocol: readText(d) },
      };
      const members = d.readArray((m) => {
        const memberId = readText(m);
        m.readString(); // instance id
        const member = { memberId, clientId: readText(m), host: readText(m) };
        m.readBytes(); // subscription
        m.readBytes(); // assignment
        return member;
      });
      d.readInt32(); // allowed operations
      return { ...head, members };
    }),
  }),
};

/** Deletes groups without members, with their offsets. */
export const deleteGroups: Api<
  string,
  Throttled & { readonly groups: readonly { readonly groupId: string; readonly code: number }[] }
> = {
  key: 42,
  version: 1,
  name: "DeleteGroups",
  write: (to, groupId) => writeList(to, [groupId], (id) => to.writeString(id)),
  read: (from) => ({
    throttleMs: from.readInt32(),
    groups: from.readArray((d) => ({ groupId: readText(d), code: d.readInt16() })),
  }),
};
