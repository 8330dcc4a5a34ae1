/** PostgreSQL's types, each with texts near its limits, and values of every kind. @module */

import { Decimal } from "../../../connect/api/decimal.ts";
import { dateOf } from "../../../connect/java/date.ts";
import { type ConnectValue, LOGICAL_NAME, Schema, Struct } from "../../../connect/api/schema.ts";

/** A column type as in `create table`, with texts that it accepts and texts that it refuses. */
export interface SampledType {
  readonly type: string;
  readonly texts: readonly string[];
}

const moments = [
  "2026-11-23T03:05:27Z",
  "2026-11-23T03:05:27.1Z",
  "2026-11-23T03:05:27.123Z",
  "2026-11-23T03:05:27.123456Z",
  "2026-11-23T03:05:27.1234565Z",
  "2026-11-23T03:05:27.9999999Z",
  "2026-11-23T03:05:27+00:00",
  "2026-11-23 03:05:27-03:30",
  "2026-11-23t03:05z",
  "2026-11-23T03:05:27.5 +1559",
  "2026-11-23T03:05:27+16",
  "2026-11-23T03:05:27",
  "2026-11-23",
  "2026-02-29T00:00:00Z",
  "2000-02-29T00:00:00Z",
  "2026-11-23T24:00:00Z",
  "2026-11-23T24:00:01Z",
  "2026-11-23T03:05:60Z",
  "2026-11-23T23:59:60.5Z",
  "0000-01-01T00:00:00Z",
  "0001-01-01T00:00:00Z",
  "0001-01-01T00:00:00+01",
  "9999-12-31T23:59:59.999999Z",
  "012026-01-01T00:00:00Z",
  "294276-12-31T23:59:59.999999Z",
  "294277-01-01T00:00:00Z",
  "infinity",
  "now",
  "20261123T030527Z",
];
const times = [
  ...["03:05", "03:05:27", "03:05:27.5", "03:05:27.123456", "03:05:27.1234565", "23:59:59.9999999"],
  ...["24:00:00", "24:00:01", "23:59:60", "23:59:60.5", "25:00", "03:60", "03:05:27Z", "03:05:27+02"],
  ...["03:05:27-0330", "03:05:27+15:59", "03:05:27+16", "allballs"],
];
const integers = ["0", "-0", "+7", "007", "-1", "32767", "32768", "-32768", "-32769", "2147483647"]
  .concat("2147483648", "-2147483648", "-2147483649", "9223372036854775807", "9223372036854775808")
  .concat("-9223372036854775808", "-9223372036854775809", "1.0", "1e2", "0x1F", "1_000", " 1 ");
const decimals = [
  "0",
  "-0.00",
  "1.50",
  "1.5",
  "+01.5",
  ".5",
  "5.",
  "1e3",
  "1E-3",
  "-1e+2",
  "999.994",
  "999.995",
]
  .concat("1e131071", "1e131072", "1e-16383", "1e-16384", "NaN", "Infinity", "1_000", "1,5", "0e5");
const uuid = "2c5ea4c0-4067-11e9-8bad-9b1deb4d3b7d";
const uuids = [uuid, uuid.toUpperCase(), `{${uuid}}`, `{${uuid.replaceAll("-", "")}}`]
  .concat(
    `${uuid}}`,
    `-${uuid}`,
    "2c5e-a4c0-4067-11e9-8bad-9b1d-eb4d-3b7d",
    "2c5ea4c0--4067-11e9-8bad-9b1deb4d3b7d",
  )
  .concat(uuid.slice(1), ` ${uuid}`);
const documents = [
  '{"a": [1, 2]}',
  '"x"',
  " 17 ",
  "null",
  "1e400",
  "1e131072",
  "-0",
  "[",
  "{a:1}",
  "NaN",
  "01",
]
  .concat('"\\u0000"', '"\\\\u0000"', '"\\ud800"', '"\\ud83d\\ude00"', '{"a":1,"a":2}', "\ufeff1")
  .concat("[".repeat(1000) + "]".repeat(1000), "[".repeat(1001) + "]".repeat(1001));
