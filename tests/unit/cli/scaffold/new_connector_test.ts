import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { findConnectorFolder, readConnectorFolder } from "../../../../cli/connector_folders.ts";
import { loadConnectorModule } from "../../../../cli/catalog/connector_module.ts";
import { connectorFiles } from "../../../../cli/scaffold/connector_files.ts";
import { readFields } from "../../../../cli/scaffold/connector_spec.ts";
import { UsageError } from "../../../../cli/usage_error.ts";
import { DataException } from "../../../../connect/api/exceptions.ts";
import { ConnectRecord } from "../../../../connect/api/record.ts";

const fields = readFields("order_id:bigint,customer.region:text");
const spec = { name: "order-regions", topic: "customers.purchases", fields, program: "deno task" } as const;

async function withWritten(
  code: "none" | "module",
  test: (root: URL) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const { path, text } of connectorFiles({ ...spec, code })) {
      await Deno.mkdir(`${folder}/${path.slice(0, path.lastIndexOf("/"))}`, { recursive: true });
      await Deno.writeTextFile(`${folder}/${path}`, text);
    }
    await test(pathToFileURL(`${folder}/connectors/`));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a new connector by JSON alone declares all that it writes", async () => {
  await withWritten("none", async (root) => {
    const { props } = await readConnectorFolder(await findConnectorFolder("order-regions", root));
    assert.equal(props["egress.columns"], "order_id,region");
    assert.equal(props["transforms.keep.include"], "order_id,customer.region");
    assert.equal(props["connection.url"], "${env:ORDER_REGIONS_URL}");
  });
});

Deno.test("a new connector for a binary brings its code in one file", async () => {
  await withWritten("module", async (root) => {
    const { plugins: [keep] } = await loadConnectorModule(await findConnectorFolder("order-regions", root));
    assert.ok(keep?.type === "transformation");
    const transform = keep.create({});
    const apply = (value: { readonly order_id?: bigint; readonly customer: { readonly region: string } }) =>
      transform.apply(ConnectRecord.of({ topic: "t", value }))?.value;
    assert.deepEqual(apply({ order_id: 1n, customer: { region: "SP" } }), { order_id: 1n, region: "SP" });
    assert.throws(() => apply({ customer: { region: "SP" } }), DataException);
  });
});

Deno.test("fields that are no list of columns are refused by name", () => {
  for (const wrong of ["", "a:money", "A:text", "a:text,b.a:text", "a:text:text", "a b"]) {
    assert.throws(() => readFields(wrong), UsageError, wrong);
  }
});
