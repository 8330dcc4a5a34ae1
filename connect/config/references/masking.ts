/** What is shown in place of secrets, and what becomes of it when it comes back. @module */

import type { Props } from "../../api/sink_task.ts";
import { connectionOf, isPlace } from "./secret_places.ts";

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

/** Whether a text is one reference and nothing else; a password may begin with a dollar too. */
function isReference(value: string): boolean {
  return /^\$\{(env|file|dir):[^}]*\}$/.test(value.trim());
}

/** An option's value as it may be shown; a reference such as `${env:NAME}` is no secret. */
export function maskOption(name: string, value: string): string {
  if (isReference(value) || value === "" || value === "[hidden]") return value;
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
      return [
        name,
        shown === value && value !== "" && secrets.has(name) && !isReference(value) ? MASK : shown,
      ];
    }),
  );
}

/** Names the options that hold secrets in a configuration, as its plugins declare them. */
export type SecretsOf = (config: Props) => ReadonlySet<string>;

/**
 * A configuration in which masked values are the stored ones again. A secret stays masked, and is refused by the checks
 * that follow, if an option changed that says where it goes or how it is protected, or if no plugin takes it for a
 * secret any more.
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
export function keepSecrets(
  config: Props,
  stored: Props,
  secretsOf: SecretsOf = () => new Set(),
): Props {
  const secrets = secretsOf(stored);
  const secretsNow = secretsOf(config);
  const shown = maskSecrets(stored, secrets);
  const isKept = (name: string, value: string) => hasMask(value) && shown[name] === value;
  const moved = new Set(
    [...new Set([...Object.keys(config), ...Object.keys(stored)])]
      .filter((name) => isPlace(name) && config[name] !== stored[name])
      .filter((name) => !isKept(name, config[name] ?? ""))
      .map(connectionOf),
  );
  const mayKeep = (name: string) =>
    !moved.has(connectionOf(name)) &&
    (!secrets.has(name) || secretsNow.has(name) || isSecretName(name));
  return Object.fromEntries(
    Object.entries(config).map((
      [name, value],
    ) => [name, isKept(name, value) && mayKeep(name) ? stored[name] ?? value : value]),
  );
}

/**
 * Changes put into a stored configuration as if all of it had been sent: what they don't name stays as it is shown, so
 * that `keepSecrets` decides about the secrets in it.
 */
export function withChanges(
  stored: Props,
  changes: Readonly<Record<string, string | null>>,
  secretsOf: SecretsOf = () => new Set(),
): Props {
  const merged = { ...maskSecrets(stored, secretsOf(stored)), ...changes };
  return Object.fromEntries(
    Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== null),
  );
}
