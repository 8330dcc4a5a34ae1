/** A Dockerfile as far as ours goes: stages of one-line instructions. @module */

/** One instruction. */
interface Instruction {
  /** In capitals. */
  readonly name: string;
  readonly text: string;
}

/** One stage. */
export interface Stage {
  readonly name: string;
  readonly instructions: readonly Instruction[];
}

/** Reads the stages, by name. */
export function readStages(text: string): ReadonlyMap<string, Stage> {
  const stages = new Map<string, { name: string; instructions: Instruction[] }>();
  let current: { name: string; instructions: Instruction[] } | undefined;
  for (const line of text.split("\n").filter((line) => line !== "" && !line.startsWith("#"))) {
    const [, name = "", rest = ""] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
    if (name === "FROM") {
      current = { name: / AS (\w+)$/.exec(rest)?.[1] ?? rest, instructions: [] };
      stages.set(current.name, current);
    } else current?.instructions.push({ name, text: rest });
  }
  return stages;
}

/** The texts of all instructions of a kind. */
export function textsOf(stage: Stage | undefined, name: string): readonly string[] {
  return (stage?.instructions ?? []).filter((found) => found.name === name).map(({ text }) => text);
}

/** The list of words of `CMD ["a", "b"]` and its like, whatever stands before the list. */
export function wordsOf(stage: Stage | undefined, name: string): readonly string[] {
  const [text = "[]"] = textsOf(stage, name);
  return JSON.parse(text.slice(text.indexOf("["))) as readonly string[];
}

/** Pairs of `ARG A=1`, `ENV A=1 B=2`. */
export function variablesOf(stage: Stage | undefined, name: "ARG" | "ENV"): Record<string, string> {
  const pairs = textsOf(stage, name).flatMap((text) => [...text.matchAll(/(\w+)=(\S*)/g)]);
  return Object.fromEntries(pairs.map(([, key = "", value = ""]) => [key, value]));
}

/** What a stage copies from the project, and where to. */
export function copiesOf(
  stage: Stage | undefined,
): readonly { readonly from: readonly string[]; readonly to: string }[] {
  return textsOf(stage, "COPY").filter((text) => !text.startsWith("--from")).map((text) => {
    const words = text.split(/\s+/);
    return { from: words.slice(0, -1), to: words.at(-1) ?? "" };
  });
}
