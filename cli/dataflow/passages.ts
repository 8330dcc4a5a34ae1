/** Determines each connector's data flow from its example, for the control API's page. @module */

import { z } from "zod";
import { safeText } from "../../connect/api/exceptions.ts";
import type { Logger, Time } from "../../connect/api/ports.ts";
import type { Props } from "../../connect/api/sink_task.ts";
import { sinkConnectorConfig } from "../../connect/config/sink_connector_config.ts";
import type { Passage, TopicPassage } from "./passage.ts";
import { RecordPipeline } from "../../connect/runtime/task/record_pipeline.ts";
import { makeConverters, valueReads } from "../../connect/runtime/task/task_pipeline.ts";
import { createStages } from "../../connect/runtime/task/transformation_chain.ts";
import type { Composed } from "../compose.ts";
import { type ConnectorFolder, listConnectorFolders } from "../connector_folders.ts";
import type { Json } from "./json_leaves.ts";
import { fieldsOf, type Probe, type ProbeRecord } from "./passage_probe.ts";
import { type Contract, contractOf, probeOf } from "./passage_rows.ts";

/** Maximum number of example records tried. */
const recordsMax = 100;

export class Passages {
  readonly #composed: Composed;
  readonly #roots: readonly URL[];
  readonly #now: number;
  readonly #logger: Logger;
  /** Results by connector name, with the configuration they belong to. */
  readonly #found = new Map<string, { readonly config: Props; readonly passage: Promise<Passage> }>();

  constructor(
    composed: Composed,
    roots: readonly URL[],
    at: { readonly now: number; readonly logger: Logger },
  ) {
    this.#composed = composed;
    this.#roots = roots;
    this.#now = at.now;
    this.#logger = at.logger;
  }

  /** Returns a connector's data flow, or undefined if there is no such connector. */
  of(name: string): Promise<Passage> | undefined {
    const { herder } = this.#composed;
    if (!herder.names().includes(name)) return undefined;
    for (const gone of [...this.#found.keys()].filter((known) => !herder.names().includes(known))) {
      this.#found.delete(gone);
    }
    const { config } = herder.info(name);
    const known = this.#found.get(name);
    if (known?.config === config) return this.#withOthers(name, known.passage);
    const passage = this.#find(name, config);
    this.#found.set(name, { config, passage });
    passage.catch(() => this.#found.delete(name)); // this caller gets the error; the next one tries again
    return this.#withOthers(name, passage);
  }

  /** Adds the number of further fields seen so far that the example doesn't contain. */
  async #withOthers(name: string, found: Promise<Passage>): Promise<Passage> {
    const passage = await found;
    const seen = this.#composed.fieldsSeen.of(name);
    const unknown = [...seen.keys()].filter((topic) =>
      passage.topics.every((known) => known.topic !== topic)
    );
    const topics = [...passage.topics, ...unknown.map((topic) => ({ topic, fields: [], others: 0 }))];
    return {
      ...passage,
      topics: topics.map((topic) => {
        const named = new Set(topic.fields.map(({ field }) => field));
        return {
          ...topic,
          others: [...seen.get(topic.topic) ?? []].filter((field) => !named.has(field)).length,
        };
      }),
    };
  }

  async #find(name: string, config: Props): Promise<Passage> {
    const { props } = await this.#composed.resolve(config);
    const contract = contractOf(props);
    const example = await this.#example(name, props);
    const topics = this.#topicsBy(props, contract, example);
    const used = new Set(topics.flatMap(({ fields }) => fields.flatMap(({ columns }) => columns)));
    return {
      topics,
      columns: contract?.columns,
      added: (contract?.columns ?? []).filter((column) => !used.has(column)),
      source: example.length > 0 ? "example" : "options",
    };
  }

  #topicsBy(
    props: Props,
    contract: Contract | undefined,
    example: readonly ProbeRecord[],
  ): readonly TopicPassage[] {
    if (example.length === 0) return this.#topicsByOptions(props, contract);
    const probe = this.#probe(props, contract);
    return Array.from(Map.groupBy(example, ({ topic }) => topic), ([topic, records]) => ({
      topic,
      fields: fieldsOf(records, probe),
      others: 0,
    }));
  }

  /** Without an example, uses a record of only the fields that the options name. */
  #topicsByOptions(props: Props, contract: Contract | undefined): readonly TopicPassage[] {
    const { plugins } = this.#composed;
    const sink = plugins.find("sink", props["connector.class"]?.trim() ?? "");
    const paths = sink === undefined ? undefined : valueReads(props, plugins, sink);
    const named = paths ?? contract?.columns?.map((column) => [column]) ?? [];
    const value = named.reduce<Json>((made, path) => withLeaf(made, path), {});
    const topics = (props["topics"] ?? props["topics.regex"] ?? "").split(",").map((topic) => topic.trim());
    const probe = this.#probe(props, contract);
    return topics.map((topic) => ({
      topic,
      fields: fieldsOf([{ topic, timestamp: this.#now, key: null, value }], probe),
      others: 0,
    }));
  }

  #probe(props: Props, contract: Contract | undefined): Probe {
    const { plugins, settings } = this.#composed;
    const time: Time = { now: () => this.#now, monotonic: () => 0, sleep: () => Promise.resolve() };
    const { "record.bytes.max": recordBytesMax } = sinkConnectorConfig.parse(props);
    const pipeline = new RecordPipeline({
      ...makeConverters({ props, workerProps: settings }, plugins),
      stages: createStages(props, plugins, { time }),
      recordBytesMax,
    });
    return probeOf(pipeline, contract);
  }

  async #example(name: string, props: Props): Promise<readonly ProbeRecord[]> {
    const folders = await listConnectorFolders(...this.#roots);
    const folder = folders.find((one) => one.name === name) ?? folderOfClasses(folders, props);
    if (folder === undefined) return [];
    try {
      const text = await Deno.readTextFile(new URL("example.json", folder.url));
      return exampleForm.parse(JSON.parse(text)).records.slice(0, recordsMax);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      this.#logger.warn("Cannot read the example of a connector", {
        connector: name,
        reason: safeText(error),
      });
      return [];
    }
  }
}

const json: z.ZodType<Json> = z.json();
const exampleForm = z.object({
  records: z.array(z.object({
    topic: z.string(),
    timestamp: z.int().default(-1),
    key: z.string().nullable(),
    value: json,
  })),
});

function folderOfClasses(folders: readonly ConnectorFolder[], props: Props): ConnectorFolder | undefined {
  const names = new Set(Object.values(props).map((text) => /^\s*sluice\.([^.]+)\./.exec(text)?.[1]));
  return folders.find(({ name }) => names.has(name));
}

/** Digits as text, which most transformations accept for numbers, names and ids. */
function withLeaf(made: Json, [name, ...rest]: readonly string[]): Json {
  const own = typeof made === "object" && made !== null && !Array.isArray(made) ? made : {};
  if (name === undefined) return "1";
  const inner = (own as Readonly<Record<string, Json>>)[name];
  return { ...own, [name]: withLeaf(inner ?? {}, rest) };
}
