/** Renders the demo: a picture redrawn on a terminal, plain lines elsewhere. @module */

import { visibleText } from "../../connect/rest/ui/visible_text.js";

/** A contact as the team's view shows it. */
export interface SeenContact {
  readonly name: string;
  readonly phone: string;
  readonly region: string | null;
}

/** The latency of events, or why it is unknown. */
export type Latency =
  | { readonly medianMs: number; readonly p99Ms: number }
  | "no event came in lately"
  | "not measured: track_commit_timestamp is off";

export interface Snapshot {
  readonly seconds: number;
  readonly eventsPublished: number;
  readonly eventsPerSecond: number;
  readonly rows: number;
  /** From an event in Bank 1 to its row in Bank 2. */
  readonly latency: Latency;
  /** The program's resident memory in bytes; undefined if the system doesn't tell. */
  readonly memoryBytes: number | undefined;
  readonly newest: readonly SeenContact[];
}

/** Which fields pass the connector. */
export interface Passage {
  /** Fields in the connector's row. */
  readonly kept: readonly string[];
  /** Number of other fields in the events. */
  readonly dropped: number;
}

const nameWidth = 32;
const phoneWidth = 16;
const labelWidth = 14;

/** Returns one line per snapshot, for logs and scripts. */
export function plainLine(snapshot: Snapshot): string {
  const { seconds, eventsPerSecond, rows } = snapshot;
  return `${grouped(seconds)} s: ${grouped(eventsPerSecond)} events/s in, ${grouped(rows)} rows in Bank 2, ` +
    `event to row ${latencyText(snapshot)}`;
}

/** Returns the lines of the picture. */
export function picture(snapshot: Snapshot, passage: Passage): readonly string[] {
  const { seconds, eventsPublished, eventsPerSecond, rows, memoryBytes, newest } = snapshot;
  const memory = memoryBytes === undefined ? "" : `, ${Math.round(memoryBytes / 1e6)} MB of memory`;
  return [
    `Sluice: telesales, ${grouped(seconds)} s${memory}. Ctrl-C ends it.`,
    "",
    `  ${"events".padEnd(labelWidth)}${grouped(eventsPerSecond)} a second, ${
      grouped(eventsPublished)
    } so far`,
    `  ${"Bank 2".padEnd(labelWidth)}${grouped(rows)} rows`,
    `  ${"event to row".padEnd(labelWidth)}${latencyText(snapshot)}`,
    `  ${"passes".padEnd(labelWidth)}${passage.kept.join(", ")}; ${
      grouped(passage.dropped)
    } other fields don't`,
    "",
    `  ${"name".padEnd(nameWidth)}${"phone".padEnd(phoneWidth)}region`,
    ...newest.map(({ name, phone, region }) =>
      `  ${cut(visibleText(name), nameWidth - 2).padEnd(nameWidth)}${visibleText(phone).padEnd(phoneWidth)}${
        region ?? "-"
      }`
    ),
  ];
}

function latencyText({ latency }: Snapshot): string {
  if (typeof latency === "string") return latency;
  return `${latency.medianMs.toFixed(1)} ms (median), ${latency.p99Ms.toFixed(1)} ms (99 %)`;
}

function grouped(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

function cut(text: string, width: number): string {
  const letters = [...text];
  return letters.length <= width ? text : letters.slice(0, width - 1).join("") + "…";
}
