import { ConfigException } from "../../connect/api/exceptions.ts";
import { type OffsetMap, partitionKey, PartitionMap } from "../../connect/api/record.ts";
import type { Run } from "../command.ts";
import { didYouMean } from "./nearest_word.ts";
import { offsetLines, readOffsetFacts } from "./offset_facts.ts";
import { print } from "../output.ts";
import { prepare, type Prepared, problemText } from "../prepare.ts";
import { exitCode, UsageError } from "../usage_error.ts";
import { forPerson } from "../worker_settings.ts";

const actions = ["show", "set", "reset"] as const;

/**
 * `sluice offsets show|set|reset`: changes the sink's own offsets first, then Kafka's. Safe to repeat after
 * an interruption.
 */
export const run: Run = async (args) => {
  const [action, ...words] = args.words;
  if (action !== "show" && action !== "set" && action !== "reset") {
    throw new UsageError(
      `Cannot run offsets ${action ?? "without a word"}: show, set or reset is expected${
        didYouMean(action ?? "", actions)
      }`,
    );
  }
  if (action !== "set" && args.flag("from-kafka")) {
    throw new UsageError(`Cannot use --from-kafka: it goes with offsets set, not with ${action}`);
  }
  const wanted = action === "set" && !args.flag("from-kafka")
    ? parseOffsets(words)
    : refuseWords(action, words);
  const prepared = await prepare(args, forPerson);
  const problem = problemText(prepared.connectors);
  if (problem !== undefined) throw new ConfigException(problem);
  const [connector, ...others] = prepared.connectors;
  if (connector === undefined || others.length > 0) {
    throw new UsageError("Cannot use offsets of several connectors at once");
  }
  // STOPPED, so that its offsets can be changed and no task starts.
  await prepared.composed.herder.putConnector(connector.name, connector.props, { targetState: "STOPPED" });
  const lines = action === "show"
    ? offsetLines(await readOffsetFacts(prepared, connector))
    : [await change(prepared, connector.name, action === "reset" ? "reset" : wanted)];
  print(lines);
  await prepared.composed.herder.shutDown();
  return exitCode.ok;
};

/** @param wanted if empty, the group's offsets are copied to the sink's own */
async function change(
  { composed: { herder } }: Prepared,
  name: string,
  wanted: OffsetMap | "reset",
): Promise<string> {
  if (wanted === "reset") return await herder.resetOffsets(name);
  const offsets = wanted.size > 0 ? wanted : await herder.offsets(name);
  if (offsets.size === 0) throw new UsageError(`Cannot set offsets of ${name}: its group has none in Kafka`);
  return await herder.alterOffsets(name, new PartitionMap<bigint | null>(offsets));
}

function refuseWords(action: string, words: readonly string[]): OffsetMap {
  if (words.length > 0) {
    throw new UsageError(`Cannot use "${words[0]}": offsets ${action} takes options only`);
  }
  return new PartitionMap();
}

/**
 * Parses `TOPIC:PARTITION=OFFSET`.
 *
 * @throws UsageError that names the word
 *
 * @example
 * ```ts
 * import { parseOffsets } from "./offsets.ts";
 * const offsets = parseOffsets(["customers.registrations:3=1200"]);
 * if (offsets.get({ topic: "customers.registrations", partition: 3 }) !== 1200n) throw new Error("by partition");
 * ```
 */
export function parseOffsets(words: readonly string[]): OffsetMap {
  if (words.length === 0) {
    throw new UsageError("Cannot set offsets: TOPIC:PARTITION=OFFSET is expected, or --from-kafka");
  }
  const offsets = words.map((word) => {
    const [, topic, partition, offset] = /^(.+):(\d{1,9})=(\d{1,18})$/.exec(word) ?? [];
    if (topic === undefined || partition === undefined || offset === undefined) {
      throw new UsageError(`Cannot use "${word}": TOPIC:PARTITION=OFFSET is expected`);
    }
    return [{ topic, partition: Number(partition) }, BigInt(offset)] as const;
  });
  const places = offsets.map(([at]) => partitionKey(at));
  const twice = words.find((_, index) => places.indexOf(places[index] ?? "") < index);
  if (twice !== undefined) {
    throw new UsageError(`Cannot use "${twice}": its partition has another offset before it`);
  }
  return new PartitionMap(offsets);
}
