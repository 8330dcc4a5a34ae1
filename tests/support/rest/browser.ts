/** A real browser: Debian's Chromium, or another Chromium. @module */

import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import { waitMsMax } from "../../../sandbox/wait.ts";

const names = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/** Path of the browser; `CHROMIUM` overrides it. Undefined if the machine has none. */
export function browserPath(): string | undefined {
  const given = Deno.env.get("CHROMIUM");
  if (given !== undefined && given !== "") return given;
  const folders = (Deno.env.get("PATH") ?? "").split(":");
  return names.flatMap((name) => folders.map((folder) => `${folder}/${name}`)).find(existsSync);
}

/** Starts it without a window. */
export async function openBrowser(executablePath: string): Promise<Browser> {
  // As root, in a container, Chromium has no sandbox; it shows only Sluice's page.
  const args = ["--no-sandbox", "--disable-dev-shm-usage"];
  return await chromium.launch({ executablePath, args, timeout: waitMsMax });
}
