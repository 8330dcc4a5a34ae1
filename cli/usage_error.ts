/** A person's mistake on the command line or in a file. @module */

/** Exit codes of the program. */
export const exitCode = { ok: 0, failed: 1, usage: 2 } as const;

/** Wrong use: said in one sentence, without a stack trace, with exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
