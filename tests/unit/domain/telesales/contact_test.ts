import assert from "node:assert/strict";
import { PhoneReader } from "../../../../domain/phone.ts";
import { rules } from "../../../../domain/result.ts";
import {
  type CustomerReport,
  readContact,
  type ReportContext,
} from "../../../../domain/telesales/contact.ts";

const phones = PhoneReader.forRegion("BR") as PhoneReader;
const report: CustomerReport = {
  customerId: 17n,
  name: "Ana Lima",
  phone: "(11) 98765-4321",
  region: "SP",
  isRegistration: false,
};
const context: ReportContext = { recordKey: "17", createdAt: undefined, recordTime: 1000, now: 2000 };

function read(changes: Partial<CustomerReport>, about: Partial<ReportContext> = {}) {
  return readContact({ ...report, ...changes }, { ...context, ...about }, phones);
}

function ruleOf(changes: Partial<CustomerReport>, about: Partial<ReportContext> = {}): string {
  const result = read(changes, about);
  return result.ok ? "ok" : result.rule;
}

Deno.test("a report becomes a contact with the three fields, its time and nothing else", () => {
  assert.deepEqual(read({}), {
    ok: true,
    value: {
      id: "17",
      name: "Ana Lima",
      phone: "+5511987654321",
      region: "SP",
      updatedAt: 1000,
      registeredAt: null,
    },
  });
});

Deno.test("a registration carries its own time", () => {
  const result = read({ isRegistration: true });
  assert.equal(result.ok && result.value.registeredAt, 1000);
});

Deno.test("a region that isn't known is no reason to refuse", () => {
  const result = read({ region: undefined });
  assert.ok(result.ok);
  assert.equal(result.value.region, null);
});

Deno.test("the record's key has to be the same id, as text or as a number", () => {
  assert.equal(ruleOf({}, { recordKey: 17n }), "ok");
  assert.equal(ruleOf({ customerId: "17" }, { recordKey: 17n }), "ok");
  for (const recordKey of ["18", "017", " 17", null, undefined, {}, 17.5]) {
    assert.equal(ruleOf({}, { recordKey }), "key_mismatch");
  }
});

Deno.test("the first rule that refuses is the answer: id, key, name, phone, region", () => {
  const all = { customerId: null, name: null, phone: null, region: 5n };
  assert.equal(ruleOf(all, { recordKey: "x" }), "id_missing");
  assert.equal(ruleOf({ ...all, customerId: 1e300 }, { recordKey: "x" }), "id_invalid");
  assert.equal(ruleOf({ ...all, customerId: 17n }, { recordKey: "x" }), "key_mismatch");
  assert.equal(ruleOf({ ...all, customerId: 17n }), "name_missing");
  assert.equal(ruleOf({ ...all, customerId: 17n, name: ["x"] }), "name_invalid");
  assert.equal(ruleOf({ ...all, customerId: 17n, name: "Ana" }), "phone_missing");
  assert.equal(ruleOf({ ...all, customerId: 17n, name: "Ana", phone: "1" }), "phone_impossible");
  assert.equal(ruleOf({ region: 5n }), "region_invalid");
});

Deno.test("every rule says what it expects, without a full stop", () => {
  for (const text of Object.values(rules)) assert.match(text, /^Expected .*[^.]$/);
});

Deno.test("in the form integer the key is held against the form, too", () => {
  const ruleInForm = (customerId: unknown, recordKey: unknown) => {
    const result = readContact({ ...report, customerId }, { ...context, recordKey }, phones, "integer");
    return result.ok ? "ok" : result.rule;
  };
  assert.equal(ruleInForm(17n, "17"), "ok");
  assert.equal(ruleInForm("17", 17n), "ok");
  for (const key of ["18", null, undefined, {}, 17.5]) assert.equal(ruleInForm(17n, key), "key_mismatch");
  for (const key of [" 17", "017", "17.0", '"17"']) assert.equal(ruleInForm(17n, key), "id_invalid");
  assert.equal(ruleInForm(" 17", " 17"), "id_invalid");
});
