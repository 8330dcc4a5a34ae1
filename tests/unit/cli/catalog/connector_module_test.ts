import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { loadConnectorModule } from "../../../../cli/catalog/connector_module.ts";
import { loadPlugins } from "../../../../cli/catalog/plugins.ts";
import { UsageError } from "../../../../cli/usage_error.ts";
import { sinkPlugins } from "../../../../sinks/mod.ts";
import { stageProblems } from "../../../../connect/runtime/task/transformation_chain.ts";

const plugin = `type: "transformation", className: "sluice.mine.Keep", version: "1", documentation: ""`;

async function withCode(code: string, test: (root: URL) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${root}/mine`);
    await Deno.writeTextFile(`${root}/mine/connector.json`, "{}");
    await Deno.writeTextFile(`${root}/mine/mod.ts`, code);
    await test(pathToFileURL(`${root}/`));
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

const slips: readonly (readonly [code: string, said: RegExp])[] = [
  [
    "const a = {};\nexport const connector = a.b.c;",
    /^Cannot load \S+\/mine\/mod\.ts: TypeError: Cannot read properties of undefined \(reading 'c'\), at file:\S+\/mod\.ts:2:\d+$/,
  ],
  ["export const connector = plugs;", /: ReferenceError: plugs is not defined, at file:\S+\/mod\.ts:1:\d+$/],
  ["export const connector = ;", /: (TypeError|SyntaxError): .*mod\.ts.*$/],
  [
    'import "./nothing.ts";\nexport const connector = 1;',
    /: TypeError: Module not found .*; code outside of /,
  ],
  ['import "sluice-nothing";\nexport const connector = 1;', /sluice-nothing.*; code outside of /],
  ['throw "text";', /: it throws something that is no Error$/],
  ["export const connector = (kit) => kit.Nothing.of();", /: TypeError: .*\(reading 'of'\), at file:/],
  ["export const conector = 1;", /: it exports no "connector"; export const connector = /],
  ["export const connector = 5;", /: "connector" is a number without plugins; /],
  ["export const connector = {};", /: "connector" is an object without plugins; /],
  ["export const connector = () => undefined;", /: it exports no "connector"; /],
  ["export const connector = { plugins: [5] };", /: type of plugins\[0\] is missing, expected a string$/],
  [
    `export const connector = { plugins: [{ ${plugin} }] };`,
    /: config of plugins\[0\] is missing, expected an object$/,
  ],
  [
    `export const connector = { plugins: [{ ${plugin}, config: {}, create: true }] };`,
    /: create of plugins\[0\] is a boolean, expected a function$/,
  ],
  ["export const connector = { plugins: [], policies: 5 };", /: "policies" is a number, expected an array$/],
  [
    'export const connector = { plugins: [], policies: [{ className: "sluice.mine.Sink" }] };',
    /: version of policies\[0\] is missing, expected a string$/,
  ],
];

for (const [code, said] of slips) {
  Deno.test(`a slip in mod.ts is a sentence with its file: ${JSON.stringify(code)}`, async () => {
    await withCode(code, async (root) => {
      await assert.rejects(loadConnectorModule({ name: "mine", url: new URL("mine/", root) }), (error) => {
        assert.ok(error instanceof UsageError);
        assert.match(error.message, said);
        assert.doesNotMatch(error.message, /\n/);
        return true;
      });
    });
  });
}

Deno.test("a slip where a plugin is made names its class and place, and no value of the configuration", async () => {
  const create = (body: string) =>
    `export const connector = (kit) => ({ plugins: [{ ${plugin}, config: kit.ConfigDef.of({}),
      create: (props) => { ${body} } }] });`;
  const said = async (body: string) => {
    let text: string | undefined;
    await withCode(create(body), async (root) => {
      const props = {
        transforms: "t",
        "transforms.t.type": "sluice.mine.Keep",
        "transforms.t.secret": "s3cret-word",
      };
      text = stageProblems(props, await loadPlugins([props], [], [root])).get("transforms.t.type")?.join();
    });
    return text ?? "";
  };
  assert.match(
    await said("return props.nothing.x;"),
    /Cannot make sluice\.mine\.Keep: TypeError: Cannot read properties of undefined \(reading 'x'\), at file:\S+mod\.ts:2:/,
  );
  for (
    const body of [
      "new URL(props.secret);",
      "throw new Error('no ' + props.secret.slice(0, 6) + '\\'s3cret\\'');",
    ]
  ) {
    const text = await said(body);
    assert.match(text, /Cannot make sluice\.mine\.Keep: (TypeError|Error), at file:/);
    assert.doesNotMatch(text, /s3cret/);
  }
});

Deno.test("a policy of a sink that isn't there, or under another folder's name, is refused by its class", async () => {
  const policy = (className: string, sink: string) =>
    `export const connector = { plugins: [], policies: [{ className: "${className}", version: "1", documentation: "",
       sink: "${sink}", transforms: {}, fixed: {}, defaults: {}, required: [] }] };`;
  const load = (root: URL) => {
    const sinks = sinkPlugins({ allowedPaths: [], allowBroadRole: false });
    return loadPlugins([{ "connector.class": "sluice.mine.Sink" }], sinks, [root]);
  };
  await withCode(policy("sluice.mine.Sink", "OracleSink"), async (root) => {
    await assert.rejects(
      load(root),
      /^UsageError: Cannot use sluice\.mine\.Sink: there is no sink OracleSink to write with/,
    );
  });
  await withCode(policy("sluice.yours.Sink", "PostgresSink"), async (root) => {
    await assert.rejects(load(root), /its name must begin with sluice\.mine\./);
  });
});
