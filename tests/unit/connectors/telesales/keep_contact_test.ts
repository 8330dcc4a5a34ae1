import assert from "node:assert/strict";
import { inspect } from "node:util";
import { ConfigException, DataException } from "../../../../connect/api/exceptions.ts";
import { KeyedHash } from "../../../../connect/api/keyed_hash.ts";
import type { Time } from "../../../../connect/api/ports.ts";
import { ConnectRecord, type RecordParts } from "../../../../connect/api/record.ts";
import { type ConnectValue, Struct } from "../../../../connect/api/schema.ts";
import { connector } from "../../../../connectors/telesales/mod.ts";
import { wholeOf } from "../../../support/shipped_config.ts";

const secret = "a secret of telesales with at least 32 bytes";
const older = "the_secret_of_last_year_also_with_32_bytes";
const oldest = "the_secret_of_the_year_before_with_32_bytes";
const created = Date.UTC(2026, 10, 23, 3, 5, 27, 123);
const now = created + 60_000;
const time: Time = { now: () => now, monotonic: () => now, sleep: () => Promise.resolve() };

const plugin = connector.plugins[0];
assert.ok(plugin?.type === "transformation");
const create = (props: Record<string, string> = {}) =>
  plugin.create({ "key.secret": secret, ...props }, { time });
const transform = create();

const hashOf = (id: string, of = secret) => new KeyedHash(of, "key.secret").of(`v1:${id}`);
const contact = { name: "Ana Lima", phone: "+5511987654321", region: "SP" };

function record(value: ConnectValue, parts: Partial<RecordParts> = {}): ConnectRecord {
  return ConnectRecord.of({
    topic: "customers.registrations",
    key: "17",
    value,
    timestamp: created + 1000,
    offset: 7n,
    ...parts,
  });
}

function fieldsOf(result: ConnectRecord | null): Record<string, ConnectValue> {
  const row = result?.value;
  assert.ok(row instanceof Struct);
  return Object.fromEntries(row.schema.fields.map(({ name }) => [name, row.get(name)]));
}

const flat = {
  event: "registration",
  customer_id: 17n,
  name: "Ana Lima",
  phone: "(11) 98765-4321",
  region: "SP",
  email: "canary-email",
  cpf: "canary-cpf",
  password_hash: "canary-hash",
  address: { street: "canary-street", region: "canary-region" },
  created_at: "2026-11-23T03:05:27.123Z",
};
const purchase = {
  event: "purchase",
  order_id: 5n,
  customer: { id: 17n, name: "Ana Lima", phone: "(11) 98765-4321", region: "SP", email: "canary-email" },
  card: { number: "canary-card" },
  items: [{ sku: "canary-sku" }],
  total: 49.7,
  created_at: "2026-11-23T03:05:27.123Z",
};
const campaign = {
  event: "campaign",
  campaign: "canary-campaign",
  lead: {
    customer_id: 17n,
    full_name: "Ana Lima",
    phone_number: "(11) 98765-4321",
    state: "SP",
    email: "canary",
  },
  utm: { source: "canary-utm" },
  created_at: "2026-11-23T03:05:27.123Z",
};

const topics = ["customers.registrations", "customers.purchases", "customers.campaigns"];

for (const [shape, event] of Object.entries({ flat, purchase, campaign })) {
  for (const topic of topics) {
    Deno.test(`the ${shape} shape is understood on ${topic}, and nothing but the contract passes`, () => {
      const result = transform.apply(
        record(event, { topic, headers: [{ key: "canary", schema: null, value: "canary" }] }),
      );
      const isRegistration = shape === "flat" && topic === "customers.registrations";
      assert.deepEqual(fieldsOf(result), {
        ...contact,
        updated_at: new Date(created),
        registered_at: isRegistration ? new Date(created) : null,
      });
      assert.deepEqual(result?.key, { contact_key: hashOf("17") });
      assert.deepEqual(result?.headers, []);
      assert.doesNotMatch(inspect(result, { depth: 9 }), /canary/);
    });
  }
}

