/** What a Kafka Connect 4.3.1 worker answered to 464 requests, in the order in which they were sent. @module */

/** A request and its answer. */
export interface RecordedStep {
  readonly step: string;
  /** The answer hung on how fast things went. */
  readonly timing: boolean;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: string;
  };
  readonly response: RecordedAnswer;
}

/** The part of an answer that is compared. */
export interface RecordedAnswer {
  readonly status: number;
  readonly contentType: string | null;
  readonly allow?: string;
  readonly location?: string;
  /** A body that is no JSON. */
  readonly text?: string;
  readonly body?: unknown;
}

/** Another name for something of the recording. */
type Translation = readonly (readonly [RegExp, string])[];

/**
 * Reads the recording.
 *
 * Its Debezium sink stands for a SQL sink with a password and a database that may be away; here it is the PostgreSQL
 * sink with the options of the same meaning.
 *
 * @param further addresses and folders of this run
 */
export async function readRecording(further: Translation): Promise<readonly RecordedStep[]> {
  const text = await Deno.readTextFile(new URL("./recording/rest.jsonl", import.meta.url));
  const translated = [...sqlSink, ...further].reduce((all, [from, to]) => all.replaceAll(from, to), text);
  return translated.trimEnd().split("\n").map((line) => JSON.parse(line));
}

const sqlSink: Translation = [
  [/io\.debezium\.connector\.jdbc\.JdbcSinkConnectorTask/g, "sluice.sinks.PostgresSinkTask"],
  [/io\.debezium\.connector\.jdbc\.JdbcSinkConnector/g, "sluice.sinks.PostgresSinkConnector"],
  [/\/connector-plugins\/JdbcSink\//g, "/connector-plugins/PostgresSink/"],
  [/"version":"3\.2\.0\.Final"/g, '"version":"1"'],
  [/connection\.username/g, "connection.user"],
  [/primary\.key\.mode/g, "pk.mode"],
  [/primary\.key\.fields/g, "pk.fields"],
  [/\\?"schema\.evolution\\?":\\?"basic\\?",/g, ""],
];
