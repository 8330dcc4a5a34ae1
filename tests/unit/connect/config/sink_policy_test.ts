import assert from "node:assert/strict";
import { loadPlugins } from "../../../../cli/catalog/plugins.ts";
import { ConfigDef } from "../../../../connect/api/config_def.ts";
import { ConfigException } from "../../../../connect/api/exceptions.ts";
import type { SinkPolicy } from "../../../../connect/api/plugins.ts";
import type { Props } from "../../../../connect/api/sink_task.ts";
import { resolveReferences } from "../../../../connect/config/references/config_providers.ts";
import {
  type ConnectorValidation,
  validateConnector,
} from "../../../../connect/config/connector_validation.ts";
import { configInfos } from "../../../../connect/config/config_infos.ts";
import { asWritten, policySink, requireAgreed, wholeConfig } from "../../../../connect/config/sink_policy.ts";
import { infoJson, taskConfigsJson } from "../../../../connect/rest/connector_json.ts";
import type { Herder } from "../../../../connect/runtime/herder/herder.ts";
import { MetricsRegistry } from "../../../../connect/metrics/registry.ts";
import { uiConnectors } from "../../../../connect/rest/ui/ui_facts.ts";
import { Plugins } from "../../../../connect/runtime/worker/plugins.ts";
import { sinkPlugins } from "../../../../sinks/mod.ts";
import { postgresSink } from "../../../../sinks/postgres/postgres_sink.ts";
import { FakeSinkContext } from "../../../support/fakes/fake_sink_context.ts";
import { shippedConfig, spelledOut, wholeOf } from "../../../support/shipped_config.ts";

const connectors = ["telesales", "billing"] as const;
const plugins = await loadPlugins("all", sinkPlugins({ allowedPaths: [], allowBroadRole: false }));
const secret = "a-secret-of-a-test-with-more-than-32-bytes";
const sources = {
  variable: (name: string) => name.endsWith("_URL") ? "postgres://w@127.0.0.1:1/none" : secret,
  readFile: () => Promise.reject(new Error("no files here")),
  realPath: (path: string) => Promise.resolve(path),
};

async function validated(written: Props, registry = plugins): Promise<ConnectorValidation> {
  const { props: whole, conflicts } = wholeConfig(written, registry);
  const found = await resolveReferences(whole, sources, { variables: "all", allowedPaths: [] });
  const resolved = { ...found, whole, conflicts };
  return validateConnector({ props: written, resolved, worker: {}, plugins: registry });
}

const errorsOf = ({ values }: ConnectorValidation) =>
  Object.fromEntries(
    values.filter(({ errors }) => errors.length > 0).map(({ name, errors }) => [name, errors]),
  );

for (const name of connectors) {
  const [short, long] = await Promise.all([shippedConfig(name), spelledOut(name)]);
  const policyClass = short["connector.class"] ?? "";

  Deno.test(`${name}: the short configuration is the whole of what was spelled out before`, async () => {
    const whole = await wholeOf(name);
    const given = Object.keys(long).filter((option) => whole[option] !== long[option]);
    assert.deepEqual(given, []);
    const { values, warnings } = await validated({ ...short, name });
    assert.deepEqual(values.flatMap(({ errors }) => errors), []);
    assert.deepEqual(warnings, []);
    assert.ok(Object.keys(short).length <= 20);
  });

  Deno.test(`${name}: what the code decides may be repeated, and written otherwise is an error that names it`, async () => {
    const whole = await wholeOf(name);
    const decided = Object.keys(whole).filter((option) => !(option in short) && !/converter/.test(option));
    const repeated = Object.fromEntries(decided.map((option) => [option, ` ${whole[option]}`]));
    assert.deepEqual(errorsOf(await validated({ ...short, ...repeated, name })), {});
    for (const option of decided) {
      const errors = errorsOf(await validated({ ...short, [option]: "another", name }));
      assert.deepEqual(Object.keys(errors), [option]);
      assert.match(
        String(errors[option]),
        new RegExp(`configuration ${option}: The code of ${policyClass} decides it`),
      );
    }
  });

  Deno.test(`${name}: a spelled-out configuration is right, and told what to write instead; that is the shipped one`, async () => {
    const { values, warnings } = await validated({ ...long, name });
    assert.deepEqual(values.flatMap(({ errors }) => errors), []);
    const [warning = "", ...others] = warnings;
    assert.deepEqual(others, []);
    const validation = await validated({ ...long, name });
    assert.deepEqual(
      configInfos(validation, { worker: {}, plugins }).warnings,
      [warning],
      "REST says it, too",
    );
    const [, left = ""] = /leave out ([^;]+)/.exec(warning) ?? [];
    const renamed = [...warning.matchAll(/(\S+) is called (\S+) there/g)];
    const instead: Record<string, string | undefined> = { ...long };
    for (const option of left.split(", ")) delete instead[option];
    for (const [, from = "", to = ""] of renamed) {
      instead[to] = instead[from];
      delete instead[from];
    }
    instead["connector.class"] = /connector\.class=([^;]+)/.exec(warning)?.[1];
    assert.deepEqual(instead, short);
  });

  Deno.test(`${name}: no secret is in what validate shows`, async () => {
    const shown = JSON.stringify(
      await validated({ ...short, name }),
      (key, part) => key === "plugin" ? null : part,
    );
    assert.doesNotMatch(shown, new RegExp(secret));
  });
}

