/** `sluice new connector NAME`: makes the folder of a connector that works, to be changed from there. @module */

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Arguments, Run } from "./command.ts";
import { builtInFolders } from "./connector_folders.ts";
import { embedded } from "./embedded.ts";
import { connectorFiles } from "./new_connector_files.ts";
import { type NewConnector, readFields } from "./new_connector_spec.ts";
import { print } from "./output.ts";
import { exitCode, UsageError } from "./usage_error.ts";

const namePattern = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const nameLengthMax = 40;
const defaultFields = "id:bigint,name:text,updated_at:timestamptz";

/** Runs the command. */
export const run: Run = async (args) => {
  const connector = specOf(args);
  const written: string[] = [];
  for (const { path, text } of connectorFiles(connector)) {
    const file = join(rootOf(args), path);
    await Deno.mkdir(dirname(file), { recursive: true });
    await write(file, text);
    written.push(path);
  }
  print([`Made connector ${connector.name}:`, ...written.map((path) => `  ${path}`)]);
  return exitCode.ok;
};

function specOf(args: Arguments): NewConnector {
  const [what, name, ...others] = args.words;
  if (what !== "connector" || name === undefined || others.length > 0) {
    throw new UsageError("Cannot make that: new connector NAME is expected");
  }
  if (!namePattern.test(name) || name.length > nameLengthMax) {
    throw new UsageError(
      `Cannot make connector "${name}": a name of up to ${nameLengthMax} lower-case letters, digits and dashes is expected`,
    );
  }
  return {
    name,
    topic: args.text("topic") ?? name,
    fields: readFields(args.text("fields") ?? defaultFields),
    code: args.flag("json-only") ? "none" : embedded() === undefined ? "domain" : "module",
  };
}

/** The project where there is one; a binary has none to write into and makes `./connectors`. */
function rootOf(args: Arguments): string {
  const given = args.text("dir");
  if (given !== undefined) return given;
  return embedded() === undefined ? dirname(fileURLToPath(builtInFolders)) : ".";
}

async function write(file: string, text: string): Promise<void> {
  try {
    await Deno.writeTextFile(file, text, { createNew: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    throw new UsageError(`Cannot write ${file}: it is there already`);
  }
}