const bits = ["1", "10101010", "101010101", "1010", "", "b10101010", "xAA", "2"];
const words = ["ana", "Ana ", "Ana   ", "BRAZIL", "São", "😀😀😀", "😀😀😀😀"];
const intervals = ["1", "1 day", "24:00:00", "1.6", "P1DT1H", "-1 month", "1 day ago", "infinity", "a day"];

const texts: Readonly<Record<string, readonly string[]>> = {
  aclitem: ["postgres=r/postgres", "nobody=q/x"],
  bit: bits,
  "bit(8)": bits,
  "bit varying(8)": bits,
  varbit: bits,
  boolean: ["t", "yes", "0", "maybe"],
  box: ["(1,1),(0,0)", "(0,0),(1,1)", "((0,0),(1,1))", "1,2,3"],
  bpchar: words,
  "char(3)": words,
  bytea: ["\\x00ff", "abc", "\\xzz"],
  '"char"': ["a", "ab", "\\101", "é"],
  cid: ["1", "4294967296"],
  cidr: ["10.0.0.0/8", "10.0.0.1/8", "10", "::/0"],
  circle: ["<(1,2),3>", "1,2,3", "(1,2)"],
  citext: words,
  "numeric(5,2)": decimals,
  numeric: decimals,
  real: decimals,
  "double precision": decimals,
  smallint: integers,
  integer: integers,
  bigint: integers,
  oid: ["1", "01", "4294967295", "4294967296", "-1"],
  money: ["12.5", "12.345", "$1,000", "1e2", "92233720368547758.08"],
  date: moments,
  time: times,
  "time(0)": times,
  timetz: times,
  "timetz(3)": times,
  timestamp: moments,
  "timestamp(3)": moments,
  timestamptz: moments,
  "timestamptz(0)": moments,
  interval: intervals,
  "interval(0)": intervals,
  "interval minute": intervals,
  uuid: uuids,
  json: documents,
  jsonb: documents,
  jsonpath: ["$.a", "$[*] ? (@ > 1)", "a b"],
  xml: ["<a/>", "<a>", "a & b", ""],
  text: words,
  "varchar(3)": words,
  varchar: words,
  name: [...words, "n".repeat(63), "n".repeat(64)],
  inet: ["10.0.0.1", "10.0.0.1/32", "::1", "10.0.0.256"],
  macaddr: ["08:00:2b:01:02:03", "08002b010203", "08-00-2B-01-02-03", "08:00"],
  macaddr8: ["08:00:2b:01:02:03", "08:00:2b:01:02:03:04:05", "08:00"],
  point: ["(1,2)", "1,2", "(1,2", "Infinity,NaN"],
  line: ["{1,2,3}", "(0,0),(1,1)", "{0,0,1}"],
  lseg: ["[(0,0),(1,1)]", "(0,0),(1,1)", "[1]"],
  path: ["[(0,0),(1,1)]", "((0,0),(1,1))", "()"],
  polygon: ["((0,0),(1,1),(1,0))", "(0,0)", "()"],
  int4range: ["[1,5)", "[1,4]", "empty", "[5,1)", "(,)"],
  int8range: ["[1,9223372036854775807]", "[1,5)"],
  numrange: ["[1.0,2.5)", "[1.00,2.50)"],
  daterange: ["[2026-01-01,2026-01-31]", "[2026-02-30,)"],
  tsrange: ['["2026-01-01 12:00","2026-01-02")', "[2026-01-01,2026-01-02)"],
  tstzrange: ['["2026-01-01 12:00+05","2026-01-02")'],
  int4multirange: ["{[1,5),[7,9)}", "{[1,5),[5,9)}", "[1,5)"],
  int8multirange: ["{[1,5)}"],
  nummultirange: ["{[1.0,2.5)}"],
  datemultirange: ["{[2026-01-01,2026-01-31]}"],
  tsmultirange: ["{[2026-01-01,2026-01-02)}"],
  tstzmultirange: ["{[2026-01-01,2026-01-02)}"],
  tsvector: ["a fat cat", "'a':1 'b':2", "'"],
  tsquery: ["a & b", "a &", "!a"],
  pg_lsn: ["0/0", "16/B374D848", "16/b374d848", "x"],
  pg_snapshot: ["10:20:10,14", "20:10:"],
  txid_snapshot: ["10:20:10,14", "20:10:"],
  xid: ["1", "-1"],
  xid8: ["1", "18446744073709551615"],
  tid: ["(0,1)", "(0,70000)", "0"],
  int2vector: ["1 2 3", "{1,2}", "70000"],
  oidvector: ["1 2 3", "{1,2}"],
  refcursor: words,
  regclass: ["pg_class", "1259", "-", "no_such_table"],
  regcollation: ['"C"', "no_such"],
  regconfig: ["english", "no_such"],
  regdictionary: ["simple", "no_such"],
  regnamespace: ["pg_catalog", "no_such"],
  regoper: ["!~~", "no_such"],
  regoperator: ["+(integer,integer)", "+(x,y)"],
  regproc: ["now", "no_such"],
  regprocedure: ["abs(integer)", "abs(no_such)"],
  regrole: ["postgres", "no_such"],
  regtype: ["integer", "int4", "no_such"],
  hstore: ["a=>1", "a=>1, b=>NULL", "a"],
  sample_mood: ["sad", "it's fine", "great", "sad "],
  sample_pair: ["(1,x)", '(1,"a b")', "(1)", "(x,y)"],
  "text collate sample_folded": ["ana", "ANA"],
};

