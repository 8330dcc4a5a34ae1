import type { LedgerRow } from "../../sinks/sql/database.ts";
import { holesOf, ledgerLines, malformedLines } from "../governance/audit_view.ts";
import type { Arguments, Run } from "../command.ts";
import { readOfficersConnector } from "../governance/officer.ts";
import { print } from "../output.ts";
import { giveUp } from "../process/rights.ts";
import { exitCode, UsageError } from "../usage_error.ts";

const rowsMaxDefault = 1_000;

/** `sluice audit`: prints the ledger. */
export const run: Run = async (args) => {
  const [since, until] = [timeOf(args, "since"), timeOf(args, "until")];
  if (since !== null && until !== null && since >= until) {
    throw new UsageError(
      "Cannot use --since and --until: --since must be before --until",
    );
  }
  const rowsMax = args.count("limit") ?? rowsMaxDefault;
  const { name, props, database } = await readOfficersConnector(args, false);
  const query = { connector: name, since, until, rowsMax };
  const rows = await database.asOwner(props, "audit", (tx) => {
    giveUp("net", "read"); // the session is open and its certificates are read
    return tx.ledger(query);
  });
  if (args.flag("json")) {
    for (const row of rows) print(JSON.stringify(row));
    return exitCode.ok;
  }
  print(linesFor(name, rows, rowsMax));
  return exitCode.ok;
};

function linesFor(name: string, rows: readonly LedgerRow[], rowsMax: number): readonly string[] {
  if (rows.length === 0) return [`${name}: the ledger has no rows for that time`];
  const isCut = rows.length >= rowsMax;
  return [
    ...isCut ? [`${name}: the newest ${rowsMax} rows; --limit and --since show others`] : [],
    ...ledgerLines(rows),
    ...holesOf(rows),
    ...malformedLines(rows),
  ];
}

function timeOf(args: Arguments, name: string): Date | null {
  const given = args.text(name);
  if (given === undefined) return null;
  const time = instantOf(given);
  if (time !== undefined) return time;
  throw new UsageError(
    `Cannot use --${name} ${given}: expected an ISO 8601 time, such as 2026-11-23 or 2026-11-23T18:00:00Z`,
  );
}

const isoTime = /^(\d{4}-\d\d-\d\d)(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?)?$/;

/** UTC if it names no zone, like the printed ledger. */
function instantOf(text: string): Date | undefined {
  const [, day, zone] = isoTime.exec(text) ?? [];
  if (day === undefined) return undefined;
  const midnight = new Date(day);
  const isDay = !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(day);
  const time = new Date(text.length === day.length || zone !== undefined ? text : `${text}Z`);
  return isDay && !Number.isNaN(time.getTime()) ? time : undefined;
}
