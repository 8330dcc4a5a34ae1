/**
 * The rules of CONTRIBUTING.md that need to see the code, as a plugin of `deno lint`: short functions, few
 * parameters, imports by the table, and one place for clock and timers.
 *
 * @module
 */

import { dirname, join, relative } from "node:path/posix";
import { fileURLToPath } from "node:url";
import { importProblem } from "./import_table.ts";

const projectFolder = fileURLToPath(new URL("../../", import.meta.url));
const functionLinesMax = 60;
const parametersMax = 4;

/** Clock and timers belong to the Time port's adapter; the stand-ins and the sandbox have one file each. */
const clockFiles: readonly string[] = ["cli/process/system_time.ts", "sandbox/wait.ts"];
const clockNames: readonly string[] = ["setTimeout", "setInterval"];

type FunctionNode =
  | Deno.lint.FunctionDeclaration
  | Deno.lint.FunctionExpression
  | Deno.lint.ArrowFunctionExpression;

function pathOf(context: Deno.lint.RuleContext): string {
  return relative(projectFolder, context.filename);
}

function isTest(path: string): boolean {
  return path.startsWith("tests/") || path.startsWith("bench/");
}

const functionLines: Deno.lint.Rule = {
  create(context) {
    if (isTest(pathOf(context))) return {};
    const check = (node: FunctionNode) => {
      const lines = context.sourceCode.getText(node).split("\n").length;
      if (lines <= functionLinesMax) return;
      context.report({
        node,
        message: `Function of ${lines} lines, at most ${functionLinesMax} fit a screen`,
      });
    };
    return { FunctionDeclaration: check, FunctionExpression: check, ArrowFunctionExpression: check };
  },
};

const parameters: Deno.lint.Rule = {
  create(context) {
    if (isTest(pathOf(context))) return {};
    const check = (node: FunctionNode) => {
      if (node.params.length <= parametersMax) return;
      const message = `${node.params.length} parameters, beyond ${parametersMax} take one named object`;
      context.report({ node, message });
    };
    return { FunctionDeclaration: check, FunctionExpression: check, ArrowFunctionExpression: check };
  },
};

const imports: Deno.lint.Rule = {
  create(context) {
    const path = pathOf(context);
    const check = (node: Deno.lint.Node, specifier: string) => {
      const target = specifier.startsWith(".") ? join(dirname(path), specifier) : specifier;
      const problem = /^(npm|jsr|https?):/.test(specifier)
        ? `Import ${specifier} by its name in deno.json`
        : importProblem(path, target);
      if (problem !== undefined) context.report({ node, message: problem });
    };
    return {
      ImportDeclaration: (node) => check(node, node.source.value),
      ExportAllDeclaration: (node) => check(node, node.source.value),
      ExportNamedDeclaration: (node) => {
        if (node.source !== null) check(node, node.source.value);
      },
      ImportExpression: (node) => {
        if (node.source.type === "Literal") check(node, String(node.source.value));
      },
      // Its text, since the tree doesn't have the specifier.
      TSImportType: (node) => {
        const [, specifier] = /import\(\s*["']([^"']+)["']/.exec(context.sourceCode.getText(node)) ?? [];
        if (specifier !== undefined) check(node, specifier);
      },
    };
  },
};

const clock: Deno.lint.Rule = {
  create(context) {
    const path = pathOf(context);
    if (isTest(path) || clockFiles.includes(path)) return {};
    const report = (node: Deno.lint.Node) =>
      context.report({
        node,
        message: "Time is an argument: use the Time port instead of the runtime's clock",
      });
    return {
      CallExpression(node) {
        const name = context.sourceCode.getText(node.callee);
        if (name === "Date.now" || name === "performance.now" || clockNames.includes(name)) report(node);
      },
      NewExpression(node) {
        if (context.sourceCode.getText(node.callee) === "Date" && node.arguments.length === 0) report(node);
      },
    };
  },
};

/** The plugin, as `deno.json` names it. */
const plugin: Deno.lint.Plugin = {
  name: "sluice",
  rules: { "function-lines": functionLines, parameters, imports, clock },
};
export default plugin;
