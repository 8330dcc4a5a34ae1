/** Masks secrets in what is shown, and restores them when a masked configuration is sent back. @module */

import type { Props } from "../../api/sink_task.ts";
import { connectionOf, isPlace } from "./secret_places.ts";

/** Shown in place of a secret. */
const MASK = "********";

/** Returns whether a text contains the mask instead of the secret. */
export function hasMask(text: string): boolean {
  return text.includes(MASK);
}

/**
 * Masks the password of a URL in a text.
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
    // Up to the last @: clients also accept a password that isn't percent-encoded.
    .replace(/^([^:/?#]+(?::[^:/?#]+)?:\/\/[^:@/?#]*):[^?]*@/, `$1:${MASK}@`)
    .replaceAll(/([?&;](?:password|sslpassword)=)[^&]*/gi, `$1${MASK}`);
}

const secretNames =
  /passw(or)?d|passphrase|secret|token(?!\.endpoint)|credential(?!s\.provider)|api[._-]?key|private[._-]?key|jaas\.config|keystore\.key$/i;

/** Judges by its name whether an option holds a secret: unknown options may be misspelt known ones. */
export function isSecretName(name: string): boolean {
  return secretNames.test(name);
}

/** The whole text must be one reference: a password may begin with a dollar too. */
function isReference(value: string): boolean {
  return /^\$\{(env|file|dir):[^}]*\}$/.test(value.trim());
}

/** Returns an option's displayable value; a reference such as `${env:NAME}` isn't secret. */
export function maskOption(name: string, value: string): string {
  if (isReference(value) || value === "" || value === "[hidden]") return value;
  return isSecretName(name) ? MASK : maskUrl(value);
}

/**
 * Masks the secrets of a configuration.
 *
 * @param secrets further secret options, as declared by the plugins
 * @example
 * ```ts
 * import { maskSecrets } from "./masking.ts";
 * const shown = maskSecrets({ topics: "a", "connection.password": "s3cret", "sasl.password": "${env:PW}" });
 * if (Object.values(shown).join() !== "a,********,${env:PW}") throw new Error("secrets are masked");
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

/** Returns the names of the options of a configuration that its plugins declare as secrets. */
type SecretsOf = (config: Props) => ReadonlySet<string>;

/**
 * Replaces masked values with the stored ones. A secret stays masked, so that validation refuses it, if an
 * option changed that decides where it is sent or how it is protected, or if no plugin declares it as a
 * secret any more.
 *
 * @example
 * ```ts
 * import { keepSecrets } from "./masking.ts";
 * const stored = { "connection.url": "postgres://db/a", "connection.password": "s3cret" };
 * const kept = keepSecrets({ ...stored, "connection.password": "********" }, stored);
 * if (kept["connection.password"] !== "s3cret") throw new Error("the mask stands for the stored secret");
 * const moved = keepSecrets({ "connection.url": "postgres://thief/a", "connection.password": "********" }, stored);
 * if (moved["connection.password"] !== "********") throw new Error("the secret doesn't go to another host");
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
 * Merges changes into a stored configuration. Options that aren't named are masked as if they had been sent
 * back, so that `keepSecrets` decides about the secrets among them.
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
