/** What is shown in place of secrets, and what becomes of it when it comes back. @module */

import type { Props } from "../api/sink_task.ts";

/** Stands for a secret in everything that is shown. */
export const MASK = "********";

/** Whether somebody sent back what they were shown instead of the secret. */
export function hasMask(text: string): boolean {
  return text.includes(MASK);
}

/**
 * A text with the password of a URL in it masked.
 *
 * @example
 * ```ts
 * import { maskUrl } from "./masking.ts";
 * const shown = maskUrl("postgres://telesales:s3cret@bank2/db?password=x");
 * if (shown !== "postgres://telesales:********@bank2/db?password=********") throw new Error(shown);
 * ```
 */
export function maskUrl(text: string): string {
  return text
    // Up to the last @: a password that should have been percent-encoded is taken as it is by who connects.
    .replace(/^([^:/?#]+(?::[^:/?#]+)?:\/\/[^:@/?#]*):[^?]*@/, `$1:${MASK}@`)
    .replaceAll(/([?&;](?:password|sslpassword)=)[^&]*/gi, `$1${MASK}`);
}

const secretNames =
  /passw(or)?d|passphrase|secret|token(?!\.endpoint)|credential(?!s\.provider)|api[._-]?key|private[._-]?key|jaas\.config|keystore\.key$/i;

/** Whether an option holds a secret, by its name: an unknown option may be a slip of the pen in a known one. */
export function isSecretName(name: string): boolean {
  return secretNames.test(name);
}

/** An option's value as it may be shown; a reference such as `${env:NAME}` is no secret. */
export function maskOption(name: string, value: string): string {
  const isReference = /^\$\{[^}]*\}$/.test(value.trim());
  if (isReference || value === "" || value === "[hidden]") return value;
  return isSecretName(name) ? MASK : maskUrl(value);
}

/**
 * A configuration as it may be shown.
 *
 * @param secrets further options that hold secrets, as their plugins declare them
 * @example
 * ```ts
 * import { maskSecrets } from "./masking.ts";
 * const shown = maskSecrets({ topics: "a", "connection.password": "s3cret", "sasl.password": "${env:PW}" });
 * if (Object.values(shown).join() !== "a,********,${env:PW}") throw new Error("secrets aren't shown");
 * ```
 */
export function maskSecrets(config: Props, secrets: ReadonlySet<string> = new Set()): Props {
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => {
      const shown = maskOption(name, value);
      return [name, shown === value && secrets.has(name) && !/^\$\{[^}]*\}$/.test(value) ? MASK : shown];
    }),
  );
}

/** Options that say where secrets are sent. */
const addressNames = /(^|\.)(connection\.url|bootstrap\.servers)$|\.(url|uri|endpoint|location)$/;

/**
 * A configuration in which masked values are the stored ones again, as long as nobody also changed where they go: then
 * they stay masked, and are refused by the checks that follow.
 *
 * @example
 * ```ts
 * import { keepSecrets } from "./masking.ts";
 * const stored = { "connection.url": "postgres://db/a", "connection.password": "s3cret" };
 * const kept = keepSecrets({ ...stored, "connection.password": "********" }, stored);
 * if (kept["connection.password"] !== "s3cret") throw new Error("what was shown comes back");
 * const moved = keepSecrets({ "connection.url": "postgres://thief/a", "connection.password": "********" }, stored);
 * if (moved["connection.password"] !== "********") throw new Error("not to another place");
 * ```
 */
export function keepSecrets(config: Props, stored: Props, secrets: ReadonlySet<string> = new Set()): Props {
  const shown = maskSecrets(stored, secrets);
  const real = (name: string, value: string) =>
    hasMask(value) && shown[name] === value ? stored[name] ?? value : value;
  const kept = Object.fromEntries(Object.entries(config).map(([name, value]) => [name, real(name, value)]));
  const addresses = [...new Set([...Object.keys(kept), ...Object.keys(stored)])].filter((name) =>
    addressNames.test(name)
  );
  const isMoved = addresses.some((name) => kept[name] !== stored[name]);
  return isMoved ? config : kept;
}