export const sampledTypes: readonly SampledType[] = Object.entries(texts)
  .map(([type, texts]) => ({ type, texts }))
  .sort((a, b) => (a.type < b.type ? -1 : 1));

/** Column types that no text can be written to. */
export const unwritableTypes: readonly string[] = [
  ...["gtsvector", "pg_brin_bloom_summary", "pg_brin_minmax_multi_summary", "pg_dependencies"],
  ...["pg_mcv_list", "pg_ndistinct", "pg_node_tree"],
];

/** Objects that the types need. */
export const sampledTypesSetup = `
  create extension citext;
  create extension hstore;
  create type sample_mood as enum ('sad', 'it''s fine');
  create type sample_pair as (a int, b text);
  create collation sample_folded (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`;

/** A value with its schema; null for schemaless data. */
export interface Sample {
  readonly value: Exclude<ConnectValue, null>;
  readonly schema: Schema | null;
}

/** Values of one kind, which are one column of the table. */
export interface SampleKind {
  readonly name: string;
  readonly samples: readonly Sample[];
}

const anyTexts = [
  "",
  " ",
  "x",
  'a"b\\c',
  "a'b",
  "João 😀",
  "NULL",
  "{}",
  "a\0b",
  "a\ud800b",
  "17",
  "x".repeat(100),
];

function of(schema: Schema | null, ...values: Sample["value"][]): readonly Sample[] {
  return values.map((value) => ({ value, schema }));
}

const decimal = new Schema("bytes", { name: LOGICAL_NAME.decimal, parameters: new Map([["scale", "2"]]) });
const date = new Schema("int32", { name: LOGICAL_NAME.date });
const time = new Schema("int32", { name: LOGICAL_NAME.time });
const timestamp = new Schema("int64", { name: LOGICAL_NAME.timestamp });
const document = new Schema("string", { name: "io.debezium.data.Json" });
const pair = new Schema("struct", {
  fields: [
    { name: "a", schema: Schema.FLOAT32 },
    { name: "b", schema: Schema.OPTIONAL_STRING },
    { name: "doc", schema: document },
  ],
});
const reals = [0, -0, 1.5, -1.5, 17, Math.fround(0.1), 3.4028234663852886e38, 1.401298464324817e-45];
const doubles = [0, -0, 1.5, 17, 0.1, 1e21, 1e-7, 1e300, -1e300, Number.MAX_VALUE, Number.MIN_VALUE, 1e-50];

