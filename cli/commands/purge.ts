import type { PurgeResult } from "../../sinks/sql/dialect.ts";
import { purgeOrder } from "../../sinks/sql/options/retention.ts";
import type { Run } from "../command.ts";
import { type OfficersConnector, readOfficersConnector } from "../governance/officer.ts";
import { print } from "../output.ts";
import { systemTime } from "../process/system_time.ts";
import { exitCode } from "../usage_error.ts";

/** `sluice purge`: empties expired contacts now. */
export const run: Run = async (args) => {
  const connector = await readOfficersConnector(args, false);
  const { sink } = connector;
  const order = purgeOrder(sink, systemTime.now());
  const total = { emptied: 0, removed: 0, ledgerPartitionsDropped: 0 };
  for (let isDone = false; !isDone;) {
    const { emptied, removed, ledgerPartitionsDropped } = await purgeOnce(connector, order);
    total.emptied += emptied;
    total.removed += removed;
    total.ledgerPartitionsDropped += ledgerPartitionsDropped;
    isDone = order.rows === null || emptied < order.rows.rowsMax;
  }
  const { days } = sink.retention;
  print(
    days === null
      ? `${connector.name}: contact.retention.days is not set, contacts are kept for ever`
      : `${connector.name}: ${total.emptied} contacts older than ${days} days emptied, ` +
        `${total.removed} of their rows removed`,
  );
  if (sink.ledger !== null) {
    const { retentionDays } = sink.ledger;
    print(
      `${connector.name}: ${total.ledgerPartitionsDropped} months of the ledger older than ${retentionDays} days dropped`,
    );
  }
  return exitCode.ok;
};

/** Works in transactions of some thousand rows, so that other sessions wait only briefly. */
function purgeOnce(
  { name, props, sink, database }: OfficersConnector,
  order: ReturnType<typeof purgeOrder>,
): Promise<PurgeResult> {
  return database.asOwner(props, "purge", async ({ housekeeping }) => {
    const { days, function: purge } = sink.retention;
    if (days !== null && purge !== null) await housekeeping.checkRetention({ function: purge, days });
    const result = await housekeeping.purge(order);
    const { emptied, removed, ledgerPartitionsDropped } = result;
    if (sink.ledger !== null) {
      const counts = { emptied, removed, ledgerPartitionsDropped };
      await housekeeping.note({ event: "purged", connector: name, counts });
    }
    return result;
  });
}
