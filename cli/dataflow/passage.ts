/** What goes into a connector and what comes out, told without any value. @module */

/** What becomes of a field on its way. */
export type Fate =
  /** Arrives as it is. */
  | "kept"
  /** What arrives depends on it, and isn't it. */
  | "transformed"
  /** Decides whether the record is taken, and arrives nowhere. */
  | "checked"
  /** Changes nothing that leaves. */
  | "dropped";

/** One field of a topic's records. */
export interface FieldPassage {
  /** Names with dots between them; `(key)` is the record's key, `[]` stands for the entries of a list. */
  readonly field: string;
  readonly fate: Fate;
  /** Columns that depend on it. */
  readonly columns: readonly string[];
}

/** What goes in from one topic. */
export interface TopicPassage {
  readonly topic: string;
  /** Fields of the connector's contract and example; other names aren't shown. */
  readonly fields: readonly FieldPassage[];
  /** How many other fields this process has seen since it started: what they are called could be data. */
  readonly others: number;
}

/** A connector's passage. */
export interface Passage {
  readonly topics: readonly TopicPassage[];
  /** Everything that may be written; undefined where the records decide. */
  readonly columns: readonly string[] | undefined;
  /** Of them, those that are no field's: what the sink adds. */
  readonly added: readonly string[];
  /** Where this was found: the connector's example, or its options alone. */
  readonly source: "example" | "options";
}
