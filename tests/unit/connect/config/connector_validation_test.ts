import assert from "node:assert/strict";
import { ConfigDef } from "../../../../connect/api/config_def.ts";
import { ConfigException, ConnectException } from "../../../../connect/api/exceptions.ts";
import type { PluginRegistry } from "../../../../connect/config/plugin_registry.ts";
import type { ConverterPlugin, Plugin, SinkConnectorPlugin } from "../../../../connect/api/plugins.ts";
import type { Props } from "../../../../connect/api/sink_task.ts";
import type { ResolvedProps } from "../../../../connect/config/references/config_providers.ts";
import {
  errorsOf,
  invalidConfiguration,
  validateConnector,
} from "../../../../connect/config/connector_validation.ts";

const never = () => {
  throw new Error("validation makes nothing");
};

const sink: SinkConnectorPlugin = {
  type: "sink",
  className: "com.example.FileSink",
  aliases: ["FileSink"],
  version: "1.0.0",
  documentation: "Writes a file.",
  config: ConfigDef.of({
    file: { type: "STRING", documentation: "The file." },
    "file.password": { type: "PASSWORD", default: null, documentation: "Its password." },
    rows: { type: "INT", default: "1", documentation: "Rows at once." },
  }),
  validate: (props) => new Map(props["file"] === "/" ? [["file", ["A folder is no file"]]] : []),
  taskConfigs: never,
  createTask: never,
};

const json: ConverterPlugin = {
  type: "converter",
  className: "com.example.Json",
  version: "1.0.0",
  documentation: "Reads JSON.",
  config: ConfigDef.of({
    "schemas.enable": {
      type: "BOOLEAN",
      default: "true",
      documentation: "Whether it brings a schema.",
      group: "Schemas",
    },
  }),
  create: never,
};

const all: readonly Plugin[] = [sink, json];
const plugins: PluginRegistry = {
  find: (type, name) =>
    all.find((plugin) =>
      plugin.type === type &&
      (plugin.className === name || (plugin.type === "sink" && plugin.aliases.includes(name)))
    ) as never,
  list: (type) => all.filter((plugin) => plugin.type === type) as never,
  all: () => all,
};

const good: Props = { name: "people", "connector.class": "FileSink", topics: "a", file: "out.txt" };

function validate(changes: Props, resolved: Partial<ResolvedProps> = {}, worker: Props = {}) {
  const props = { ...good, ...changes };
  const nothing = { props, referring: new Set<string>(), problems: new Map(), warnings: new Map() };
  return validateConnector({ props, resolved: { ...nothing, ...resolved }, worker, plugins });
}

const errorsWith = (changes: Props, worker: Props = {}) => errorsOf(validate(changes, {}, worker).values);

Deno.test("a good configuration has no errors and no warnings", () => {
  const { values, warnings, groups, plugin } = validate({});
  assert.deepEqual(errorsOf(values), []);
  assert.deepEqual(warnings, []);
  assert.deepEqual(groups, ["Common", "Transforms", "Predicates", "Error Handling", "Delivery"]);
  assert.equal(plugin, sink);
  assert.equal(invalidConfiguration(values), undefined);
});

Deno.test("all errors come at once, in Connect's words", () => {
  const errors = errorsWith({
    "tasks.max": "0",
    "errors.tolerance": "bogus",
    "value.converter": "com.example.Nope",
    "topics.regex": "[",
    topics: "",
    rows: "many",
  });
  assert.deepEqual(errors, [
    "Invalid value 0 for configuration tasks.max: Value must be at least 1",
    "Invalid value com.example.Nope for configuration value.converter: Class com.example.Nope could not be found.",
    "Invalid value bogus for configuration errors.tolerance: String must be one of: none, all",
    "Invalid value [ for configuration topics.regex: Invalid regex: Unclosed character class near index 0\n[\n^",
    "Invalid value many for configuration rows: Not a number of type INT",
  ]);
  assert.match(
    invalidConfiguration(validate({ "tasks.max": "0" }).values)?.message ?? "",
    /^Connector configuration is invalid and contains the following 1 error\(s\):\nInvalid value 0 .*\nYou can also find/,
  );
});

Deno.test("a number that can't be read is named twice, as Connect does", () => {
  assert.deepEqual(errorsWith({ "tasks.max": "2147483647" }), [
    "Invalid value 2147483647 for configuration tasks.max: Value must be no more than 1000",
  ]);
  assert.deepEqual(errorsWith({ "tasks.max": "abc" }), [
    "Invalid value abc for configuration tasks.max: Not a number of type INT",
    "Invalid value null for configuration tasks.max: Value must be non-null",
  ]);
});