Deno.test("a registration is a flat event that says so or says nothing, on a topic of registrations", () => {
  const registeredAt = (event: ConnectValue, topic = "customers.registrations") =>
    fieldsOf(transform.apply(record({ ...flat, event }, { topic })))["registered_at"];
  assert.deepEqual(registeredAt("registration"), new Date(created));
  assert.deepEqual(registeredAt(null), new Date(created));
  assert.equal(registeredAt("purchase"), null);
  assert.equal(registeredAt(5n), null);
  assert.equal(registeredAt("registration", "customers.campaigns"), null);
  const { event: _, ...silent } = flat;
  assert.deepEqual(fieldsOf(transform.apply(record(silent)))["registered_at"], new Date(created));
});

Deno.test("the original topic counts, whatever a router before it did", () => {
  const routed = record(flat).with({ topic: "somewhere.else" });
  assert.deepEqual(fieldsOf(transform.apply(routed))["registered_at"], new Date(created));
});

Deno.test('17 and "17" are one person, 017 is another', () => {
  const keyOf = (id: ConnectValue, key: string) =>
    transform.apply(record({ ...flat, customer_id: id }, { key }))?.key;
  assert.deepEqual(keyOf(17n, "17"), keyOf("17", "17"));
  assert.notDeepEqual(keyOf("017", "017"), keyOf("17", "17"));
});

Deno.test("the keys under earlier secrets come along, also with a tombstone", () => {
  const rotated = create({ "key.secret.previous": `${older}, ${oldest}\n` });
  const expected = {
    contact_key: hashOf("17"),
    previous_keys: [hashOf("17", older), hashOf("17", oldest)],
  };
  assert.deepEqual(rotated.apply(record(flat))?.key, expected);
  assert.deepEqual(rotated.apply(record(null))?.key, expected);
});

Deno.test("an empty text of earlier secrets is none", () => {
  assert.deepEqual(create({ "key.secret.previous": "" }).apply(record(null))?.key, {
    contact_key: hashOf("17"),
  });
});

Deno.test("a tombstone stays one, under the contact's key", () => {
  for (const topic of topics) {
    const result = transform.apply(record(null, { topic }));
    assert.equal(result?.value, null);
    assert.equal(result?.valueSchema, null);
    assert.deepEqual(result?.key, { contact_key: hashOf("17") });
    assert.equal(result?.topic, topic);
  }
});

Deno.test("an unknown region is null and no reason to refuse", () => {
  for (const region of [null, "", "  "]) {
    assert.equal(fieldsOf(transform.apply(record({ ...flat, region })))["region"], null);
  }
});

Deno.test("without a timestamp and a created_at it is the time of processing", () => {
  const row = fieldsOf(transform.apply(record({ ...flat, created_at: "soon" }, { timestamp: null })));
  assert.deepEqual(row["updated_at"], new Date(now));
});

const bad: Readonly<Record<string, readonly [ConnectValue, string, string | undefined]>> = {
  "an empty object": [{}, "id_missing", "customer_id"],
  "a text": ["customer 17 canary", "event_invalid", undefined],
  "a list": [[{ customer_id: 17n }], "event_invalid", undefined],
  "a number": [17n, "event_invalid", undefined],
  "true": [true, "event_invalid", undefined],
  "an id beyond int64": [{ ...flat, customer_id: 2n ** 64n + 17n }, "id_invalid", "customer_id"],
  "an id with a fraction": [{ ...flat, customer_id: 1e300 }, "id_invalid", "customer_id"],
  "an id that is an object": [{ ...flat, customer_id: { id: "17" } }, "id_invalid", "customer_id"],
  "no id in the purchase's customer": [{ customer: { name: "canary" } }, "id_missing", "customer_id"],
  "another customer's key": [{ ...flat, customer_id: 18n }, "key_mismatch", "customer_id"],
  "no name": [{ ...flat, name: null }, "name_missing", "name"],
  "a list as name": [{ ...flat, name: ["canary"] }, "name_invalid", "name"],
  "a NUL in the name": [{ ...flat, name: "canary\u0000b" }, "name_invalid", "name"],
  "no phone": [{ ...flat, phone: "  " }, "phone_missing", "phone"],
  "a number as phone": [{ ...flat, phone: 42n }, "phone_impossible", "phone"],
  "a phone of one digit": [{ ...flat, phone: "1" }, "phone_impossible", "phone"],
  "a region that goes on and on": [{ ...flat, region: "canary".repeat(20) }, "region_invalid", "region"],
};

