import assert from "node:assert/strict";
import { fileURLToPath, pathToFileURL } from "node:url";
import {
  findConnectorFolder,
  listConnectorFolders,
  readConnectorFolder,
} from "../../../cli/connector_folders.ts";
import { loadConnectorModule } from "../../../cli/catalog/connector_module.ts";
import { UsageError } from "../../../cli/usage_error.ts";
import { DataException } from "../../../connect/api/exceptions.ts";
import { ConnectRecord } from "../../../connect/api/record.ts";

async function withFolders(test: (root: URL) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${path}/b json`);
    await Deno.writeTextFile(`${path}/b json/connector.json`, '{"name":"b","topics":"t"}');
    await Deno.mkdir(`${path}/a`);
    await Deno.writeTextFile(`${path}/a/connector.json`, '{"name":"a"}');
    await Deno.writeTextFile(`${path}/a/mod.ts`, "export const connector = { plugins: [] };");
    await Deno.mkdir(`${path}/c`);
    await Deno.writeTextFile(`${path}/c/connector.json`, '{"name":"c"}');
    await Deno.writeTextFile(`${path}/c/mod.ts`, "export const conector = 1;");
    await Deno.mkdir(`${path}/notes`);
    await test(pathToFileURL(`${path}/`));
  } finally {
    await Deno.remove(path, { recursive: true });
  }
}

Deno.test("connector folders are those with a connector.json", async () => {
  await withFolders(async (root) => {
    assert.deepEqual((await listConnectorFolders(root)).map(({ name }) => name), ["a", "b json", "c"]);
  });
});

Deno.test("a folder brings its configuration, and plugins where it has a mod.ts", async () => {
  await withFolders(async (root) => {
    const json = await findConnectorFolder("b json", root);
    assert.deepEqual((await readConnectorFolder(json)).props, { name: "b", topics: "t" });
    assert.deepEqual(await loadConnectorModule(json), { plugins: [] });
    assert.deepEqual(await loadConnectorModule(await findConnectorFolder("a", root)), { plugins: [] });
    await assert.rejects(
      loadConnectorModule(await findConnectorFolder("c", root)),
      { message: /^Cannot use \S+\/c\/mod\.ts: it exports no "connector"; export const connector = / },
    );
  });
});

Deno.test("a name that isn't a folder lists those there are, and never becomes a path", async () => {
  await withFolders(async (root) => {
    for (const name of ["nope", "../a", "notes", ""]) {
      await assert.rejects(
        findConnectorFolder(name, root),
        {
          message: `Cannot use --connector ${name}: there is no such folder in ${
            fileURLToPath(root)
          }, which has a, b json, c${name === "../a" ? "; did you mean a?" : ""}`,
        },
      );
    }
  });
});

Deno.test("code of a connector outside of the binary is handed the classes it needs", async () => {
  await withFolders(async (root) => {
    const plugin = `{ type: "transformation", className: "sluice.b.T", version: "1", documentation: "",
      config: kit.ConfigDef.of({}), create: () => ({ apply: () => { throw new kit.DataException("no"); } }) }`;
    await Deno.writeTextFile(
      new URL("b%20json/mod.js", root),
      `export const connector = (kit) => ({ plugins: [${plugin}] });`,
    );
    const { plugins: [made] } = await loadConnectorModule(await findConnectorFolder("b json", root));
    assert.ok(made?.type === "transformation");
    const record = ConnectRecord.of({ topic: "t", value: {} });
    assert.throws(() => made.create({}).apply(record), DataException);
  });
});

Deno.test("folders of several roots are found together, each name once", async () => {
  await withFolders(async (root) => {
    await withFolders(async (other) => {
      await assert.rejects(
        listConnectorFolders(root, other),
        {
          message:
            /^Cannot use --config-dir: there is more than one connector folder "a": \S+\/a\/, \S+\/a\/$/,
        },
      );
      for (const name of ["a", "b json"]) await Deno.remove(new URL(`${name}/`, other), { recursive: true });
      await Deno.rename(new URL("c", other), new URL("d", other));
      const names = (await listConnectorFolders(root, other)).map(({ name }) => name);
      assert.deepEqual(names, ["a", "b json", "c", "d"]);
    });
    await assert.rejects(listConnectorFolders(new URL("nowhere/", root)), UsageError);
  });
});

Deno.test("a root whose folder of connectors was meant is told by its path", async () => {
  await withFolders(async (root) => {
    await Deno.mkdir(new URL("connectors/d", root), { recursive: true });
    await Deno.writeTextFile(new URL("connectors/d/connector.json", root), "{}");
    await assert.rejects(findConnectorFolder("d", root), /; --config-dir \S+\/connectors\/ has one$/);
  });
});
