/** The pages that people read. @module */

import { globSync } from "node:fs";
import { projectFolder } from "./source_files.ts";

const patterns = ["*.md", "docs/*.md", "docs/adr/*.md", "deploy/**/*.md", "connectors/*/*.md"];

/** Their paths in the project. */
export function pages(): readonly string[] {
  return patterns.flatMap((pattern) => globSync(pattern, { cwd: projectFolder })).sort();
}

/** Those whose commands a test runs, and with what. */
export const followedPages: readonly string[] = ["README.md", "docs/migrating.md", "docs/tutorial.md"];

/** The page whose commands are run beside a JVM worker. */
export const cutOverPage = "docs/cutover.md";
