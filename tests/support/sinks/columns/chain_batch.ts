/** Batches in columns as a worker makes them: by the connector's own chain, from the records' bytes. @module */

import type { ConsumerRecord } from "../../../../connect/api/consumer_record.ts";
import type { SinkConnectorPlugin } from "../../../../connect/api/plugins.ts";
import type { SinkRecord } from "../../../../connect/api/record.ts";
import type { Props, SinkTask } from "../../../../connect/api/sink_task.ts";
import type { SpanColumn } from "../../../../connect/api/spans.ts";
import type { PluginRegistry } from "../../../../connect/config/plugin_registry.ts";
import { RecordPipeline } from "../../../../connect/runtime/task/record_pipeline.ts";
import { SpanBatch } from "../../../../connect/runtime/task/span_batch.ts";
import { planSpans, SpanChain } from "../../../../connect/runtime/task/span_chain.ts";
import { makeConverters } from "../../../../connect/runtime/task/task_pipeline.ts";
import { createStages } from "../../../../connect/runtime/task/transformation_chain.ts";
import { FakeClock } from "../../fakes/fake_clock.ts";
import { recordRuns } from "../../kafka/record_runs.ts";
import { builtInPlugins } from "../../plugin_registry.ts";

const limits = { bytesMax: 1_000_000, headersMax: 100, valuesMax: 1_000_000 };

/** The chain of a connector; its converters and transformations are those of its options. */
export class ColumnChain {
  /** The columns it gives. */
  readonly columns: readonly SpanColumn[];
  readonly #chain: SpanChain;
  readonly #pipeline: RecordPipeline;

  private constructor(chain: SpanChain, pipeline: RecordPipeline) {
    this.columns = chain.columns;
    this.#chain = chain;
    this.#pipeline = pipeline;
  }

  /** Returns the chain; null if the options need values. */
  static of(
    props: Props,
    sink: Pick<SinkConnectorPlugin, "wantedColumns">,
    plugins: PluginRegistry = builtInPlugins,
  ): ColumnChain | null {
    const time = new FakeClock();
    const converters = makeConverters({ props, workerProps: {} }, plugins);
    const plan = planSpans({
      ...{ props, plugins, sink: sink as SinkConnectorPlugin, time },
      ...{ key: converters.key.of, value: converters.value.of, header: converters.header.of },
    });
    if (plan === null) return null;
    const pipeline = new RecordPipeline({
      ...{ ...converters, stages: createStages(props, plugins, { time }) },
      ...{ recordBytesMax: limits.bytesMax, recordHeadersMax: limits.headersMax },
      recordValuesMax: limits.valuesMax,
    });
    return new ColumnChain(new SpanChain(plan, limits, undefined), pipeline);
  }

  /** Returns the record as the sink gets it by objects; null if a transformation drops it. */
  recordOf(raw: ConsumerRecord): SinkRecord | null {
    return this.#pipeline.apply(raw);
  }

  /** Makes a batch. Records that the chain can't read are objects in it; dropped ones aren't in it. */
  batchOf(raws: readonly ConsumerRecord[]): SpanBatch {
    const batch = new SpanBatch(this.columns, (raw) => this.#pipeline.apply(raw));
    for (const run of recordRuns(raws)) {
      batch.begin(run);
      for (let place = 0; place < run.count; place++) {
        if (this.#chain.read(run, place, batch)) continue;
        const record = this.#pipeline.apply(run.record(place));
        if (record !== null) batch.addObject(place, record);
      }
    }
    return batch;
  }
}

/**
 * Puts a batch as the worker does: in columns, and in records if the sink declines. After a failure, call it with what
 * it has left in `batch`.
 */
export class ColumnPut {
  readonly #task: SinkTask;
  #columns: SpanBatch | null;
  #records: readonly SinkRecord[] | undefined;

  constructor(task: SinkTask, batch: SpanBatch) {
    this.#task = task;
    this.#columns = task.columns?.takes(batch.columns) === true ? batch : null;
    if (this.#columns === null) this.#records = recordsIn(batch);
  }

  /** Returns whether the sink has written it in columns. Call it again after an outage. */
  async put(): Promise<boolean> {
    const columns = this.#columns;
    if (columns !== null && await this.#task.columns?.put(columns) === true) return true;
    if (columns !== null) this.#records = recordsIn(columns);
    this.#columns = null;
    await this.#task.put(this.#records ?? []);
    return false;
  }
}

/** All records of a batch, as `put` gets them. */
function recordsIn(batch: SpanBatch): readonly SinkRecord[] {
  return Array.from({ length: batch.count }, (_, index) => batch.record(index));
}
