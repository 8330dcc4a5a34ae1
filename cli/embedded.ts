/** What a compiled program carries inside, handed over by the entry that `deno task compile` writes. @module */

import type { ConnectorModule } from "../connect/api/plugins.ts";

/** Code of a connector folder as its `mod.ts` exports it. */
interface ConnectorExports {
  readonly connector?: ConnectorModule;
}

/** What was put in when the program was compiled. */
interface Embedded {
  /** Commit of the sources, with `-dirty` where they were changed since. */
  readonly commit: string;
  /** Loaders of the `mod.ts` of connector folders, by folder name: a binary cannot read TypeScript. */
  readonly modules: Readonly<Record<string, () => Promise<ConnectorExports>>>;
}

let carried: Embedded | undefined;

/** Says what the program carries; called once, before it starts. */
export function carry(parts: Embedded): void {
  carried = parts;
}

/** What the program carries; undefined where it runs from its sources. */
export function embedded(): Embedded | undefined {
  return carried;
}
