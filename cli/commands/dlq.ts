import { ConnectException } from "../../connect/api/exceptions.ts";
import type { Arguments, Run } from "../command.ts";
import { type DeadLetterQueueContent, openDeadLetterQueue } from "../deadletters/queue.ts";
import { type DeadLetterSource, openDeadLetterSource } from "../deadletters/source.ts";
import { replayLetters } from "../deadletters/replay.ts";
import { endBySignal } from "../process/end_by_signal.ts";
import { leftOutLines, letterLines, replayLines } from "../deadletters/view.ts";
import { didYouMean } from "./nearest_word.ts";
import { print } from "../output.ts";
import { exitCode, UsageError } from "../usage_error.ts";

/** `sluice dlq list|replay`: lists or replays rejected records. */
export const run: Run = async (args) => {
  const [action, ...words] = args.words;
  if (action !== "list" && action !== "replay") {
    throw new UsageError(
      `Cannot run dlq ${action ?? "without a word"}: list or replay is expected${
        didYouMean(action ?? "", ["list", "replay"])
      }`,
    );
  }
  if (words.length > 0) throw new UsageError(`Cannot use "${words[0]}": dlq ${action} takes options only`);
  if (action === "list" && args.flag("overwrite")) {
    throw new UsageError("Cannot use --overwrite: it goes with dlq replay, list writes nothing");
  }
  await using source = await openDeadLetterSource(args);
  return await (action === "list" ? list(source, args) : replay(source, args));
};

async function list(source: DeadLetterSource, args: Arguments): Promise<number> {
  const { letters, unreadable, leftOut } = await readWanted(source, args);
  const done = source.hasAdminUrl ? await source.openDone() : null;
  await using _done = done;
  print(letterLines({ topic: source.topic, letters, unreadable, leftOut, done }));
  return exitCode.ok;
}

async function replay(source: DeadLetterSource, args: Arguments): Promise<number> {
  const target = await source.openTarget({ mayOverwrite: args.flag("overwrite") });
  await using done = await source.openDone();
  const { letters, unreadable, leftOut } = await readWanted(source, args);
  const outcome = await replayLetters(letters, {
    ...target,
    done,
    reader: source.reader,
    admin: source.admin,
    logger: source.logger,
    signal: endBySignal(source.logger),
  });
  print([...replayLines(source.topic, outcome, unreadable), ...leftOutLines(leftOut)]);
  const isComplete = outcome.gone.length === 0 && outcome.stillBad.length === 0 && !outcome.wasInterrupted &&
    leftOut === 0;
  return isComplete ? exitCode.ok : exitCode.failed;
}

async function readWanted(
  source: DeadLetterSource,
  args: Arguments,
): Promise<DeadLetterQueueContent> {
  const rule = args.text("rule");
  const queue = await openDeadLetterQueue({ ...source, ...rule === undefined ? {} : { rule } });
  if (queue === null) {
    throw new ConnectException(`Cannot read dead letters: there is no topic ${source.topic} in Kafka`);
  }
  return queue;
}
