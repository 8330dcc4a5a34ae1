/** Who may import whom: docs/architecture.md in a form that a machine can check. @module */

/** What the files of one folder may import, besides their own folder and `node:`. */
interface ImportRule {
  /** Folder, or one file, relative to the project; the longest one that fits counts. */
  readonly of: string;
  /** Folders and files of ours. */
  readonly own: readonly string[];
  /** Packages, by the names of the import map. */
  readonly packages: readonly string[];
}

/** Folders that may import everything. */
const unrestricted: readonly string[] = [
  "cli/",
  "deploy/",
  "sandbox/",
  "testing/",
  "tests/",
  "bench/",
];

/** The only file that may import what is inside of kafkajs, whatever its folder may import. */
const kafkajsInternals = "connect/kafka/wire/kafkajs_internals.ts";

/** What these may not import all the same: a database is found through sinks/mod.ts, by its connector's class. */
const banned: readonly { readonly of: string; readonly targets: RegExp }[] = [
  { of: "cli/", targets: /^sinks\/(?!sql\/|file\/|mod\.ts$)|^postgres$/ },
  { of: "sandbox/", targets: /^sinks\/(?!sql\/|file\/|mod\.ts$)/ },
];

/** The table. A new arrow is a design decision: change it together with docs/architecture.md. */
const importTable: readonly ImportRule[] = [
  { of: "mod.ts", own: ["connect/api/"], packages: [] },
  { of: "domain/", own: [], packages: ["libphonenumber-js"] },
  { of: "connect/api/", own: ["connect/java/"], packages: ["zod", "@noble/hashes/"] },
  { of: "connect/java/", own: ["connect/api/"], packages: [] },
  { of: "connect/security/", own: [], packages: [] },
  { of: "connect/converters/", own: ["connect/api/", "connect/java/"], packages: [] },
  { of: "connect/transforms/", own: ["connect/api/", "connect/java/"], packages: ["zod"] },
  { of: "connect/metrics/", own: ["connect/api/"], packages: [] },
  { of: "connect/config/", own: ["connect/api/", "connect/java/"], packages: ["zod", "dot-properties"] },
  { of: "connect/errors/", own: ["connect/api/"], packages: [] },
  {
    of: "connect/runtime/",
    own: ["connect/api/", "connect/config/", "connect/errors/", "connect/metrics/"],
    packages: [],
  },
  {
    of: "connect/kafka/",
    own: ["connect/api/", "connect/security/"],
    packages: [],
  },
  { of: kafkajsInternals, own: ["connect/api/"], packages: ["kafkajs/"] },
  {
    of: "connect/rest/",
    own: [
      ...["connect/api/", "connect/config/", "connect/metrics/"],
      ...["connect/errors/missed_erasures.ts", "connect/runtime/herder/herder.ts"],
    ],
    packages: ["hono", "zod"],
  },
  { of: "sinks/sql/", own: ["connect/api/", "connect/java/"], packages: ["zod"] },
  {
    of: "sinks/postgres/",
    own: ["connect/api/", "connect/java/", "connect/security/", "sinks/sql/"],
    packages: ["postgres", "zod"],
  },
  { of: "sinks/file/", own: ["connect/api/", "connect/java/"], packages: [] },
  { of: "sinks/mod.ts", own: ["connect/api/", "sinks/"], packages: [] },
  { of: "connectors/", own: ["connect/api/", "domain/"], packages: ["zod"] },
];

/** The rule for a file, or undefined where everything goes or nobody has decided. */
function ruleFor(path: string): ImportRule | "unrestricted" | undefined {
  if (unrestricted.some((folder) => path.startsWith(folder))) return "unrestricted";
  const fitting = importTable.filter(({ of }) => path === of || (of.endsWith("/") && path.startsWith(of)));
  return fitting.sort((a, b) => b.of.length - a.of.length)[0];
}

/**
 * What is wrong with an import; undefined when nothing is.
 *
 * @param path the importing file, relative to the project
 * @param target the imported file, relative to the project, or the specifier of a package
 */
export function importProblem(path: string, target: string): string | undefined {
  if (target.startsWith("kafkajs/") && path !== kafkajsInternals) {
    return `Only ${kafkajsInternals} may import ${target}`;
  }
  const rule = ruleFor(path);
  const ban = banned.find(({ of, targets }) => path.startsWith(of) && targets.test(target));
  if (ban !== undefined) return `${ban.of} may not import ${target}`;
  if (rule === "unrestricted" || target.startsWith("node:")) return undefined;
  if (rule === undefined) return `${path} is in no folder of the import table`;
  const isOwn = /\.(ts|cjs|json|sql|html|css)$|^connect\/.*\.js$/.test(target);
  const allowed = isOwn ? [homeOf(path, rule), ...rule.own] : rule.packages;
  if (allowed.some((start) => isBelow(target, start))) return undefined;
  return `${rule.of} may not import ${target}`;
}

function isBelow(target: string, start: string): boolean {
  return start.endsWith("/") ? target.startsWith(start) : target === start;
}

/** A connector sees its own folder only, not its neighbours. */
function homeOf(path: string, rule: ImportRule): string {
  if (rule.of !== "connectors/") return rule.of;
  return path.split("/").slice(0, 2).join("/") + "/";
}
