/**
 * References in configurations: `${env:NAME}`, `${file:PATH:KEY}` and `${dir:PATH:NAME}` (KIP-297, KIP-421).
 *
 * A configuration is stored and shown with its references. They are looked up when a connector starts or is
 * validated.
 *
 * @module
 */

import { ConfigException } from "../../api/exceptions.ts";
import type { Props } from "../../api/sink_task.ts";
import { parseProperties } from "../properties_file.ts";

/** Environment variables and files that references can read. */
export interface ConfigSources {
  /** Returns the variable's value, or undefined if it isn't set. */
  variable(name: string): string | undefined;
  readFile(path: string): Promise<string>;
  /** Returns the path with links resolved, so that a link can't leave the allowed folders. */
  realPath(path: string): Promise<string>;
}

/** The variables and folders that references may name. */
export interface ReferencePolicy {
  /** All variables for connectors given on the command line, a list for those that come over REST. */
  readonly variables: "all" | readonly string[];
  /** Folders for `file` and `dir`, from the worker's `allowed.paths`. */
  readonly allowedPaths: readonly string[];
}

/** A configuration whose references were looked up. */
export interface ResolvedProps {
  /** The options. One whose reference couldn't be looked up keeps the reference. */
  readonly props: Props;
  /** Names of the options that contain references. */
  readonly referring: ReadonlySet<string>;
  /** Errors by option. */
  readonly problems: ReadonlyMap<string, readonly string[]>;
  /** Warnings by option: unknown providers, whose references stay as they are (as in Connect). */
  readonly warnings: ReadonlyMap<string, readonly string[]>;
  /** Reasons by option to refuse a new or changed configuration. A stored one keeps running. */
  readonly refusals?: ReadonlyMap<string, readonly string[]>;
  /** Looked-up values with the reference to show instead of each. */
  readonly values?: ReadonlyMap<string, string>;
  /** The whole configuration with its references, if the connector's code decides a part of it. */
  readonly whole?: Props;
  /** What was written and the connector's code decides otherwise, by option: such a connector doesn't start. */
  readonly conflicts?: ReadonlyMap<string, readonly string[]>;
}

// `ConfigTransformer.DEFAULT_PATTERN`: provider, perhaps a path, key.
const referencePattern = /^\$\{([^}:]*):(?:([^}:]*):)?([^}]*)\}$/;

/** A reference and its place in a text. */
export interface FoundReference extends Reference {
  readonly text: string;
  readonly start: number;
}

/**
 * Finds the matches of Connect's pattern in one pass. The pattern alone scans the rest of the text again for
 * each `${`, which takes minutes if a text has many.
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

/** Returns whether a text contains a reference. */
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

/** Returns the options to check. A refused reference isn't resolved, so that no name contains its value. */
export function checkable(written: Props, { props, refusals }: ResolvedProps): Props {
  const kept = Object.entries(written).filter(([option]) => refusals?.has(option) === true);
  return { ...props, ...Object.fromEntries(kept) };
}

/** Warns about each rule that a stored configuration breaks; only its next change is refused. */
export function storedRefusals({ refusals = new Map() }: ResolvedProps): readonly string[] {
  return [...refusals.values()].flat()
    .map((problem) => `It runs as it was stored; its next change is refused: ${problem}`);
}

/** Number of problems reported per option. */
const problemsShownMax = 5;

function note(texts: Map<string, string[]>, option: string, text: string): void {
  const known = texts.get(option) ?? [];
  if (known.length >= problemsShownMax || known.includes(text)) return;
  texts.set(option, [...known, text]);
}

/** Returns the resolved options. @throws ConfigException that names the unresolved references */
export function requireResolved({ props, problems }: ResolvedProps): Props {
  if (problems.size === 0) return props;
  throw new ConfigException([...problems.values()].flat().join("; "));
}

interface Reference {
  readonly provider: string;
  readonly path: string | undefined;
  readonly key: string;
}

type Answer = { readonly value: string } | { readonly kind: "problem" | "warning"; readonly why: string };

const problem = (why: string): Answer => ({ kind: "problem", why });

const fileReasons: Readonly<Record<string, string>> = {
  NotFound: "there is no such file",
  PermissionDenied: "this user lacks the permission to read it",
  IsADirectory: "it is a folder",
  NotADirectory: "a part of its path is a file",
};

/** Looks up the references of one configuration; reads each file once. */
class Lookup {
  readonly #files = new Map<string, Promise<string>>();

  constructor(readonly sources: ConfigSources, readonly policy: ReferencePolicy) {}

  async find({ provider, path, key }: Reference): Promise<Answer> {
    if (provider === "env") return this.#variable(key, path);
    if (provider === "file") return await this.#inFile(path, key);
    if (provider === "dir") return await this.#inFolder(path, key);
    return { kind: "warning", why: `there is no config provider "${provider}", only dir, env and file` };
  }

  /** Resolves a variable. `${env:optional:NAME}` is Sluice's own: empty if the variable isn't set. */
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
    if (/[/\\]|^\.\.?$/.test(name)) return problem("a file name is expected after the folder");
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
 * Returns the entries of `allowed.paths` that a path lies below. A missing folder allows nothing.
 *
 * @param real the path with links resolved
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

/** Returns an entry of `config.providers.env.allow` or `allowed.paths` without its host. */
export function unbound(entry: string): string {
  return entry.replace(/@[^@/]+$/, "");
}

/** Returns the host to which an entry of those two options is bound; undefined means any. */
export function boundHost(entry: string): string | undefined {
  return /@([^@/]+)$/.exec(entry)?.[1]?.toLowerCase();
}