/** Every kind of value; the first kind also has the type's texts. */
export function sampleKinds({ texts }: SampledType): readonly SampleKind[] {
  return [
    { name: "text", samples: [null, Schema.STRING].flatMap((schema) => of(schema, ...anyTexts, ...texts)) },
    ...otherKinds,
  ];
}

const otherKinds: readonly SampleKind[] = [
  {
    name: "integer",
    samples: [
      ...of(null, 0n, 1n, -1n, 32768n, 2147483648n, 9007199254740993n, 2n ** 63n - 1n, -(2n ** 63n)),
      ...of(Schema.INT8, 0, 127, -128),
      ...of(Schema.INT16, 1, 32767, -32768),
      ...of(Schema.INT32, 1, 2147483647, -2147483648),
      ...of(Schema.INT64, 1n, 2n ** 63n - 1n, -(2n ** 63n)),
    ],
  },
  {
    name: "number",
    samples: [
      ...of(null, ...doubles),
      ...of(Schema.FLOAT32, ...reals, NaN, Infinity),
      ...of(Schema.FLOAT64, ...doubles, NaN, -Infinity),
    ],
  },
  {
    name: "`Decimal`",
    samples: of(
      decimal,
      ...[new Decimal(4970n, 2), new Decimal(500n, 2), new Decimal(0n, 2), new Decimal(-5n, 3)],
      ...[new Decimal(7n, -3), new Decimal(10n ** 40n, 2), new Decimal(1n, 400), new Decimal(1n, -400)],
      ...[new Decimal(99995n, 2), new Decimal(1n, 20_000), new Decimal(2n ** 60n + 2n ** 36n + 1n, 0)],
    ),
  },
  { name: "boolean", samples: [...of(null, true, false), ...of(Schema.BOOLEAN, true, false)] },
  {
    name: "`BYTES`",
    samples: of(Schema.BYTES, new Uint8Array(), new Uint8Array([0, 92, 34, 255]), new Uint8Array(16)),
  },
  { name: "`Date`", samples: of(date, ...dates("1970-01-01", "2026-11-23", "0001-01-01", "9999-12-31")) },
  { name: "`Time`", samples: of(time, new Date(0), new Date(3_661_500), new Date(86_399_999)) },
  {
    name: "`Timestamp`",
    samples: of(
      timestamp,
      ...dates(
        "1970-01-01",
        "2026-11-23T03:05:27.123Z",
        "1582-10-04T23:59:59.999Z",
        "9999-12-31T23:59:59.999Z",
      ),
      ...[new Date(8.64e15), new Date("-000001-12-31T00:00:00Z"), dateOf(2n ** 63n - 1n)],
    ),
  },
  {
    name: "list",
    samples: [
      ...of(null, [], [1n, "x", null, [true]], ["2026-11-23"]),
      ...of(new Schema("array", { values: Schema.INT32 }), [], [1, 2]),
      ...of(new Schema("array", { values: Schema.STRING }), ["a", '{"a":1}']),
    ],
  },
  {
    name: "object",
    samples: [
      ...of(null, {}, { a: 1n, b: { c: ["x", null] } }),
      ...of(
        new Schema("map", { keys: Schema.STRING, values: Schema.FLOAT32 }),
        new Map([["a", Math.fround(0.1)]]),
      ),
      ...of(pair, Struct.of(pair, { a: Math.fround(0.1), b: "[]", doc: "[1]" })),
    ],
  },
];

function dates(...texts: string[]): readonly Date[] {
  return texts.map((text) => new Date(text));
}
