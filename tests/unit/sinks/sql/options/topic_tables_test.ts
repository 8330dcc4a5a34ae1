import assert from "node:assert/strict";
import { postgresSink } from "../../../../../sinks/postgres/postgres_sink.ts";
import { topicSamples } from "../../../../../sinks/sql/options/topic_samples.ts";
import { listedTables, namedSchemas } from "../../../../../sinks/sql/options/topic_tables.ts";
import { tableText } from "../../../../../sinks/sql/plan/table_name.ts";

const url = { "connection.url": "postgres://writer@db/bank2" };
const problemsOf = (props: Record<string, string>) =>
  postgresSink.validate?.({ ...url, ...props }).get("table.name.format") ?? [];
const warningOf = (props: Record<string, string>) =>
  postgresSink.warnings?.({ ...url, ...props }).get("table.name.format");
const router = (regex: string, replacement: string, further: Record<string, string> = {}) => ({
  transforms: "r",
  "transforms.r.type": "org.apache.kafka.connect.transforms.RegexRouter",
  "transforms.r.regex": regex,
  "transforms.r.replacement": replacement,
  ...further,
});
const takesDotsOut = router(".*\\.([^.]+)", "$1");

Deno.test("topics.regex whose topics have more dots than a table's name is refused, with RegexRouter as the remedy", () => {
  for (
    const props of [
      { "topics.regex": "bank1\\.public\\..*" },
      { "topics.regex": "bank1[.]public[.](people|orders)" },
      { "topics.regex": "(bank1\\.public\\.people|bank1\\.public\\.orders)" },
      { "topics.regex": "(\\w+\\.){2}\\w+" },
      { "topics.regex": "bank1\\..*", "table.name.format": "bank2.${topic}" },
      { "topics.regex": "bank1\\..*", "table.name.format": "k_${topic}.v" },
      { "topics.regex": "bank1\\.public\\..*", ...router("no(match)", "$1") },
    ]
  ) {
    const [problem, ...none] = problemsOf(props);
    assert.match(
      problem ?? "",
      /^Invalid value .* for configuration table\.name\.format: No topic .* RegexRouter/,
    );
    assert.deepEqual(none, []);
    assert.equal(warningOf(props), undefined, "an error is no warning, too");
  }
});

Deno.test("a RegexRouter that takes the dots out, a quoted topic or a fixed table passes without a word", () => {
  const debezium = { "topics.regex": "bank1\\.public\\..*" };
  for (
    const props of [
      { ...debezium, ...takesDotsOut },
      { ...debezium, ...router("bank1\\.public\\.(.*)", "bank2.$1") },
      { ...debezium, "table.name.format": '"${topic}"' },
      { ...debezium, "table.name.format": 'bank2."${topic}"' },
      { ...debezium, "table.name.format": "bank2.people" },
      { "topics.regex": "orders|people" },
      { "topics.regex": "public\\.[a-z]+" },
      { "topics.regex": "[a-z_-]+" },
    ]
  ) {
    assert.deepEqual(problemsOf(props), [], JSON.stringify(props));
    assert.equal(warningOf(props), undefined, JSON.stringify(props));
  }
});

Deno.test("topics.regex that only may match a name with too many dots is a warning", () => {
  for (
    const props of [
      { "topics.regex": "orders-.*" },
      { "topics.regex": ".*" },
      { "topics.regex": "public\\..+" },
      { "topics.regex": "people|bank1\\.public\\.orders" },
      { "topics.regex": "people|bank1\\.public\\.orders", ...router("bank1\\.(.*)\\.people", "$1") },
    ]
  ) {
    assert.deepEqual(problemsOf(props), [], JSON.stringify(props));
    assert.match(warningOf(props) ?? "", /^is .*, and topics\.regex can match a topic such as .*RegexRouter/);
  }
});

