import type { ConnectorModule } from "../connect/api/plugins.ts";

/** Exports of a connector folder's `mod.ts`. */
interface ConnectorExports {
  readonly connector?: ConnectorModule;
}

interface Embedded {
  /** Commit of the sources, with `-dirty` if they were changed since. */
  readonly commit: string;
  /** Loaders of each folder's `mod.ts`, because a binary can't read TypeScript. */
  readonly modules: Readonly<Record<string, () => Promise<ConnectorExports>>>;
}

let carried: Embedded | undefined;

/** Called once by the entry that `deno task compile` writes, before the program starts. */
export function carry(parts: Embedded): void {
  carried = parts;
}

/** Returns the compiled parts, or undefined if the program runs from its sources. */
export function embedded(): Embedded | undefined {
  return carried;
}
