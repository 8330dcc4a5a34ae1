/** Telesales' transformation: turns an event of the shop into the contact's row. @module */

import { ConfigDef, type ConfigValues, invalidValue, type Password } from "../../connect/api/config_def.ts";
import { DataException } from "../../connect/api/exceptions.ts";
import { KeyedHash } from "../../connect/api/keyed_hash.ts";
import type {
  Transformation,
  TransformationContext,
  TransformationPlugin,
} from "../../connect/api/plugins.ts";
import type { ConnectRecord } from "../../connect/api/record.ts";
import type { SchemalessMap } from "../../connect/api/schema.ts";
import { type CustomerIdForm, readCustomerId } from "../../domain/customer_id.ts";
import { PhoneReader } from "../../domain/phone.ts";
import { type Refused, rules } from "../../domain/result.ts";
import { readContact } from "../../domain/telesales/contact.ts";
import { rowOf } from "./contact_row.ts";
import { ContactSpans } from "./contact_spans.ts";
import { readShopEvent, type ShopEvent, shopEventFields } from "./event_shapes.ts";

const idForms: readonly CustomerIdForm[] = ["text", "integer"];

const options = {
  "key.secret": {
    type: "PASSWORD",
    documentation: "Secret of the contact keys, at least 32 bytes.",
    importance: "HIGH",
  },
  "key.secret.previous": {
    type: "PASSWORD",
    default: null,
    documentation: "Former secrets, separated by blanks or commas; contacts are looked up under these too.",
    importance: "MEDIUM",
  },
  "customer.id.form": {
    type: "STRING",
    default: "text",
    documentation: "Which text ids are accepted, in values and in record keys. " +
      "`integer`: decimals within int64 as a program writes them (12); 012, 12.0, +12 and decimals in blanks or quotes " +
      "are refused as `id_invalid`. For new installations whose shop numbers its customers. " +
      "`text`: every text as it is, so 012 and 12 are two people; for ids that are codes.",
    importance: "MEDIUM",
    recommended: ["text", "integer"],
    check: (name: string, value: unknown) =>
      isIdForm(value)
        ? undefined
        : invalidValue(name, String(value), `String must be one of: ${idForms.join(", ")}`).message,
  },
  "phone.default.region": {
    type: "STRING",
    default: "BR",
    documentation: "Country (ISO 3166, two letters) of phone numbers without a country code.",
    importance: "MEDIUM",
    check: (name: string, value: unknown) =>
      typeof value === "string" && PhoneReader.forRegion(value) !== undefined
        ? undefined
        : invalidValue(name, String(value), "Expected a country by ISO 3166, such as BR").message,
  },
  "registration.topics": {
    type: "LIST",
    default: "customers.registrations",
    documentation: "Topics whose events without an object around the customer's data are registrations.",
    importance: "LOW",
  },
} as const;

const config = ConfigDef.of(options);

/**
 * Keeps name, phone and region, under a pseudonymous key. The row is built from these three fields alone, so no other
 * field passes.
 *
 * A tombstone stays a tombstone, under the contact's key. If a rule refuses a record, throws a DataException that names
 * the rule.
 */
export const keepContact: TransformationPlugin = {
  type: "transformation",
  className: "sluice.telesales.KeepContact",
  version: "1",
  documentation: "Keeps name, phone and region of a customer's event, under a keyed hash of the customer id.",
  config,
  reads: () => ({ paths: shopEventFields, passesRest: false }),
  create: (props, context) => new KeepContact(config.parse(props), context),
  createForSpans: (props, context) => createContactSpans(config.parse(props), context),
};

type Options = ConfigValues<typeof options>;

/** Version of the key derivation. Another version gives every person another key. */
const keyVersion = "v1:";

class KeepContact implements Transformation {
  readonly #hash: KeyedHash;
  readonly #previous: readonly KeyedHash[];
  readonly #idForm: CustomerIdForm;
  readonly #phones: PhoneReader;
  readonly #registrationTopics: ReadonlySet<string>;
  readonly #context: TransformationContext | undefined;

