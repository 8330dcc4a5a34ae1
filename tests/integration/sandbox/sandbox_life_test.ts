import assert from "node:assert/strict";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { exists, tryCommand } from "../../../sandbox/machine.ts";
import { isThere } from "../../../sandbox/processes.ts";
import { pollUntil, sleep, waitMsMax } from "../../../sandbox/wait.ts";

const path = (relative: string) => fileURLToPath(new URL(`../../../${relative}`, import.meta.url));

/** A developer's program with running servers, and what must end with it. */
interface Running {
  readonly child: Deno.ChildProcess;
  readonly folder: string;
  readonly serverPids: readonly number[];
}

function spawn(args: readonly string[], env: Readonly<Record<string, string>> = {}): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--config", path("sandbox/dev.json"), ...args],
    env: { ...env, NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    detached: true, // a process group of its own, as a terminal makes it
  }).spawn();
}

/** Runs the developers' command until both servers are up. */
async function startUp(): Promise<Running> {
  const child = spawn([path("sandbox/up.ts")]);
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  reader.releaseLock();
  const { folder } = JSON.parse(new TextDecoder().decode(value));
  const pids = ["kafka", "postgres"].map((name) => {
    const [pid] = Deno.readTextFileSync(join(folder, name, `${name}.pid`)).split(" ");
    return Number(pid);
  });
  assert.ok(pids.every(isThere), "both servers run");
  return { child, folder, serverPids: pids };
}

async function assertNothingIsLeft({ child, folder, serverPids }: Running): Promise<void> {
  await Promise.all([child.status, child.stdout.cancel(), child.stderr.cancel()]);
  await pollUntil("the servers to end", waitMsMax, () => serverPids.some(isThere) ? undefined : true);
  await pollUntil(
    "the folder to be removed",
    waitMsMax,
    async () => await exists(folder) || await exists(`${folder}.gone`) ? undefined : true,
  );
}

Deno.test("kill -9 of the parent leaves no server and no folder", async () => {
  const running = await startUp();
  running.child.kill("SIGKILL");
  await assertNothingIsLeft(running);
  await running.child.stdin.close().catch(() => {}); // its other end is gone
});

Deno.test("kill -9 at any moment of the start leaves nothing behind", async () => {
  const temporary = await Deno.makeTempDir();
  await Deno.chmod(temporary, 0o755);
  for (const afterMs of [150, 300, 450, 600, 800, 1100]) {
    const child = spawn([path("sandbox/up.ts")], { TMPDIR: temporary });
    await sleep(afterMs);
    child.kill("SIGKILL");
    await Promise.all([child.status, child.stdout.cancel(), child.stderr.cancel()]);
    await child.stdin.close().catch(() => {}); // its other end is gone
  }
  await pollUntil(
    "all folders to go",
    waitMsMax,
    () => [...Deno.readDirSync(temporary)].length > 0 ? undefined : true,
  );
  const processes = await tryCommand("ps", ["-axo", "args="]);
  assert.ok(!processes?.text.includes(temporary), "no process works there");
  await Deno.remove(temporary);
});

Deno.test("Ctrl-C in a terminal, which all of the group gets, leaves no server and no folder", async () => {
  const running = await startUp();
  process.kill(-running.child.pid, "SIGINT");
  await assertNothingIsLeft(running);
  assert.equal((await running.child.status).code, 0);
  await running.child.stdin.close().catch(() => {}); // its other end is gone
});

Deno.test("the developers' command ends with its standard input", async () => {
  const running = await startUp();
  await running.child.stdin.close();
  await assertNothingIsLeft(running);
  assert.equal((await running.child.status).code, 0);
});

