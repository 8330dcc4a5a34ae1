/** Which names a file exports, and which it takes from others: by its text, since a parser would take seconds. @module */

import { dirname, join } from "node:path/posix";

/** A name of another file; `*` for all of them. */
interface ImportedName {
  readonly path: string;
  readonly name: string;
}

const declared =
  /^export (?:declare )?(?:abstract )?(?:async )?(?:function\*?|class|interface|type|const|let|enum) (\w+)/gm;
const listed = /^export (?:type )?\{([^}]*)\};?$/gm;
const taken = /^(?:import|export) (?:type )?([\w*{][^;"'`]*?) ?from "([^"]+)"/gm;
const dynamic = /\bimport\(\s*"([^"]+)"/g;

/**
 * Names that a file gives to others. Texts of programs that it holds aren't its own.
 *
 * @example
 * ```ts
 * import { exportsOf } from "./module_names.ts";
 * const names = exportsOf("export function a() {}\nexport { b as c };\nexport default 1;\nconst d = 1;\n");
 * if (names.join() !== "a,c,default") throw new Error("what begins with export, by its name outside");
 * ```
 */
export function exportsOf(text: string): readonly string[] {
  const code = withoutTemplates(text);
  const lists = [...code.matchAll(listed)].flatMap(([, list = ""]) =>
    namesIn(list).map(({ outer }) => outer)
  );
  const own = [...code.matchAll(declared)].map(([, name = ""]) => name);
  return [...own, ...lists, ...(/^export default /m.test(code) ? ["default"] : [])];
}

/**
 * Names that a file takes from others, in its code and in the examples of its comments.
 *
 * @param aliases what names of the import map stand for
 *
 * @example
 * ```ts
 * import { importsOf } from "./module_names.ts";
 * const text = 'import type { A as B } from "./b.ts";\n * import { C } from "../c.ts";\nexport * from "x";\n';
 * const found = importsOf("a/a.ts", text, new Map([["x", "x/mod.ts"]])).map(({ path, name }) => `${path} ${name}`);
 * if (found.join() !== "a/b.ts A,c.ts C,x/mod.ts *") throw new Error(found.join());
 * ```
 */
export function importsOf(
  path: string,
  text: string,
  aliases: ReadonlyMap<string, string> = new Map(),
): readonly ImportedName[] {
  const code = text.replaceAll(/^ *\* ?/gm, "");
  const resolved = (specifier: string) =>
    specifier.startsWith(".") ? join(dirname(path), specifier) : aliases.get(specifier);
  const found = [...code.matchAll(taken)].flatMap(([, what = "", specifier = ""]) => {
    const from = resolved(specifier);
    return from === undefined ? [] : takenNames(what).map((name) => ({ path: from, name }));
  });
  const whole = [...code.matchAll(dynamic)].flatMap(([, specifier = ""]) => resolved(specifier) ?? []);
  return [...found, ...whole.map((from) => ({ path: from, name: "*" }))];
}

/** `a, { b as c }` are default and b; `* as all` may be each of them. */
function takenNames(what: string): readonly string[] {
  if (what.includes("*")) return ["*"];
  const [before = "", list = ""] = what.split(/[{}]/);
  const names = namesIn(list).map(({ inner }) => inner);
  return /\w/.test(before) ? ["default", ...names] : names;
}

function namesIn(list: string): readonly { readonly inner: string; readonly outer: string }[] {
  return list.split(",").map((part) => part.trim().replace(/^type /, "")).filter((part) => part !== "").map(
    (part) => {
      const [inner = "", outer = inner] = part.split(" as ");
      return { inner, outer };
    },
  );
}

/** Templates of several lines: a line of them may begin as one of code does. */
function withoutTemplates(text: string): string {
  return text.replaceAll(/^ *\/?\*.*$/gm, "").replaceAll(/`[^`\n]*\n[^`]*`/g, "``");
}
