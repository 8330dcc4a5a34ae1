import assert from "node:assert/strict";
import { readWorkerSettings } from "../../../cli/worker_settings.ts";
import type { ConfigSources } from "../../../connect/config/references/config_providers.ts";

const sources: ConfigSources = {
  variable: (name) => ({ BROKERS: "kafka:9092" } as Record<string, string>)[name],
  readFile: (path) => Promise.reject(new Deno.errors.NotFound(path)),
  realPath: (path) => Promise.resolve(path),
};

async function withFile(text: string, test: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile({ suffix: ".properties" });
  try {
    await Deno.writeTextFile(path, text);
    await test(path);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("variables win over the worker's file, and references are looked up", async () => {
  await withFile("bootstrap.servers=${env:BROKERS}\noffset.flush.interval.ms=1000\n", async (path) => {
    const settings = await readWorkerSettings(path, { CONNECT_OFFSET_FLUSH_INTERVAL_MS: "5000" }, sources);
    assert.deepEqual(settings, { "bootstrap.servers": "kafka:9092", "offset.flush.interval.ms": "5000" });
  });
});

Deno.test("all that is wrong with the worker's settings is said at once", async () => {
  const variables = {
    CONNECT_OFFSET_FLUSH_INTERVAL_MS: "soon",
    CONNECT_BOOTSTRAP_SERVERS: "${env:NOPE}",
    CONNECT_CONNECTOR_CLIENT_CONFIG_OVERRIDE_POLICY: "Some",
  };
  await assert.rejects(readWorkerSettings(undefined, variables, sources), {
    message: "Cannot use the worker's settings: " +
      "Cannot resolve ${env:NOPE} of bootstrap.servers: the environment variable is not set; " +
      "Invalid value soon for configuration offset.flush.interval.ms: Not a number of type LONG; " +
      "Invalid value Some for configuration connector.client.config.override.policy: String must be one of: All, None, Principal",
  });
});

Deno.test("a worker file that isn't there is said in a sentence", async () => {
  await assert.rejects(
    readWorkerSettings("nowhere.properties", {}, sources),
    { message: "Cannot read the worker settings nowhere.properties: there is no such file or folder" },
  );
});