for (const [what, [value, rule, field]] of Object.entries(bad)) {
  Deno.test(`${what} is refused as ${rule}, and the refusal holds no value`, () => {
    assert.throws(() => transform.apply(record(value)), (error: Error) => {
      assert.ok(error instanceof DataException);
      assert.equal(error.rule, rule);
      assert.equal(error.field, field);
      assert.match(error.message, new RegExp(`\\(${rule}\\)$`));
      assert.doesNotMatch(error.message + error.connectText, /canary|17|42|1e300/);
      return true;
    });
  });
}

Deno.test("a tombstone without a key is refused", () => {
  assert.throws(
    () => transform.apply(record(null, { key: null })),
    (error: Error) => error instanceof DataException && error.rule === "id_missing",
  );
});

Deno.test("customer.id.form=integer refuses other spellings in values, record keys and tombstone keys", () => {
  const integers = create({ "customer.id.form": "integer" });
  const ruleOf = (value: ConnectValue, key: ConnectValue) => {
    try {
      return integers.apply(record(value, { key }))?.key;
    } catch (error) {
      assert.ok(error instanceof DataException);
      assert.doesNotMatch(error.message + error.connectText, /17/);
      return error.rule;
    }
  };
  for (const spelling of [" 17", "17 ", "017", "17.0", "+17", '"17"', "\uff11\uff17"]) {
    assert.equal(ruleOf({ ...flat, customer_id: spelling }, spelling), "id_invalid");
    assert.equal(
      ruleOf({ ...purchase, customer: { ...purchase.customer, id: spelling } }, "17"),
      "id_invalid",
    );
    assert.equal(ruleOf(flat, spelling), "id_invalid");
    assert.equal(ruleOf(null, spelling), "id_invalid");
  }
  assert.deepEqual(ruleOf({ ...flat, customer_id: "17" }, "17"), { contact_key: hashOf("17") });
  assert.deepEqual(ruleOf(null, "17"), { contact_key: hashOf("17") });
  assert.deepEqual(ruleOf(null, 17n), { contact_key: hashOf("17") });
  assert.equal(ruleOf(null, null), "id_missing");
});

Deno.test("names of fields can't reach beyond the object", () => {
  const inherited = Object.assign(
    Object.create({ customer_id: 17n, name: "Ana", phone: "+5511987654321" }),
    {},
  );
  assert.throws(() => transform.apply(record(inherited)), DataException);
  const odd = JSON.parse('{"__proto__": {"customer_id": 17, "name": "x"}, "constructor": 1}');
  assert.throws(
    () => transform.apply(record(odd)),
    (error: Error) => error instanceof DataException && error.rule === "id_missing",
  );
});

Deno.test("options: a short secret, no secret and an unknown country are refused by name", () => {
  const refusal = (props: Record<string, string>) => {
    try {
      plugin.create(props, { time });
    } catch (error) {
      assert.ok(error instanceof ConfigException, String(error));
      return error.message;
    }
    throw new Error("it should refuse");
  };
  assert.match(refusal({}), /Missing required configuration "key\.secret"/);
  assert.match(refusal({ "key.secret": "canary" }), /\[hidden\] for configuration key\.secret: .*32 bytes/);
  assert.match(
    refusal({ "key.secret": secret, "key.secret.previous": "canary" }),
    /key\.secret\.previous: .*32 bytes/,
  );
  assert.match(
    refusal({ "key.secret": secret, "phone.default.region": "Brazil" }),
    /Invalid value Brazil for configuration phone\.default\.region: Expected a country/,
  );
  assert.match(
    refusal({ "key.secret": secret, "customer.id.form": "number" }),
    /Invalid value number for configuration customer\.id\.form: String must be one of: text, integer/,
  );
  assert.doesNotMatch(refusal({ "key.secret": "canary" }), /canary/);
});

Deno.test("the shipped configuration says all of this transformation's options", async () => {
  const config = await wholeOf("telesales");
  assert.equal(config["transforms.contact.type"], plugin.className);
  const prefix = "transforms.contact.";
  const given = Object.keys(config).filter((name) => name.startsWith(prefix) && name !== `${prefix}type`);
  assert.deepEqual(
    given.map((name) => name.slice(prefix.length)).sort(),
    Object.keys(plugin.config.keys).sort(),
  );
});
