/** Finds the permissions of code inside the program by trying what leaves nothing behind. @module */

/** Each attempt, and whether it succeeded. */
export type Done = Readonly<Record<string, boolean>>;

/** No attempt succeeds: the expectation for a command without permissions. */
export const nothing: Done = {
  ...{ read: false, variable: false, libraryVariable: false, variablesFile: false, net: false, write: false },
  ...{ run: false, native: false, host: false, import: false },
};

/** A variable that no configuration names. */
export const canary = "SLUICE_TEST_CANARY";

/** Tries everything. Its text is also the code of a connector, so it uses nothing from outside. */
export function lookAround(): Done {
  const can = (action: () => unknown) => {
    try {
      return action() !== undefined;
    } catch {
      return false; // Deno decides how it refuses
    }
  };
  const file = `/tmp/sluice-look-${Deno.pid}`;
  const ofLibraries: Record<string, string | undefined> = Reflect.get(globalThis, "process")?.env ?? {};
  return {
    read: can(() => Deno.readTextFileSync("/etc/passwd")),
    variable: can(() => Deno.env.get("SLUICE_TEST_CANARY")),
    variablesFile: can(() => Deno.readTextFileSync("/proc/self/environ")),
    libraryVariable: can(() => ofLibraries["SLUICE_TEST_CANARY"]),
    net: can(() => Deno.listen({ hostname: "127.0.0.1", port: 0 }).close() ?? true),
    write: can(() => Deno.writeTextFileSync(file, "") ?? true),
    run: Deno.permissions.querySync({ name: "run" }).state === "granted",
    native: can(() => Deno.dlopen("/lib/x86_64-linux-gnu/libc.so.6", {})),
    host: can(() => Deno.hostname()),
    import: Deno.permissions.querySync({ name: "import" }).state === "granted",
  };
}

/** Writes a folder with a connector `curious`, whose plugin's version and records show its permissions. */
export async function writeCuriousConnector(root: string): Promise<void> {
  const folder = `${root}/curious`;
  await Deno.mkdir(folder, { recursive: true });
  const connector = {
    name: "curious",
    config: {
      "connector.class": "PostgresSink",
      "connection.url": "postgres://sluice@127.0.0.1:1/none",
      "topics": "t",
      "transforms": "look",
      "transforms.look.type": "sluice.curious.Look",
    },
  };
  await Deno.writeTextFile(`${folder}/connector.json`, JSON.stringify(connector));
  await Deno.writeTextFile(`${folder}/mod.js`, moduleText);
}

const moduleText = `${lookAround}
export const connector = ({ ConfigDef }) => {
  console.error("LOADED " + JSON.stringify(lookAround()));
  return {
    plugins: [{
      type: "transformation", className: "sluice.curious.Look", documentation: "", config: ConfigDef.of({}),
      get version() {
        return JSON.stringify(lookAround());
      },
      create: () => ({ apply: (record) => record.with({ valueSchema: null, value: lookAround() }) }),
    }],
  };
};
`;