Deno.test("exactly one of topics and topics.regex, said under both", () => {
  const none = "Must configure one of topics or topics.regex";
  const both = "topics and topics.regex are mutually exclusive options, but both are set.";
  assert.deepEqual(errorsWith({ topics: " " }), [none, none]);
  assert.deepEqual(errorsWith({ "topics.regex": "a.*" }), [both, both]);
});

Deno.test("a connector can't read its own dead letters", () => {
  assert.deepEqual(errorsWith({ topics: "a,b", "errors.deadletterqueue.topic.name": "b" }), [
    "The DLQ topic 'b' may not be included in the list of topics ('topics=[a, b]') consumed by the connector",
  ]);
  assert.deepEqual(
    errorsWith({ topics: "", "topics.regex": "a.*", "errors.deadletterqueue.topic.name": "a.dlq" }),
    [
      "The DLQ topic 'a.dlq' may not be matched by the regex for the topics ('topics.regex=a.*') consumed by the connector",
    ],
  );
});

Deno.test("names are not empty and have no control characters", () => {
  assert.deepEqual(errorsWith({ name: "" }), [
    "Invalid value  for configuration name: String may not be empty",
  ]);
  assert.deepEqual(errorsWith({ name: "a\u0001b" }), [
    "Invalid value a\u0001b for configuration name: String may not contain control sequences but had the following ASCII chars: 1",
  ]);
});

Deno.test("a converter's options are checked only where the connector names the converter", () => {
  const named = { "value.converter": json.className, "value.converter.schemas.enable": "maybe" };
  assert.deepEqual(errorsWith(named), [
    "Invalid value maybe for configuration schemas.enable: Expected value to be either true or false",
  ]);
  const idle = validate({ "value.converter.schemas.enable": "maybe" });
  assert.deepEqual(errorsOf(idle.values), []);
  assert.deepEqual(idle.warnings, [
    "Option value.converter.schemas.enable has no effect: the connector names no value.converter",
  ]);
});

Deno.test("the plugin's own checks stand beside the declared ones", () => {
  assert.deepEqual(errorsWith({ file: "/" }), ["A folder is no file"]);
});

Deno.test("of too many aliases the first are looked at, and the list is refused", () => {
  for (const kind of ["transforms", "predicates"]) {
    const aliases = Array.from({ length: 101 }, (_, index) => `t${index}`);
    const errors = errorsWith({ [kind]: aliases.join(",") });
    assert.match(
      errors[0] ?? "",
      /for configuration (transforms|predicates): At most 100 aliases are expected$/,
    );
    assert.equal(errors.length, 101);
  }
});

Deno.test("the chain is checked with everything else, and what only shows when it is made", () => {
  assert.deepEqual(errorsWith({ transforms: "t,t", "transforms.t.type": "com.example.Nope" }), [
    "Invalid value [t, t] for configuration transforms: Duplicate alias provided.",
    "Invalid value com.example.Nope for configuration transforms.t.type: Class com.example.Nope could not be found.",
  ]);
  const further = new Map([["transforms.t.type", ["Unknown predicate"]]]);
  const resolved = { props: good, referring: new Set<string>(), problems: new Map(), warnings: new Map() };
  const { values } = validateConnector({ props: good, resolved, worker: {}, plugins, further });
  assert.deepEqual(errorsOf(values), ["Unknown predicate"]);
});

Deno.test("only the built-in version of a connector can be asked for", () => {
  assert.deepEqual(errorsWith({ "connector.plugin.version": "[1.0,2.0)" }), []);
  assert.match(
    errorsWith({ "connector.plugin.version": "2.0.0" }).join(),
    /com.example.FileSink not found .*\[1.0.0\]/,
  );
});

Deno.test("dead letters in Connect's raw form are a warning: they hold what the transformations remove", () => {
  const raw = { "errors.deadletterqueue.topic.name": "dlq", "errors.deadletterqueue.raw.enable": "true" };
  assert.deepEqual(validate(raw).warnings, [
    "With errors.deadletterqueue.raw.enable dead letters hold whole records, with all that the transformations " +
    "remove: guard dlq like the topics it comes from",
  ]);
  assert.deepEqual(
    validate({ "errors.deadletterqueue.raw.enable": "true" }).warnings,
    [],
    "no queue, no letters",
  );
  assert.deepEqual(validate({ ...raw, "errors.deadletterqueue.raw.enable": "false" }).warnings, []);
});

Deno.test("unknown options are warnings", () => {
  assert.deepEqual(validate({ "tasks.maximum": "2", "transforms.t.type": "com.example.Nope" }).warnings, [
    "Option tasks.maximum has no effect: com.example.FileSink doesn't know it",
    "Option transforms.t.type has no effect: no transform that transforms lists reads it",
  ]);
});

