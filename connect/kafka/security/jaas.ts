/**
 * Parses `sasl.jaas.config`: one login module with its options. (`org.apache.kafka.common.security.JaasConfig`) @module
 */

import { ConfigException } from "../../api/exceptions.ts";

export interface JaasEntry {
  /** Class name as written. */
  readonly module: string;
  readonly options: Readonly<Record<string, string>>;
}

type Token = { readonly kind: "word" | "quoted"; readonly text: string } | { readonly kind: "=" | ";" };

const controlFlags = /^(required|requisite|sufficient|optional)$/i;

/**
 * Parses one entry. Other text than words stands in single or double quotes, with backslash escapes.
 *
 * @throws ConfigException that says what was expected and quotes nothing, because the text holds passwords
 * @example
 * ```ts
 * import { parseJaas } from "./jaas.ts";
 * const { options } = parseJaas(`x.ScramLoginModule required username=alice password="a \\"b\\"; c";`);
 * if (options["password"] !== 'a "b"; c') throw new Error("what stands in quotes is one text");
 * ```
 */
export function parseJaas(text: string): JaasEntry {
  const tokens = tokensOf(text);
  const [module, flag, ...rest] = tokens;
  if (module?.kind !== "word") throw refused("the class of a login module first");
  if (flag?.kind !== "word" || !controlFlags.test(flag.text)) {
    throw refused("required, requisite, sufficient or optional after the login module");
  }
  const options: Record<string, string> = {};
  let at = 0;
  while (rest[at]?.kind !== ";") {
    const [name, equals, value] = rest.slice(at, at + 3);
    if (name === undefined) throw refused("a semicolon at its end");
    if (name.kind !== "word" || equals?.kind !== "=" || value === undefined || !("text" in value)) {
      throw refused(`name=value as option ${Object.keys(options).length + 1}`);
    }
    options[name.text] = value.text;
    at += 3;
  }
  if (rest.length > at + 1) throw refused("one login module and nothing after its semicolon");
  return { module: module.text, options };
}

function refused(expected: string): ConfigException {
  return new ConfigException(
    `Invalid value [hidden] for configuration sasl.jaas.config: Expected ${expected}`,
  );
}

// White space and comments; = and ;; quoted text; words.
const tokenPattern =
  /(?:\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)|([=;])|"((?:[^"\\]|\\[\s\S])*)"|'((?:[^'\\]|\\[\s\S])*)'|([^\s=;"']+)/y;

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  const pattern = new RegExp(tokenPattern);
  while (pattern.lastIndex < text.length) {
    const found = pattern.exec(text);
    if (found === null) throw refused("each quote to be closed");
    const [, sign, double, single, word] = found;
    const quoted = double ?? single;
    if (sign === "=" || sign === ";") tokens.push({ kind: sign });
    else if (quoted !== undefined) tokens.push({ kind: "quoted", text: unescape(quoted) });
    else if (word !== undefined) tokens.push({ kind: "word", text: word });
  }
  return tokens;
}

const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f" };

function unescape(text: string): string {
  return text.replaceAll(/\\([\s\S])/g, (_, sign: string) => escapes[sign] ?? sign);
}
