import assert from "node:assert/strict";
import { rightsExcess, type RoleContract } from "../../../../../sinks/postgres/privacy/role_check.ts";
import type { HeldRight } from "../../../../../sinks/postgres/statements/role_rights.ts";

const contract: RoleContract = {
  writes: new Set(["id", "name", "at"]),
  updates: new Set(["name", "at"]),
  reads: new Set(["id", "at"]),
  deletes: false,
};

const right = (parts: Partial<HeldRight>): HeldRight => ({
  kind: "relation",
  object: "table people",
  place: "contract",
  column: null,
  privilege: "SELECT",
  isGrantable: false,
  isPublic: false,
  isFixed: false,
  ...parts,
});

Deno.test("what the contract and the bookkeeping need is no excess", () => {
  const needed = [
    right({ privilege: "INSERT", column: "name" }),
    right({ privilege: "UPDATE", column: "at" }),
    right({ column: "id" }),
    right({ place: "offsets", privilege: "UPDATE" }),
    right({ place: "ledger", privilege: "INSERT", column: "counts" }),
    right({ privilege: "INSERT", column: "id" }),
    right({ kind: "schema", place: null, privilege: "USAGE" }),
    right({ kind: "database", place: null, privilege: "TEMPORARY", isPublic: true }),
    right({ kind: "function", place: "function", privilege: "EXECUTE", isFixed: true }),
  ];
  assert.deepEqual(rightsExcess(needed, contract), []);
});

Deno.test("what goes beyond is named once, with column, grant option and PUBLIC", () => {
  const beyond = [
    right({ column: "name" }),
    right({ column: "name" }),
    right({ privilege: "UPDATE", column: "note", isPublic: true }),
    right({ privilege: "DELETE" }),
    right({ column: "id", isGrantable: true }),
    right({ privilege: "UPDATE", column: "id" }),
    right({ place: "ledger" }),
    right({ place: "ledger", object: "table sluice_ledger", privilege: "INSERT" }),
    right({ place: "ledger", object: "table sluice_ledger", privilege: "INSERT", column: "written_at" }),
    right({ place: null, object: "table other", privilege: "INSERT" }),
    right({ kind: "function", place: "function", object: "function f()", privilege: "EXECUTE" }),
    right({ kind: "owner", place: null, object: "schema mine", privilege: "OWNER" }),
  ];
  assert.deepEqual(rightsExcess(beyond, contract), [
    "SELECT (name) on table people",
    "UPDATE (note) on table people by PUBLIC",
    "DELETE on table people",
    "SELECT (id) on table people with grant option",
    "UPDATE (id) on table people",
    "SELECT on table people",
    "INSERT on table sluice_ledger",
    "INSERT (written_at) on table sluice_ledger",
    "INSERT on table other",
    "EXECUTE on function f()",
    "ownership of schema mine",
  ]);
  assert.deepEqual(rightsExcess([right({ privilege: "DELETE" })], { ...contract, deletes: true }), []);
});
