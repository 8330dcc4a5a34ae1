import assert from "node:assert/strict";
import { join } from "node:path";
import { fileNameOf } from "../../../../cli/catalog/config_file_name.ts";
import { ConfigStorage } from "../../../../cli/catalog/config_storage.ts";
import { ConfigException, ConnectException } from "../../../../connect/api/exceptions.ts";
import type { StoredConnector } from "../../../../connect/runtime/herder/config_store.ts";
import { FakeLogger } from "../../../support/fakes/fake_logger.ts";

function connector(name: string, config: Readonly<Record<string, string>> = {}): StoredConnector {
  return { name, config: { name, topics: "people", ...config }, targetState: "PAUSED" };
}

async function withFolder(
  test: (folder: string, logger: FakeLogger) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(join(folder, "connectors"), new FakeLogger());
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
}

Deno.test("connectors of any name are kept, changed and removed, each in a file for its owner alone", async () => {
  const names = [
    "people",
    "a b",
    "über/../../etc",
    "%2e%2e",
    ".",
    "..",
    "CON*",
    "\u{1f600}",
    "x".repeat(900),
  ];
  await withFolder(async (folder, logger) => {
    const storage = await ConfigStorage.open(folder, logger);
    for (const name of names) await storage.save(connector(name));
    await storage.save(connector("people", { topics: "others" }));
    await storage.remove("a b");
    storage[Symbol.dispose]();
    using reopened = await ConfigStorage.open(folder, logger);
    const loaded = await reopened.load();
    assert.deepEqual(
      loaded.map(({ name }) => name).toSorted(),
      names.filter((name) => name !== "a b").toSorted(),
    );
    assert.deepEqual(loaded.find(({ name }) => name === "people"), connector("people", { topics: "others" }));
    assert.equal((await namesIn(folder)).length, names.length - 1 + ["sluice.lock"].length);
    for (const file of await namesIn(folder)) {
      assert.equal((await Deno.stat(join(folder, file))).mode! & 0o777, 0o600, file);
    }
    assert.equal((await Deno.stat(folder)).mode! & 0o777, 0o700);
    assert.deepEqual(logger.lines, []);
  });
});

Deno.test("long names that begin alike have files of their own", () => {
  const [one, other] = [fileNameOf("n".repeat(400) + "1"), fileNameOf("n".repeat(400) + "2")];
  assert.notEqual(one, other);
  assert.ok(one.length <= 255);
});

Deno.test("a file that cannot be read is named without what it holds, left as it is, and keeps no other from starting", async () => {
  const broken: Readonly<Record<string, readonly [string, RegExp]>> = {
    "torn.json": ['{"name":"torn","config":{"connection.password":"s3cret', /it is not JSON/],
    "empty.json": ["", /it is not JSON/],
    "state.json": ['{"name":"state","target_state":"GONE","config":{}}', /target_state is not as expected/],
    "value.json": [
      '{"name":"value","target_state":"STARTED","config":{"tasks.max":1}}',
      /config\.tasks\.max is not as expected/,
    ],
    "renamed.json": ['{"name":"people","target_state":"STARTED","config":{}}', /another connector's name/],
  };
  await withFolder(async (folder, logger) => {
    using storage = await ConfigStorage.open(folder, logger);
    await storage.save(connector("people"));
    for (const [file, [text]] of Object.entries(broken)) await Deno.writeTextFile(join(folder, file), text);
    assert.deepEqual(await storage.load(), [connector("people")]);
    for (const [file, [text, reason]] of Object.entries(broken)) {
      const line = logger.lines.find(({ fields }) => String(fields["file"]).endsWith(`/${file}`));
      assert.match(String(line?.fields["reason"]), reason, file);
      assert.equal(await Deno.readTextFile(join(folder, file)), text);
    }
    assert.doesNotMatch(logger.text(), /s3cret/);
  });
});

Deno.test("what a crash left half written is removed, and the file beside it counts", async () => {
  await withFolder(async (folder, logger) => {
    using storage = await ConfigStorage.open(folder, logger);
    await storage.save(connector("people"));
    await Deno.writeTextFile(join(folder, "people.json.new"), '{"name":"peop');
    assert.deepEqual(await storage.load(), [connector("people")]);
    assert.deepEqual(await namesIn(folder), ["people.json", "sluice.lock"]);
    assert.deepEqual(logger.lines, []);
  });
});

Deno.test("a change that cannot be kept is refused with the folder and the reason, and nothing of its values", async () => {
  await withFolder(async (folder, logger) => {
    using storage = await ConfigStorage.open(folder, logger);
    await Deno.remove(folder, { recursive: true });
    const refused = (error: unknown) =>
      error instanceof ConnectException && error.message.includes(folder) &&
      /no such file or folder$/.test(error.message) &&
      !error.message.includes("s3cret");
    await assert.rejects(storage.save(connector("people", { "connection.password": "s3cret" })), refused);
    await assert.rejects(storage.remove("people"), refused);
  });
});

Deno.test("a folder that nothing can be kept in is refused at start, by the option's name", async () => {
  await withFolder(async (folder, logger) => {
    await Deno.writeTextFile(folder, "a file");
    await assert.rejects(
      ConfigStorage.open(folder, logger),
      (error) =>
        error instanceof ConfigException &&
        /of config\.storage\.dir: a file or folder of that name exists already$/.test(error.message),
    );
  });
});

Deno.test("a folder is held by one process at a time", async () => {
  await withFolder(async (folder, logger) => {
    const first = await ConfigStorage.open(folder, logger);
    await assert.rejects(
      ConfigStorage.open(folder, logger),
      (error) =>
        error instanceof ConfigException &&
        /: another process keeps its connectors there$/.test(error.message),
    );
    first[Symbol.dispose]();
    using _second = await ConfigStorage.open(folder, logger);
  });
});
