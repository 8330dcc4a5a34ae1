/**
 * References in configurations: `${env:NAME}`, `${file:PATH:KEY}` and `${dir:PATH:NAME}` (KIP-297, KIP-421).
 *
 * A configuration is kept and shown with its references; what they stand for is looked up when a connector starts
 * or is validated.
 *
 * @module
 */

import { ConfigException } from "../../api/exceptions.ts";
import type { Props } from "../../api/sink_task.ts";
import { parseProperties } from "../properties_file.ts";

/** The machine, as far as references may look at it. */
export interface ConfigSources {
  /** Undefined where the variable isn't set. */
  variable(name: string): string | undefined;
  readFile(path: string): Promise<string>;
  /** The path without links, for the fence. */
  realPath(path: string): Promise<string>;
}

/** What references may name. */
export interface ReferencePolicy {
  /** Variables: all for connectors given on the command line, a list for those that come over REST. */
  readonly variables: "all" | readonly string[];
  /** Folders for `file` and `dir`, from the worker's `allowed.paths`. */
  readonly allowedPaths: readonly string[];
}

/** A configuration with its references looked up. */
export interface ResolvedProps {
  /** Options whose reference could not be looked up keep it. */
  readonly props: Props;
  /** Names of the options that had references. */
  readonly referring: ReadonlySet<string>;
  /** What is wrong, by option. */
  readonly problems: ReadonlyMap<string, readonly string[]>;
  /** What may be a mistake, by option: providers that don't exist, which Connect leaves as they are. */
  readonly warnings: ReadonlyMap<string, readonly string[]>;
  /** What a new or changed configuration is refused for, by option; one that was stored before keeps running. */
  readonly refusals?: ReadonlyMap<string, readonly string[]>;
  /** What was looked up, with the reference that stands for it: it's shown nowhere. */
  readonly values?: ReadonlyMap<string, string>;
  /** The whole configuration with its references, if the connector's code decides a part of it. */
  readonly whole?: Props;
  /** What was written and the connector's code decides otherwise, by option: such a connector doesn't start. */
  readonly conflicts?: ReadonlyMap<string, readonly string[]>;
}

// `ConfigTransformer.DEFAULT_PATTERN`: provider, perhaps a path, key.
const referencePattern = /^\$\{([^}:]*):(?:([^}:]*):)?([^}]*)\}$/;

/** A reference where it stands in a text. */
export interface FoundReference extends Reference {
  readonly text: string;
  readonly start: number;
}

/**
 * What Connect's pattern finds, in one pass: the pattern alone looks at the rest of the text once for each `${` in it,
 * which takes minutes with a text of many.
 */
export function* referencesIn(text: string): Generator<FoundReference> {
  let start = text.indexOf("${");
  while (start >= 0) {
    const end = text.indexOf("}", start);
    if (end < 0) return;
    const reference = text.slice(start, end + 1);
    const [, provider, path, key = ""] = referencePattern.exec(reference) ?? [];
    if (provider !== undefined) yield { text: reference, start, provider, path, key };
    start = text.indexOf("${", end + 1);
  }
}

/** Whether a text has a reference in it. */
export function hasReference(text: string): boolean {
  return referencesIn(text).next().done !== true;
}

/**
 * Looks up all references of a configuration.
 *
 * @example
 * ```ts
 * import { resolveReferences } from "./config_providers.ts";
 * const sources = {
 *   variable: (name: string) => name === "BANK2_URL" ? "postgres://bank2" : undefined,
 *   readFile: () => Promise.reject(new Error("no files here")),
 *   realPath: (path: string) => Promise.resolve(path),
 * };
 * const policy = { variables: "all", allowedPaths: [] } as const;
 * const found = await resolveReferences({ "connection.url": "${env:BANK2_URL}" }, sources, policy);
 * if (found.props["connection.url"] !== "postgres://bank2") throw new Error("a variable is looked up");
 * ```
 */
export async function resolveReferences(
  props: Props,
  sources: ConfigSources,
  policy: ReferencePolicy,
): Promise<ResolvedProps> {
  const lookup = new Lookup(sources, policy);
  const referring = new Set<string>();
  const problems = new Map<string, string[]>();
  const warnings = new Map<string, string[]>();
  const values = new Map<string, string>();
  const resolved: Record<string, string> = {};
  for (const [option, text] of Object.entries(props)) {
    const parts: string[] = [];
    let end = 0;
    for (const reference of referencesIn(text)) {
      const answer = await lookup.find(reference);
      if ("value" in answer) {
        parts.push(text.slice(end, reference.start), answer.value);
        end = reference.start + reference.text.length;
        referring.add(option);
        values.set(answer.value, reference.text);
      } else {
        const texts = answer.kind === "problem" ? problems : warnings;
        note(texts, option, `Cannot resolve ${reference.text} of ${option}: ${answer.why}`);
      }
    }
    resolved[option] = parts.join("") + text.slice(end);
  }
  return { props: resolved, referring, problems, warnings, values };
}

