import type { OwnerTransaction, Subject, SubjectRow } from "../../sinks/sql/database.ts";
import type { LedgerEntry } from "../../sinks/sql/write/ledger.ts";
import type { Arguments, Run } from "../command.ts";
import { openLines } from "../process/line_files.ts";
import { type OfficersConnector, readOfficersConnector } from "../governance/officer.ts";
import { didYouMean } from "./nearest_word.ts";
import { print, tableLines } from "../output.ts";
import { giveUp } from "../process/rights.ts";
import { type SubjectKey, subjectKeys } from "../governance/subject_keys.ts";
import { systemTime } from "../process/system_time.ts";
import { exitCode, UsageError } from "../usage_error.ts";

const actions = ["show", "erase", "object", "allow"] as const;
type Action = typeof actions[number];

/**
 * `sluice subject show|erase|object|allow`: one person, under every stored spelling of their id. The ledger
 * records each action in the same transaction.
 */
export const run: Run = async (args) => {
  const action = readAction(args);
  const id = await readId(args);
  const connector = await readOfficersConnector(args, true);
  const keys = await subjectKeys(connector, id, { isExact: args.flag("exact"), args });
  const lines = await connector.database.asOwner(
    connector.props,
    "subject",
    (tx) => {
      giveUp("net", "read"); // the session is open and its certificates are read
      return deal(action, { connector, keys, tx });
    },
  );
  print(lines);
  return exitCode.ok;
};

function readAction(args: Arguments): Action {
  const [word, ...others] = args.words;
  const action = actions.find((known) => known === word);
  if (action === undefined || others.length > 0) {
    // The word isn't shown: it can be a person's id without --id.
    const meant = didYouMean(word ?? "", actions.filter((known) => known !== word));
    throw new UsageError(
      `Cannot run subject: expected one of ${actions.join(", ")}, then options${meant}`,
    );
  }
  return action;
}

/** `-` reads standard input, because all users of the machine can see arguments. */
async function readId(args: Arguments): Promise<string> {
  const given = args.text("id");
  if (given === undefined) {
    throw new UsageError("Cannot look for a person: --id ID is expected, or --id - to read it");
  }
  if (given !== "-") return given;
  for await (const line of await openLines("-")) return args.flag("exact") ? line : line.trim();
  throw new UsageError("Cannot look for a person: standard input holds no id");
}

interface Dealing {
  readonly connector: OfficersConnector;
  readonly keys: readonly SubjectKey[];
  readonly tx: OwnerTransaction;
}

interface Held {
  readonly key: SubjectKey;
  readonly rows: Subject;
  readonly row: SubjectRow | undefined;
}

async function deal(action: Action, { connector, keys, tx }: Dealing): Promise<readonly string[]> {
  const nowMs = systemTime.now();
  const held = await find(tx, connector, { keys, nowMs });
  const [given] = held;
  if (given === undefined) throw new Error("Cannot look for a person: no key was made of the id");
  // `held` has other spellings only if they are stored; the others aren't marked or noted in the ledger.
  const found = held.filter(({ row }) => row !== undefined);
  const wanted = action === "show" ? (found.length === 0 ? [given] : found) : held;
  const lines: string[] = [];
  for (const one of wanted) {
    lines.push(...await dealWith(action, one, { connector, tx, isFirst: one === given, nowMs }));
  }
  return action === "erase" ? [...lines, ...afterwards(connector)] : lines;
}

/** The given id first, then by key, the order in which workers lock rows. */
async function find(
  tx: OwnerTransaction,
  { sink }: OfficersConnector,
  { keys, nowMs }: { readonly keys: readonly SubjectKey[]; readonly nowMs: number },
): Promise<readonly Held[]> {
  const subjectOf = await tx.subjects(sink);
  const made = keys.map((key) => ({ key, rows: subjectOf(key.tombstone, nowMs) }));
  const byKey = new Map<string, Pick<Held, "key" | "rows">>();
  for (const one of made) if (!byKey.has(one.rows.key)) byKey.set(one.rows.key, one);
  const [given, ...others] = byKey.values();
  const inOrder = [
    ...(given === undefined ? [] : [given]),
    ...others.sort((a, b) => a.rows.key < b.rows.key ? -1 : 1),
  ];
  const found = await Promise.all(inOrder.map(({ rows }) => rows.find()));
  return inOrder.map((one, index): Held => ({ ...one, row: found[index] }))
    .filter(({ key, row }) => key.isGiven || row !== undefined);
}

interface DealingWith extends Pick<Dealing, "connector" | "tx"> {
  readonly isFirst: boolean;
  readonly nowMs: number;
}

async function dealWith(
  action: Action,
  { key, rows, row }: Held,
  { connector, tx, isFirst, nowMs }: DealingWith,
): Promise<readonly string[]> {
  const { name, sink } = connector;
  const who = isFirst ? name : `${name}, spelled ${JSON.stringify(key.id)}`;
  const note = async (event: LedgerEntry["event"]) => {
    if (sink.ledger === null) return;
    const subject = rows.subject === undefined ? {} : { subject: rows.subject };
    const counts = { found: row === undefined ? 0 : 1 };
    await tx.housekeeping.note({ event, connector: name, counts, ...subject });
  };
  switch (action) {
    case "show":
      await note("shown");
      if (row === undefined) return [`${name} holds nothing of this person`];
      return isFirst ? shown(row) : [`${who}:`, ...shown(row)];
    case "erase":
      await rows.seal(nowMs);
      await note("erased");
      return [
        row === undefined
          ? `${who}: not found; a mark rejects this id until a newer registration`
          : `${who}: erased until a newer registration`,
      ];
    case "object":
      await rows.block();
      await note("objected");
      return [
        row === undefined
          ? `${who}: not found; a mark rejects this id until subject allow`
          : `${who}: emptied until subject allow, whatever events come`,
      ];
    case "allow": {
      const wasOut = await rows.unblock();
      await note("allowed");
      return [
        wasOut
          ? `${who}: objection lifted; the next event can store the person again`
          : `${who}: no objection was recorded, nothing changed`,
      ];
    }
  }
}

function afterwards({ sink }: OfficersConnector): readonly string[] {
  const topics = [...sink.newest?.seal?.topics ?? []].join(", ");
  return [`Kafka's records are unchanged: the shop erases them by a tombstone on ${topics}`];
}

/** Returns a row, one column per line. */
export function shown(row: SubjectRow): readonly string[] {
  return tableLines(Object.entries(row).map(([name, value]) => [name, value ?? "-"]));
}
