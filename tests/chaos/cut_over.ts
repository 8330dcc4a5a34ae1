/** Runs the cut-over for longer than the test suite. @module */

import { cutOver } from "../support/delivery/cut_over.ts";

const recordsPerStep = 20_000;

/** Runs it, reports the findings and returns whether they are as promised. */
export async function cutOverScenario(
  { eventsPerSecond, say = console.log }: {
    readonly eventsPerSecond: number;
    readonly say?: (line: string) => void;
  },
): Promise<boolean> {
  say(`From a JVM Connect worker to Sluice and back, with ${eventsPerSecond} events per second`);
  const { events, wrong, again, together, surprises } = await cutOver({
    ...{ recordsPerStep, eventsPerSecond, say },
  });
  for (const surprise of surprises) say(`surprise: ${surprise}`);
  say(
    `${events} events: ${wrong} customers wrong, ${again} records repeated after a hand-over; both wrote at the ` +
      `same time: ${together.jvm} rows by the JVM, ${together.sluice} by Sluice`,
  );
  return wrong === 0 && again === 0 && surprises.length === 0;
}