Deno.test("a missing or unknown class stops everything, and no value is quoted", () => {
  const { "connector.class": _, ...rest } = good;
  const missing = { props: rest, referring: new Set<string>(), problems: new Map(), warnings: new Map() };
  const error = assertThrown(() =>
    validateConnector({ props: rest, resolved: missing, worker: {}, plugins })
  );
  assert(error instanceof ConfigException);
  assert.equal(error.message, "Connector config {name, topics, file} contains no connector type");
  assert.equal(
    error.connectText,
    "Connector config {name=people, topics=a, file=out.txt} contains no connector type",
  );
  const unknown = assertThrown(() => validate({ "connector.class": "Nope" }));
  assert(unknown instanceof ConnectException);
  assert.match(
    unknown.message,
    /Failed to find any class .* name matches Nope, available connectors are: PluginDesc\{/,
  );
});

Deno.test("the worker's policy decides which client settings a connector may bring", () => {
  const override = {
    "consumer.override.max.poll.records": "5",
    "consumer.override.sasl.jaas.config": "secret",
  };
  const policy = (name: string) => ({ "connector.client.config.override.policy": name });
  assert.deepEqual(errorsWith(override), []);
  assert.deepEqual(errorsWith(override, policy("Principal")), [
    "The 'Principal' policy does not allow 'max.poll.records' to be overridden in the connector configuration.",
  ]);
  assert.equal(errorsWith(override, policy("None")).length, 2);
  const shown = validate(override).values.find(({ name }) => name.endsWith("jaas.config"));
  assert.equal(shown?.value, "[hidden]");
});

Deno.test("a client setting that has to be a number is one, before anything starts", () => {
  assert.deepEqual(
    errorsWith({ "consumer.override.max.poll.records": "abc", "consumer.override.retry.backoff.ms": "1s" }),
    [
      "Invalid value abc for configuration consumer.override.max.poll.records: Not a number of type INT",
      "Invalid value 1s for configuration consumer.override.retry.backoff.ms: Not a number of type LONG",
    ],
  );
  assert.deepEqual(
    errorsWith({ "consumer.override.group.id": "abc", "consumer.override.fetch.min.bytes": "-1" }),
    [],
  );
});

Deno.test("what a reference stands for is shown nowhere", () => {
  const written = { rows: "${env:ROWS}", "file.password": "${env:PASSWORD}" };
  const props = { ...good, ...written, rows: "s3cret", "file.password": "t0p" };
  const { values } = validate(written, { props, referring: new Set(["rows", "file.password"]) });
  assert.deepEqual(errorsOf(values), [
    "Invalid value ${env:ROWS} for configuration rows: Not a number of type INT",
  ]);
  assert.doesNotMatch(JSON.stringify(values), /s3cret|t0p/);
});

Deno.test("a reference that can't be looked up is the one error of its option", () => {
  const props = { ...good, file: "/", rows: "${env:ROWS}" };
  const problems = new Map([["file", ["Cannot resolve X of file: not set"]], ["rows", [
    "Cannot resolve Y of rows",
  ]]]);
  const resolved = { props, referring: new Set<string>(), problems, warnings: new Map() };
  const further = new Map([["transforms.t.type", ["It can't be made"]]]);
  const { values } = validateConnector({ props, resolved, worker: {}, plugins, further });
  assert.deepEqual(errorsOf(values), ["Cannot resolve X of file: not set", "Cannot resolve Y of rows"]);
});

Deno.test("a masked value is refused", () => {
  assert.deepEqual(errorsWith({ "file.password": "********" }), [
    "Invalid value [hidden] for configuration file.password: It is masked; expected the real value",
  ]);
});

function assertThrown(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return assert.fail("nothing was thrown");
}

Deno.test("Kafka's new consumer protocol is refused before anything starts, with the remedy", () => {
  assert.deepEqual(errorsWith({ "consumer.override.group.protocol": "CONSUMER" }), [
    "Invalid value CONSUMER for configuration consumer.override.group.protocol: Sluice takes part in groups by the " +
    "classic protocol: set it to classic, or leave it out",
  ]);
  assert.deepEqual(errorsWith({ "consumer.override.group.protocol": "classic" }), []);
});

Deno.test("a blank entry in a list is told with what to do", () => {
  const problem = (name: string) =>
    `Configuration '${name}' values must not be empty: remove the extra comma`;
  assert.deepEqual(errorsWith({ topics: "a," }), [problem("topics")]);
  assert.ok(errorsWith({ transforms: "a,," }).includes(problem("transforms")));
});