Deno.test("what another value of the code would change is told of a spelled-out configuration", async () => {
  const { warnings } = await validated({
    ...await spelledOut("billing"),
    "insert.mode": "insert",
    name: "billing",
  });
  assert.match(warnings.join(), /; insert\.mode would change to upsert$/);
});

Deno.test("a chain is the code's as a whole, and its options are the connector's own", async () => {
  const short = { ...await shippedConfig("telesales"), name: "telesales" };
  const wrong = {
    "transforms.more.type": "x",
    predicates: "p",
    "transforms.contact.customer.id.form": "integer",
  };
  const errors = errorsOf(await validated({ ...short, ...wrong }));
  assert.deepEqual(Object.keys(errors).sort(), Object.keys(wrong).sort());
  assert.match(
    String(errors["transforms.contact.customer.id.form"]),
    /expected customer\.id\.form instead of it$/,
  );
  const whole = wholeConfig({ ...short, "customer.id.form": "integer" }, plugins).props;
  assert.equal(whole["transforms.contact.customer.id.form"], "integer");
});

Deno.test("another converter is taken as it is written, without the options of the default one", async () => {
  const converter = "io.example.Converter";
  const { props, conflicts } = wholeConfig({
    ...await shippedConfig("billing"),
    "value.converter": converter,
  }, plugins);
  assert.equal(conflicts.size, 0);
  assert.equal(props["value.converter"], converter);
  assert.equal(props["value.converter.schemas.enable"], undefined);
  assert.ok(props["key.converter"]?.endsWith("StringConverter"));
});

Deno.test("options that a connector has to say are missed by their names", async () => {
  const { "egress.columns": _, "key.secret": _secret, ...rest } = await shippedConfig("telesales");
  const errors = errorsOf(await validated({ ...rest, name: "telesales" }));
  assert.deepEqual(Object.keys(errors).sort(), [
    "egress.columns",
    "key.fingerprint.column",
    "key.secret",
  ]);
});

Deno.test("code that would write a column outside of egress.columns doesn't start, and validate says so", async () => {
  const wider: SinkPolicy = {
    ...{
      className: "sluice.wider.Sink",
      version: "1",
      documentation: "Writes one column more.",
      sink: "PostgresSink",
    },
    transforms: {},
    fixed: {
      "table.name.format": "people",
      "fields.whitelist": "name,email",
      "pk.mode": "record_value",
      "pk.fields": "id",
    },
    defaults: {},
    required: ["egress.columns"],
  };
  const registry = new Plugins([postgresSink, policySink(wider, postgresSink)]);
  const contract = { "connection.url": "postgres://w@127.0.0.1:1/none", topics: "t", name: "wider" };
  const written = { ...contract, "connector.class": wider.className, "egress.columns": "id,name" };
  const { "egress.columns": told } = errorsOf(await validated(written, registry));
  assert.match(String(told), /egress\.columns: Other options would also write email$/);
  const { props } = wholeConfig(written, registry);
  const task = postgresSink.createTask();
  task.initialize(new FakeSinkContext({ props, connectorName: "wider" }));
  await assert.rejects(
    task.start(props),
    (error: Error) => error instanceof ConfigException && /email/.test(error.message),
  );
  const whole = wholeConfig({ ...written, "egress.columns": "id,name,email" }, registry).props;
  assert.equal(postgresSink.validate?.(whole).has("egress.columns"), false);
});

