/** Exit codes of the program. */
export const exitCode = { ok: 0, failed: 1, usage: 2 } as const;

/** Wrong use of the command line or a file: printed as one sentence, with exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