Deno.test("a crash of the program leaves no server and no folder, also with a server killed before", async () => {
  const programFolder = await Deno.makeTempDir();
  const program = join(programFolder, "crash.ts");
  await Deno.writeTextFile(
    program,
    `import { startPostgres } from ${
      JSON.stringify(new URL("../../../sandbox/postgres/postgres.ts", import.meta.url).href)
    };
    const [killed, alive] = [await startPostgres(), await startPostgres()];
    await killed.kill();
    console.log(JSON.stringify([killed, alive].map(({ pid, dataDir }) => ({ pid, dataDir }))));
    throw new Error("the program crashes");`,
  );
  const child = spawn([program]);
  const output = await new Response(child.stdout).text();
  const errors = await new Response(child.stderr).text();
  assert.match(errors, /the program crashes/);
  const servers: readonly { pid: number; dataDir: string }[] = JSON.parse(output);
  for (const { pid, dataDir } of servers) {
    await pollUntil("the server to end", waitMsMax, () => isThere(pid) ? undefined : true);
    await pollUntil("the folder to go", waitMsMax, async () => await exists(dataDir) ? undefined : true);
  }
  await child.status;
  await Deno.remove(programFolder, { recursive: true });
  await child.stdin.close().catch(() => {}); // its other end is gone
});

/** Runs the developers' command with a PATH of these programs only. Returns its output. */
async function sayWithout(programs: Readonly<Record<string, string>>): Promise<string> {
  const folder = await Deno.makeTempDir();
  for (const [name, script] of Object.entries(programs)) {
    await Deno.writeTextFile(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  const program = `import { installKafka } from ${
    JSON.stringify(new URL("../../../sandbox/kafka/kafka_install.ts", import.meta.url).href)
  }; await installKafka().catch((error) => console.log(error.name + ": " + error.message));`;
  const file = join(folder, "ask.ts");
  await Deno.writeTextFile(file, program);
  const child = spawn([file], {
    PATH: folder,
    XDG_CACHE_HOME: folder,
    JAVA_HOME: "",
    DENO_DIR: await denoDir(),
  });
  const [text, errors] = [await new Response(child.stdout).text(), await new Response(child.stderr).text()];
  await child.status;
  await child.stdin.close().catch(() => {}); // its other end is gone
  await Deno.remove(folder, { recursive: true });
  assert.equal(errors, "");
  return text;
}

/** Another XDG_CACHE_HOME must not make the runtime fetch all packages again. */
async function denoDir(): Promise<string> {
  const info = await tryCommand(Deno.execPath(), ["info", "--json"]);
  return JSON.parse(info?.text ?? "{}").denoDir;
}

Deno.test("a machine without Java is told so in one sentence", async () => {
  assert.equal(
    await sayWithout({}),
    "MachineLacksError: Cannot start Kafka: there is no java on PATH, install Java 17 or newer " +
      "(Debian: apt-get install openjdk-17-jre-headless)\n",
  );
});

Deno.test("a machine with an old Java is told so in one sentence", async () => {
  assert.equal(
    await sayWithout({ java: `echo 'openjdk version "11.0.2" 2019-01-15' >&2` }),
    "MachineLacksError: Cannot start Kafka: the java on PATH is version 11.0.2, install Java 17 or newer " +
      "(Debian: apt-get install openjdk-17-jre-headless)\n",
  );
});

const java17 = `echo 'openjdk version "17.0.15" 2025-04-15' >&2`;

Deno.test("a machine without Maven is told so in one sentence", async () => {
  assert.equal(
    await sayWithout({ java: java17 }),
    "MachineLacksError: Cannot fetch Kafka: there is no mvn on PATH, install Maven (Debian: apt-get install maven)\n",
  );
});

Deno.test("where Maven can't fetch, its first error is told in one sentence", async () => {
  assert.equal(
    await sayWithout({
      java: java17,
      mvn: "echo '[ERROR] Network is unreachable'; echo '[ERROR] more'; exit 1",
    }),
    "MachineLacksError: Cannot fetch Kafka: mvn ended with 1, expected 0: Network is unreachable\n",
  );
});

Deno.test("the developers' command says what's missing and ends with 1", async () => {
  const child = spawn([path("sandbox/up.ts")], { JAVA_HOME: "/nowhere" });
  const errors = await new Response(child.stderr).text();
  await child.stdout.cancel();
  assert.equal((await child.status).code, 1);
  await child.stdin.close().catch(() => {}); // its other end is gone
  assert.match(
    errors,
    /^Cannot start Kafka: there is no java at \/nowhere\/bin\/java \(JAVA_HOME\), install [^\n]*\n$/,
  );
});