Deno.test("a policy's sink has the options of the sink that writes and those of its chain", () => {
  const sink = policySink({
    ...{ className: "sluice.x.Sink", version: "1", documentation: "", sink: "PostgresSink", transforms: {} },
    ...{ fixed: { "insert.mode": "upsert" }, defaults: {}, required: ["egress.columns"] },
  }, postgresSink);
  assert.ok(sink.config instanceof ConfigDef);
  assert.deepEqual(sink.config.keys["insert.mode"]?.default, "upsert");
  assert.ok(!("default" in (sink.config.keys["egress.columns"] ?? {})));
  assert.equal(sink.insteadOf?.({ "connector.class": "FileStreamSink" }), undefined);
});

Deno.test("REST shows a connector as it was written, and its tasks whole, without a secret", async () => {
  const config = {
    ...await shippedConfig("telesales"),
    name: "telesales",
    "customer.id.form": "${env:ID_FORM}",
  };
  const whole = wholeConfig(config, plugins).props;
  const { props } = await resolveReferences(whole, sources, { variables: "all", allowedPaths: [] });
  const shown = (stored: Props) => {
    const info = { name: "telesales", config: stored, taskIds: [0], type: "sink" } as const;
    const herder = { info: () => info, taskConfigs: () => [props] } as unknown as Herder;
    const [task] = taskConfigsJson(herder, "telesales", plugins);
    return { config: infoJson(info, plugins).config, task: (task?.config ?? {}) as Props };
  };
  const { config: answered, task } = shown(config);
  assert.deepEqual(answered, config, "references are shown");
  assert.equal(task["connector.class"], "sluice.telesales.PersonSink");
  assert.equal(task["transforms.contact.customer.id.form"], "${env:ID_FORM}");
  assert.equal(task["table.name.format"], "telesales.person");
  assert.ok(!JSON.stringify(task).includes(secret));
  const plain = shown({ ...config, "key.secret": secret });
  assert.ok(!JSON.stringify(plain).includes(secret));
});

Deno.test("a stored connector that its code decides otherwise meanwhile doesn't start", async () => {
  const config = { ...await shippedConfig("telesales"), name: "telesales", "insert.mode": "insert" };
  assert.throws(() => requireAgreed(wholeConfig(config, plugins)), {
    name: "ConfigException",
    message:
      "Invalid value insert for configuration insert.mode: The code of sluice.telesales.PersonSink decides it, expected upsert",
  });
});

Deno.test("the page names the table that a connector's code decides", async () => {
  const config = await shippedConfig("telesales");
  const herder = {
    names: () => ["telesales"],
    info: () => ({ name: "telesales", config, taskIds: [] }),
    status: () => ({
      ...{ name: "telesales", type: "sink" as const, tasks: [] },
      connector: { state: "RUNNING" as const, workerId: "w", version: "1", failure: null },
    }),
  };
  const [telesales] = uiConnectors({ herder, metrics: new MetricsRegistry(), plugins });
  assert.equal(telesales?.table, "telesales.person");
});

const keep = { ...telesalesKeep(), className: "sluice.shop.Keep" };
function telesalesKeep() {
  const found = plugins.find("transformation", "sluice.billing.KeepOrder");
  if (found === undefined) throw new Error("billing has its transformation");
  return found;
}
const shopPolicy: SinkPolicy = {
  ...{ className: "sluice.shop.Sink", version: "1", documentation: "", sink: "PostgresSink" },
  ...{ transforms: {}, fixed: {}, defaults: {}, required: [] },
};
const shop = (policy: Partial<SinkPolicy>) =>
  new Plugins(
    [keep],
    [...plugins.all()].filter((plugin) => plugin.type !== "sink"),
    [postgresSink, policySink({ ...shopPolicy, ...policy }, postgresSink)],
  );
const shopProps = { "connector.class": "sluice.shop.Sink", topics: "t", name: "shop" };

