/** Slips in the code of a plugin, for the person who writes it. @module */

/** What a message puts in quotes: V8's name of what is missing, or a value. */
const quoted = /'([^']*)'|"([^"]*)"|`([^`]*)`/g;
const messageCharsMax = 300;

/**
 * What is wrong, and where: the error's class, its text, and the first place in the code. The text is left out if it
 * quotes a value that mustn't be seen.
 *
 * Only for errors from before the first record: later ones can quote a record.
 *
 * @param values texts that mustn't be shown, such as those of a configuration
 * @example
 * ```ts
 * import { pluginSlip } from "./plugin_slip.ts";
 * const text = pluginSlip(new TypeError("Cannot read properties of undefined (reading 'id')"));
 * if (!text.startsWith("TypeError: Cannot read properties of undefined (reading 'id')")) throw new Error(text);
 * if (pluginSlip(new TypeError("Invalid URL: 'pw'"), ["pw"]).includes("pw")) throw new Error("it shows a value");
 * ```
 */
export function pluginSlip(error: unknown, values: readonly string[] = []): string {
  if (!(error instanceof Error)) return "it throws something that is no Error";
  const [line = ""] = error.message.split("\n");
  const text = isShown(line, values) ? `: ${line.slice(0, messageCharsMax)}` : "";
  const place = line.includes("file://") ? undefined : placeOf(error);
  return `${error.name}${text}${place === undefined ? "" : `, at ${place}`}`;
}

function isShown(message: string, values: readonly string[]): boolean {
  if (message === "" || values.some((value) => value !== "" && message.includes(value))) return false;
  const quotes = [...message.matchAll(quoted)].map(([, ...parts]) =>
    parts.find((part) => part !== undefined)
  );
  return quotes.every((text = "") => text === "" || !values.some((value) => value.includes(text)));
}

/** The first place in a file of the stack, `file:///…/mod.ts:3:14`. */
function placeOf(error: Error): string | undefined {
  return /\bfile:\/\/[^\s()]+:\d+:\d+/.exec(error.stack ?? "")?.[0];
}
