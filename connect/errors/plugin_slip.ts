/** Quoted parts of a message: names that V8 misses, or values. */
const quoted = /'([^']*)'|"([^"]*)"|`([^`]*)`/g;
const messageCharsMax = 300;

/**
 * Describes a mistake in a plugin's code: the error's class, text and place. The text is left out if it
 * quotes one of `values`.
 *
 * Use it only before the first record: later errors can quote a record.
 *
 * @param values texts to hide, such as values of a configuration
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

/** The first place in a file, `file:///…/mod.ts:3:14`. */
function placeOf(error: Error): string | undefined {
  return /\bfile:\/\/[^\s()]+:\d+:\d+/.exec(error.stack ?? "")?.[0];
}