Deno.test("what the code knows of the login is shown nowhere, and neither is what is written in its place", async () => {
  const registry = shop({
    fixed: { "connection.password": "the code's", "connection.url": "postgres://u:code@h/d" },
  });
  const validation = await validated({
    ...shopProps,
    "connection.password": "the operator's",
    "connection.url": "postgres://u:operator@h/d",
  }, registry);
  const errors = errorsOf(validation);
  assert.deepEqual(Object.keys(errors).sort(), ["connection.password", "connection.url"]);
  const shown = JSON.stringify([errors, configInfos(validation, { worker: {}, plugins: registry })]);
  assert.doesNotMatch(shown, /the code's|the operator's|u:code|u:operator/);
});

Deno.test("an option that equals a missing one is missing, too, and breaks no other connector", async () => {
  const config = ConfigDef.of({ "reg.topics": { type: "LIST", documentation: "" } });
  const chain = { transforms: { keep: { ...keep, config } }, same: { "erasure.topics": "reg.topics" } };
  const registry = shop(chain);
  const errors = errorsOf(await validated(shopProps, registry));
  assert.match(String(errors["reg.topics"]), /Missing required configuration "reg\.topics"/);
  const spelled = {
    "transforms": "k",
    "transforms.k.type": "sluice.shop.Keep",
    "connector.class": "PostgresSink",
  };
  const { warnings } = await validated({ ...shopProps, ...spelled }, registry);
  assert.match(warnings.join(), /write connector\.class=sluice\.shop\.Sink/);
});

Deno.test("a repeated default keeps the options that belong to it", () => {
  const defaults = { "value.converter": "a.Json", "value.converter.schemas.enable": "false" };
  const registry = shop({ defaults });
  const whole = (more: Props) => wholeConfig({ ...shopProps, ...more }, registry).props;
  assert.equal(whole({ "value.converter": "a.Json" })["value.converter.schemas.enable"], "false");
  assert.equal(whole({ "value.converter": "a.Other" })["value.converter.schemas.enable"], undefined);
});

Deno.test("the advice names what would change, also of options that aren't written", async () => {
  const { "exactly.once.enabled": _, ...long } = await spelledOut("telesales");
  const { "value.converter": _2, "value.converter.schemas.enable": _3, ...shorter } = long;
  const { warnings } = await validated({ ...shorter, name: "telesales" });
  assert.match(warnings.join(), /; exactly\.once\.enabled would change to true/);
  assert.match(warnings.join(), /; value\.converter\.schemas\.enable would change to false/);
});

Deno.test("only a connector with just the policy's chain is told of it", async () => {
  const plain = { ...await spelledOut("billing"), name: "billing" };
  for (const transforms of ["", "order,more"]) {
    const { warnings } = await validated({ ...plain, transforms, "transforms.more.type": "x" });
    assert.doesNotMatch(warnings.join(), /are code now/, transforms);
  }
  const registry = shop({ fixed: { "table.name.format": "plain" } });
  const { warnings } = await validated({ ...shopProps, "connector.class": "PostgresSink" }, registry);
  assert.doesNotMatch(warnings.join(), /are code now/);
});

Deno.test("what is fixed may be repeated in another case, and an empty list of predicates says nothing", async () => {
  const short = await shippedConfig("billing");
  const repeated = { "exactly.once.enabled": "TRUE", "insert.mode": "UPSERT", predicates: "" };
  assert.deepEqual(errorsOf(await validated({ ...short, ...repeated, name: "billing" })), {});
});

Deno.test("classes of connector folders are found by their full names alone", () => {
  assert.equal(plugins.find("sink", "PersonSink"), undefined);
  assert.equal(plugins.find("sink", "sluice.telesales.PersonSink")?.className, "sluice.telesales.PersonSink");
});

Deno.test("a reference of the code's own that can't be resolved is told; that of a copied option once", () => {
  const written = { "key.secret": "${env:SECRET}" };
  const whole = { ...written, "transforms.keep.key.secret": "${env:SECRET}", "errors.key": "${env:CODE}" };
  const problems = new Map(Object.keys(whole).map((name) => [name, ["not set"]]));
  assert.deepEqual([...asWritten(problems, whole, written).keys()], ["key.secret", "errors.key"]);
});