Deno.test("a topic of topics is refused by name where it is no table; one dot names a schema", () => {
  assert.deepEqual(problemsOf({ topics: "people,public.orders" }), []);
  assert.match(
    problemsOf({ topics: "people,bank1.public.orders" })[0] ?? "",
    /topic such as bank1\.public\.orders/,
  );
  assert.deepEqual(problemsOf({ topics: "people,bank1.public.orders", ...takesDotsOut }), []);
  assert.match(
    problemsOf({ topics: "public.orders", "table.name.format": "b.${topic}" })[0] ?? "",
    /RegexRouter/,
  );
  assert.match(problemsOf({ topics: "orders." })[0] ?? "", /topic such as orders\./);
  assert.match(problemsOf({ topics: "x".repeat(64) })[0] ?? "", /63 bytes/);
  assert.deepEqual(problemsOf({ topics: "x".repeat(63) }), []);
});

Deno.test("where something else renames topics nothing is said", () => {
  const dotted = { topics: "bank1.public.orders" };
  for (
    const further of [
      router(".*", "x", { "transforms.r.predicate": "p" }),
      { transforms: "t", "transforms.t.type": "org.apache.kafka.connect.transforms.TimestampRouter" },
      { transforms: "t", "transforms.t.type": "com.example.Route" },
      {
        transforms: "u",
        "transforms.u.type": "io.debezium.transforms.ExtractNewRecordState",
        "transforms.u.route.by.field": "table",
      },
    ]
  ) {
    assert.deepEqual(problemsOf({ ...dotted, ...further }), [], JSON.stringify(further));
  }
  const others = {
    transforms: "u,d",
    "transforms.u.type": "io.debezium.transforms.ExtractNewRecordState",
    "transforms.d.type": "org.apache.kafka.connect.transforms.DropHeaders",
  };
  assert.equal(problemsOf({ ...dotted, ...others }).length, 1);
});

Deno.test("tables of listed topics are known as RegexRouter renames them", () => {
  const tables = (props: Record<string, string>) => listedTables(props).map(tableText);
  assert.deepEqual(tables({ topics: "people,public.orders" }), ["people", "public.orders"]);
  assert.deepEqual(tables({ topics: "a.b.people,c.people", ...takesDotsOut }), ["people"]);
  assert.deepEqual(tables({ topics: "a,b", "table.name.format": "t" }), ["t"]);
  assert.deepEqual(tables({ "topics.regex": ".*" }), []);
});

Deno.test("a schema that all topics of a pattern name is known, and one that the pattern leaves open isn't", () => {
  const schemas = (props: Record<string, string>) => namedSchemas(props).map(({ schema }) => schema);
  assert.deepEqual(schemas({ "topics.regex": "shop\\..*" }), ["shop"]);
  assert.deepEqual(schemas({ "topics.regex": "(a|b)\\.\\w+" }), ["a", "b"]);
  assert.deepEqual(schemas({ "topics.regex": "\\w+\\..*" }), []);
  assert.deepEqual(schemas({ "topics.regex": "[a-c]\\.x" }), []);
  assert.deepEqual(schemas({ "topics.regex": "orders.*" }), []);
  assert.deepEqual(schemas({ "topics.regex": "orders.*", "table.name.format": "s.${topic}" }), ["s"]);
  assert.deepEqual(schemas({ "topics.regex": "shop\\..*", ...takesDotsOut }), []);
});

Deno.test("samples of a pattern match it, whatever it is made of", () => {
  for (
    const pattern of [
      "a|b|c",
      "(a|b)(c|d)",
      "[^a-z]+",
      "a{3,5}",
      "(?i)Orders.*",
      "(?!dlq)[a-z.]+",
      "\\d+\\.\\w*",
      "\\Qa.b\\E.*",
      "(?<n>a)\\k<n>",
      "(.)\\1",
      "x*",
      "^people$",
      "(?:(?:a|b|c|d|e|f|g|h)[a-z]){9}",
      "\\p{Alpha}+",
      "a++b",
    ]
  ) {
    const samples = topicSamples(pattern);
    if (samples === undefined) continue;
    assert.ok(samples.plain.length > 0, pattern);
    assert.ok(samples.plain.length <= 200, pattern);
  }
  assert.equal(topicSamples("("), undefined);
  assert.equal(topicSamples(""), undefined);
  assert.equal(topicSamples("(?=a)b"), undefined);
  assert.deepEqual(topicSamples("a\\.?b*")?.plain, ["a.b"]);
});
