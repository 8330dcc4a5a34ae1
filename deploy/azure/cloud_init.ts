/**
 * Writes cloud-init user data for a small virtual machine that runs Sluice to standard output.
 *
 *     deno run --allow-read deploy/azure/cloud_init.ts --binary-url URL --sha256 HEX [--settings FILE] > user-data.yaml
 *
 * It contains the files of this folder unchanged and no secrets; see docs/azure.md.
 *
 * @module
 */

import { parseArgs } from "node:util";

interface MachineOptions {
  /** https address of the binary. */
  readonly binaryUrl: string;
  /** Checksum of the binary, 64 hexadecimal digits. */
  readonly sha256: string;
  /** Contents of `sluice.env`. */
  readonly settings: string;
}

interface WrittenFile {
  readonly path: string;
  readonly permissions: "0644" | "0755";
  readonly content: string;
}

const units = [
  "sluice.target",
  "sluice@.service",
  "sluice-scale.service",
  "sluice-scale.timer",
] as const;
const programs = ["sluice-install", "sluice-secrets", "sluice-scale"] as const;

/**
 * Returns the user data of a machine.
 *
 * @throws Error if the address or the checksum is invalid
 */
export async function cloudConfig({ binaryUrl, sha256, settings }: MachineOptions): Promise<string> {
  if (!/^https:\/\/[!-~]+$/.test(binaryUrl) || binaryUrl.includes("'")) {
    throw new Error("Cannot use --binary-url: an https address is expected");
  }
  if (!/^[0-9a-f]{64}$/.test(sha256)) {
    throw new Error("Cannot use --sha256: 64 hexadecimal digits are expected");
  }
  const files = [
    ...await Promise.all(units.map((name) => fileOf(name, "/etc/systemd/system", "0644"))),
    ...await Promise.all(programs.map((name) => fileOf(name, "/usr/local/bin", "0755"))),
    { path: "/etc/sluice/sluice.env", permissions: "0644" as const, content: settings },
  ];
  return [
    "#cloud-config",
    "package_update: true",
    "packages: [curl, jq]",
    "write_files:",
    ...files.flatMap(entryOf),
    "runcmd:",
    "  - |",
    "    set -e",
    `    /usr/local/bin/sluice-install '${binaryUrl}' ${sha256}`,
    "    systemctl daemon-reload",
    "    systemctl enable --now sluice-scale.timer sluice.target",
    "",
  ].join("\n");
}

async function fileOf(
  name: string,
  folder: string,
  permissions: WrittenFile["permissions"],
): Promise<WrittenFile> {
  const content = await Deno.readTextFile(new URL(name, import.meta.url));
  return { path: `${folder}/${name}`, permissions, content };
}

function entryOf({ path, permissions, content }: WrittenFile): readonly string[] {
  const lines = content.trimEnd().split("\n").map((line) => line === "" ? "" : `      ${line}`);
  return [`  - path: ${path}`, `    permissions: "${permissions}"`, "    content: |", ...lines];
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      "binary-url": { type: "string", default: "" },
      sha256: { type: "string", default: "" },
      settings: { type: "string" },
    },
  });
  const settings = await Deno.readTextFile(values.settings ?? new URL("sluice.env", import.meta.url));
  try {
    console.log(await cloudConfig({ binaryUrl: values["binary-url"], sha256: values.sha256, settings }));
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    Deno.exit(2);
  }
}
