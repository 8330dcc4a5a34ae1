/** What is shown in place of secrets. @module */

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
    .replace(/^([^:/?#]+(?::[^:/?#]+)?:\/\/[^:@/?#]*):[^@/?#]*@/, `$1:${MASK}@`)
    .replaceAll(/([?&](?:password|sslpassword)=)[^&#]*/gi, `$1${MASK}`);
}
