import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Arguments, Run } from "../command.ts";
import { builtInFolders } from "../connector_folders.ts";
import { embedded } from "../embedded.ts";
import { commandOf, connectorFiles } from "../scaffold/connector_files.ts";
import { type NewConnector, readFields, schemaOf } from "../scaffold/connector_spec.ts";
import { print } from "../output.ts";
import { reasonOf } from "../process/file_reasons.ts";
import { schemaProblem } from "../scaffold/sql_names.ts";
import { exitCode, UsageError } from "../usage_error.ts";

const namePattern = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const nameLengthMax = 40;
const topicPattern = /^[a-zA-Z0-9._-]{1,249}$/;
const projectFolder = dirname(fileURLToPath(builtInFolders));
const defaultFields = "id:bigint,name:text,updated_at:timestamptz";

/** `sluice new connector NAME`: creates the folder of a working connector. */
export const run: Run = async (args) => {
  const root = rootOf(args);
  const connector = specOf(args, root);
  const written: string[] = [];
  for (const { path, text } of connectorFiles(connector)) {
    const file = join(root, path);
    await write(file, text);
    written.push(connector.configDir === undefined ? path : file);
  }
  print([
    `Created connector ${connector.name}:`,
    ...written.map((path) => `  ${path}`),
    `Check it: ${commandOf(connector, "validate")} --offline`,
  ]);
  return exitCode.ok;
};

function specOf(args: Arguments, root: string): NewConnector {
  const [what, name, ...others] = args.words;
  if (what !== "connector" || name === undefined || others.length > 0) {
    const given = ["new", ...args.words].join(" ");
    throw new UsageError(`Cannot run ${given}: new connector NAME is expected`);
  }
  if (!namePattern.test(name) || name.length > nameLengthMax) {
    throw new UsageError(
      `Cannot create connector "${name}": a name of up to ${nameLengthMax} lower-case letters, digits and dashes is expected`,
    );
  }
  const problem = schemaProblem(schemaOf({ name }));
  if (problem !== undefined) throw new UsageError(`Cannot create connector "${name}": ${problem}`);
  const topic = args.text("topic") ?? name;
  if (!topicPattern.test(topic) || topic === "." || topic === "..") {
    throw new UsageError(
      `Cannot use --topic ${topic}: Kafka's names have up to 249 letters, digits, dots, dashes and underscores`,
    );
  }
  const isInProject = root === projectFolder && embedded() === undefined;
  return {
    name,
    topic,
    fields: readFields(args.text("fields") ?? defaultFields),
    code: args.flag("json-only") ? "none" : isInProject ? "domain" : "module",
    program: embedded() === undefined ? "deno task" : "sluice",
    ...(isInProject ? {} : { configDir: join(root, "connectors") }),
  };
}

/** The project's folder, where code may import Sluice's files; a binary creates `./connectors`. */
function rootOf(args: Arguments): string {
  const given = args.text("dir");
  if (given !== undefined) return resolve(given);
  return embedded() === undefined ? projectFolder : resolve(".");
}

async function write(file: string, text: string): Promise<void> {
  try {
    await Deno.mkdir(dirname(file), { recursive: true });
    await Deno.writeTextFile(file, text, { createNew: true });
  } catch (error) {
    throw new UsageError(`Cannot write ${file}: ${reasonOf(error)}`, { cause: error });
  }
}
