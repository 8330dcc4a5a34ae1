/** Runs a page's commands in order, with shell variables kept from block to block. @module */

import assert from "node:assert/strict";
import { join } from "node:path";
import {
  type OwnedOptions,
  type OwnedProcess,
  runOwned,
  startOwned,
} from "../../../sandbox/owned_process.ts";
import { pollUntil, sleep, waitMsMax } from "../../../sandbox/wait.ts";
import { type DocBlock, isRun } from "./doc_blocks.ts";
import { projectFolder } from "../programs/program.ts";

/** A shell in a folder of its own; disposing ends what still runs in it. */
export class DocShell implements AsyncDisposable {
  readonly #background: Background[] = [];
  readonly #state: string;
  readonly #bin: string;

  private constructor(readonly folder: string, private readonly own: string) {
    this.#state = join(own, "state");
    this.#bin = join(own, "bin");
  }

  /** Copies the project as a clone has it, with `deno` on the path, and otherwise the machine's programs only. */
  static async open(): Promise<DocShell> {
    const own = await Deno.makeTempDir();
    const shell = new DocShell(join(own, "sluice"), own);
    await Deno.mkdir(shell.#bin);
    await Deno.symlink(Deno.execPath(), join(shell.#bin, "deno"));
    await copyProject(shell.folder);
    return shell;
  }

  /**
   * Runs a page's commands from first to last.
   *
   * @param behind what to wait for after a block of commands, where a reader would look before going on
   */
  async follow(
    blocks: readonly DocBlock[],
    behind: (block: DocBlock) => Promise<void> = () => Promise.resolve(),
  ): Promise<void> {
    let printed = "";
    for (const block of blocks) {
      if (block.marks["after ending"] !== undefined) await this.#endBackground();
      if (block.marks["file"] !== undefined) await this.#write(block.marks["file"], block.text);
      else if (block.language === "text") expectPrinted(printed, block);
      else if (isRun(block)) {
        printed = await this.#run(block);
        await behind(block);
      }
    }
  }

  async #write(path: string, text: string): Promise<void> {
    const file = join(this.folder, path);
    await Deno.mkdir(join(file, ".."), { recursive: true });
    await Deno.writeTextFile(file, text);
  }

  async #run(block: DocBlock): Promise<string> {
    const until = block.marks["runs on until"];
    if (until !== undefined) {
      const program = new Background(startOwned("bash", this.#shell(block.text)));
      this.#background.push(program);
      await program.until(until);
      return program.output;
    }
    const { code, stdout, stderr } = await runOwned("bash", this.#shell(block.text), waitMsMax);
    assert.equal(code, 0, `line ${block.line} ended with ${code}:\n${stdout}${stderr}`);
    return stdout;
  }

  #shell(commands: string): OwnedOptions {
    const keep = `trap 'export -p > ${this.#state}; printf "cd %q\\n" "$PWD" >> ${this.#state}' EXIT`;
    const script = `set -e\n[ ! -f ${this.#state} ] || . ${this.#state}\n${keep}\n${commands}`;
    const kept = ["HOME", "DENO_DIR", "XDG_CACHE_HOME"].flatMap((name) => {
      const value = Deno.env.get(name);
      return value === undefined ? [] : [[name, value] as const];
    });
    return {
      args: ["-c", script],
      cwd: this.folder,
      clearEnv: true,
      env: { ...Object.fromEntries(kept), PATH: `${this.#bin}:${Deno.env.get("PATH") ?? ""}`, NO_COLOR: "1" },
    };
  }

  async #endBackground(): Promise<void> {
    for (const program of this.#background.splice(0).reverse()) await program.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#endBackground();
    await Deno.remove(this.own, { recursive: true });
  }
}

/** Commands that run while others do. */
class Background {
  output = "";
  #hasEnded = false;
  readonly #ended: Promise<unknown>;

  constructor(private readonly child: OwnedProcess) {
    this.#ended = Promise.all([
      this.#collect(child.stdout),
      this.#collect(child.stderr),
      child.status.then(() => this.#hasEnded = true),
    ]);
  }

  async until(text: string): Promise<void> {
    await pollUntil(text, waitMsMax, () => {
      if (this.output.includes(text)) return true;
      if (this.#hasEnded) throw new Error(`Cannot go on: what was to run on has ended\n${this.output}`);
      return undefined;
    });
  }

  /** Sends SIGINT to the process group, as Ctrl-C does in a terminal. */
  async end(): Promise<void> {
    if (!this.#hasEnded) Deno.kill(-this.child.pid, "SIGINT");
    const done = new AbortController();
    const late = sleep(waitMsMax, done.signal).then(() => this.child.end());
    await this.#ended;
    done.abort();
    await late;
  }

  async #collect(stream: ReadableStream<Uint8Array>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) this.output += text;
  }
}

async function copyProject(to: string): Promise<void> {
  const listed = await runOwned("git", {
    args: ["ls-files", "-co", "--exclude-standard", "-z"],
    cwd: projectFolder,
  });
  const files = listed.stdout.split("\0").filter((file) => file !== "");
  const folders = new Set(files.map((file) => file.split("/").slice(0, -1).join("/")));
  for (const folder of folders) await Deno.mkdir(join(to, folder), { recursive: true });
  for (const file of files) {
    await Deno.copyFile(projectFolder + file, join(to, file)).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error; // removed, and still in git's index
    });
  }
}

function expectPrinted(printed: string, { text, line }: DocBlock): void {
  const escaped = text.trim().split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const isAsSaid = new RegExp(`^${escaped.join("[^]*?")}$`).test(printed.trim());
  assert.ok(isAsSaid, `line ${line} says what is printed, and that was:\n${printed}`);
}