  constructor(parsed: Options, context: TransformationContext | undefined) {
    this.#hash = new KeyedHash(parsed["key.secret"].value, "key.secret");
    this.#previous = secretsIn(parsed["key.secret.previous"])
      .map((secret) => new KeyedHash(secret, "key.secret.previous"));
    const idForm = parsed["customer.id.form"];
    if (!isIdForm(idForm)) {
      throw new Error("Cannot read ids: the option's check accepted an unknown form");
    }
    this.#idForm = idForm;
    const phones = PhoneReader.forRegion(parsed["phone.default.region"]);
    if (phones === undefined) {
      throw new Error("Cannot read phones: the option's check accepted an unknown country");
    }
    this.#phones = phones;
    this.#registrationTopics = new Set(parsed["registration.topics"]);
    this.#context = context;
  }

  apply(record: ConnectRecord): ConnectRecord {
    if (record.value === null) return this.#tombstone(record);
    const event = readShopEvent(record.value);
    if (event === undefined) throw notAnObject();
    const result = readContact(
      this.#reportOf(event, record),
      {
        recordKey: record.key,
        createdAt: event.createdAt,
        recordTime: record.timestamp,
        now: this.#now(),
      },
      this.#phones,
      this.#idForm,
    );
    if (!result.ok) throw refusal(result);
    const { value: contact } = result;
    const row = rowOf(contact);
    return record.with({
      keySchema: null,
      key: this.#keyOf(contact.id),
      valueSchema: row.schema,
      value: row,
      headers: [],
    });
  }

  #reportOf(event: ShopEvent, record: ConnectRecord) {
    const isOwnData = event.shape === "flat" &&
      (event.event === undefined || event.event === null || event.event === "registration");
    return { ...event, isRegistration: isOwnData && this.#registrationTopics.has(record.origin.topic) };
  }

  #tombstone(record: ConnectRecord): ConnectRecord {
    const id = readCustomerId(record.key, this.#idForm);
    if (!id.ok) throw refusal(id);
    return record.with({
      keySchema: null,
      key: this.#keyOf(id.value),
      valueSchema: null,
      value: null,
      headers: [],
    });
  }

  #keyOf(id: string): SchemalessMap {
    const text = keyVersion + id;
    const key = { contact_key: this.#hash.of(text) };
    if (this.#previous.length === 0) return key;
    return { ...key, previous_keys: this.#previous.map((hash) => hash.of(text)) };
  }

  #now(): number {
    if (this.#context === undefined) {
      throw new Error("Cannot tell the time of processing: the transformation's context has no clock");
    }
    return this.#context.time.now();
  }
}

/** Undefined with former secrets, whose keys are lists, and outside Brazil, whose phones alone have a common form. */
function createContactSpans(parsed: Options, context: TransformationContext | undefined) {
  const { "customer.id.form": idForm, "phone.default.region": region } = parsed;
  const hasPrevious = secretsIn(parsed["key.secret.previous"]).length > 0;
  if (context === undefined || hasPrevious || region !== "BR") return undefined;
  return new ContactSpans({
    hash: new KeyedHash(parsed["key.secret"].value, "key.secret"),
    keyVersion,
    isIntegerForm: idForm === "integer",
    registrationTopics: parsed["registration.topics"],
    time: context.time,
  });
}

function isIdForm(value: unknown): value is CustomerIdForm {
  return idForms.some((form) => form === value);
}

function refusal({ rule, field }: Refused): DataException {
  return new DataException(`${rules[rule]} (${rule})`, { rule, field });
}

function notAnObject(): DataException {
  return new DataException("Expected an event that is a JSON object (event_invalid)", {
    rule: "event_invalid",
  });
}

function secretsIn(text: Password | null): readonly string[] {
  const trimmed = text?.value.trim() ?? "";
  return trimmed === "" ? [] : trimmed.split(/[\s,]+/);
}