/** What a check looks at: an option whose reference is refused keeps it, so that no name is made of the value. */
export function checkable(written: Props, { props, refusals }: ResolvedProps): Props {
  const kept = Object.entries(written).filter(([option]) => refusals?.has(option) === true);
  return { ...props, ...Object.fromEntries(kept) };
}

/** A sentence for each thing that a stored configuration would be refused for if it came now: it keeps running. */
export function storedRefusals({ refusals = new Map() }: ResolvedProps): readonly string[] {
  return [...refusals.values()].flat()
    .map((problem) => `It runs as it was stored; its next change is refused: ${problem}`);
}

/** Most problems of one option that are told. */
const problemsShownMax = 5;

/** Adds a problem once. */
function note(texts: Map<string, string[]>, option: string, text: string): void {
  const known = texts.get(option) ?? [];
  if (known.length >= problemsShownMax || known.includes(text)) return;
  texts.set(option, [...known, text]);
}

/** The options, where all references could be looked up. @throws ConfigException that names those that couldn't */
export function requireResolved({ props, problems }: ResolvedProps): Props {
  if (problems.size === 0) return props;
  throw new ConfigException([...problems.values()].flat().join("; "));
}

/** A reference, taken apart. */
interface Reference {
  readonly provider: string;
  readonly path: string | undefined;
  readonly key: string;
}

type Answer = { readonly value: string } | { readonly kind: "problem" | "warning"; readonly why: string };

const problem = (why: string): Answer => ({ kind: "problem", why });

const fileReasons: Readonly<Record<string, string>> = {
  NotFound: "there is no such file",
  PermissionDenied: "this user may not read it",
  IsADirectory: "it is a folder",
  NotADirectory: "a part of its path is a file",
};

/** One pass over a configuration; a file is read once. */
class Lookup {
  readonly #files = new Map<string, Promise<string>>();

  constructor(readonly sources: ConfigSources, readonly policy: ReferencePolicy) {}

  async find({ provider, path, key }: Reference): Promise<Answer> {
    if (provider === "env") return this.#variable(key, path);
    if (provider === "file") return await this.#inFile(path, key);
    if (provider === "dir") return await this.#inFolder(path, key);
    return { kind: "warning", why: `there is no config provider "${provider}", only dir, env and file` };
  }

  /** `${env:optional:NAME}` is ours: an empty text where the variable isn't set. */
  #variable(name: string, path: string | undefined): Answer {
    if (path && path !== "optional") return problem("env takes a name only, or optional and a name");
    const { variables } = this.policy;
    if (variables !== "all" && !variables.some((allowed) => unbound(allowed) === name)) {
      return problem("the worker's config.providers.env.allow doesn't name it");
    }
    const value = this.sources.variable(name) ?? (path ? "" : undefined);
    return value === undefined ? problem("the environment variable is not set") : { value };
  }

  async #inFile(path: string | undefined, key: string): Promise<Answer> {
    const text = await this.#read(path);
    if (typeof text !== "string") return text;
    const value = parseProperties(text)[key];
    return value === undefined ? problem("the file has no such key") : { value };
  }

  async #inFolder(path: string | undefined, name: string): Promise<Answer> {
    if (/[/\\]|^\.\.?$/.test(name)) return problem("a file name is expected behind the folder");
    const text = await this.#read(path ? `${path}/${name}` : undefined);
    return typeof text === "string" ? { value: text } : text;
  }

  async #read(path: string | undefined): Promise<string | Answer> {
    if (!path) return problem("a path is expected before the key");
    try {
      const real = await this.sources.realPath(path);
      if (!await this.#isAllowed(real)) return problem("the path isn't below the worker's allowed.paths");
      const text = this.#files.get(real) ?? this.sources.readFile(real);
      this.#files.set(real, text);
      return await text;
    } catch (error) {
      const reason = error instanceof Error ? fileReasons[error.name] ?? error.name : "unknown reason";
      return problem(`the file can't be read: ${reason}`);
    }
  }

  async #isAllowed(real: string): Promise<boolean> {
    return (await allowingFolders(real, this.policy.allowedPaths, this.sources)).length > 0;
  }
}

/**
 * The entries of `allowed.paths` that a path lies below; a folder that isn't there allows nothing.
 *
 * @param real the path without links
 */
export async function allowingFolders(
  real: string,
  allowedPaths: readonly string[],
  { realPath }: Pick<ConfigSources, "realPath">,
): Promise<readonly string[]> {
  const bases = await Promise.all(
    allowedPaths.map((folder) => realPath(unbound(folder)).catch(() => undefined)),
  );
  return allowedPaths.filter((_, index) => {
    const base = bases[index];
    return base !== undefined && (real === base || real.startsWith(base.replace(/\/*$/, "/")));
  });
}

/** What an entry such as `NAME@HOST` allows, without the host that it's bound to. */
export function unbound(entry: string): string {
  return entry.replace(/@[^@/]+$/, "");
}

/** The host that an entry of `config.providers.env.allow` or `allowed.paths` is bound to; undefined for any. */
export function boundHost(entry: string): string | undefined {
  return /@([^@/]+)$/.exec(entry)?.[1]?.toLowerCase();
}
