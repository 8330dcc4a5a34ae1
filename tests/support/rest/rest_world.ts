/** The control API over a real herder and a Kafka in memory, in one process and without a socket. @module */

import { ConfigDef } from "../../../connect/api/config_def.ts";
import type { SinkConnectorPlugin } from "../../../connect/api/plugins.ts";
import type { Props } from "../../../connect/api/sink_task.ts";
import { resolveReferences } from "../../../connect/config/references/config_providers.ts";
import { converterPlugins, headerConverterPlugins } from "../../../connect/converters/mod.ts";
import { MissedErasures } from "../../../connect/errors/missed_erasures.ts";
import { MetricsRegistry } from "../../../connect/metrics/registry.ts";
import { prometheusText } from "../../../connect/metrics/prometheus.ts";
import { connectorRoutes } from "../../../connect/rest/connector_routes.ts";
import { sameOrigin } from "../../../connect/rest/guards.ts";
import { lifeRoutes } from "../../../connect/rest/life_routes.ts";
import { loggerRoutes } from "../../../connect/rest/logger_routes.ts";
import { offsetRoutes } from "../../../connect/rest/offset_routes.ts";
import { pluginRoutes } from "../../../connect/rest/plugin_routes.ts";
import { type RestHandler, restHandler } from "../../../connect/rest/rest_handler.ts";
import { rootRoutes } from "../../../connect/rest/root_routes.ts";
import { WorkerHealth } from "../../../connect/rest/worker_health.ts";
import { MemoryConfigStore } from "../../../connect/runtime/herder/config_store.ts";
import { Herder } from "../../../connect/runtime/herder/herder.ts";
import { Plugins } from "../../../connect/runtime/worker/plugins.ts";
import { Worker } from "../../../connect/runtime/worker/worker.ts";
import { predicatePlugins, transformationPlugins } from "../../../connect/transforms/mod.ts";
import { LogLevels } from "../../../cli/process/log_levels.ts";
import { FakeClock } from "../fakes/fake_clock.ts";
import { FakeKafka } from "../fakes/fake_kafka.ts";
import { FakeLogger } from "../fakes/fake_logger.ts";
import { FakeSinkTask } from "../fakes/fake_task.ts";

/** `health.stale.ms`. */
export const staleMs = 60_000;

/** A worker of `FakeSink` connectors that read topic `events`. */
export class RestWorld {
  readonly clock = new FakeClock();
  readonly kafka = new FakeKafka(this.clock);
  readonly metrics = new MetricsRegistry();
  readonly missedErasures = new MissedErasures();
  readonly logger = new FakeLogger();
  readonly levels = new LogLevels("info", this.clock);
  readonly tasks: FakeSinkTask[] = [];
  /** Called with each new task. */
  onTask: (task: FakeSinkTask) => void = () => {};
  readonly herder = this.#herder();
  readonly health = new WorkerHealth({
    ...this.#shared(),
    herder: this.herder,
    metrics: this.metrics,
    erasures: this.missedErasures,
    staleMs,
  });
  readonly handle: RestHandler = this.#handler();
  readonly #ending = new AbortController();

  constructor() {
    this.kafka.createPartitions("events", 2);
    void this.health.watch(this.#ending.signal);
    this.health.started();
  }

  /** A valid configuration. */
  get config(): Props {
    return {
      "connector.class": "example.FakeSinkConnector",
      topics: "events",
      "value.converter": "org.apache.kafka.connect.storage.StringConverter",
    };
  }

  /** Sends one request, and lets time pass until the answer. */
  async ask(method: string, path: string, body?: unknown): Promise<Response> {
    const sent = body === undefined ? {} : {
      body: JSON.stringify(body),
      headers: { "content-type": "application/json" },
    };
    return await this.clock.run(this.handle(new Request(`http://127.0.0.1${path}`, { method, ...sent })));
  }

  async end(): Promise<void> {
    this.#ending.abort();
    await this.clock.run(this.herder.shutDown());
  }

  #shared() {
    return { time: this.clock, logger: this.logger };
  }

  #resolve(props: Props) {
    const refused = () => Promise.reject(new Error("nothing may be read"));
    return resolveReferences(props, { variable: () => undefined, readFile: refused, realPath: refused }, {
      variables: [],
      allowedPaths: [],
    });
  }

  #herder(): Herder {
    const { time, logger } = this.#shared();
    const worker = new Worker({
      kafka: this.kafka,
      plugins: this.#plugins(),
      missedErasures: this.missedErasures,
      random: () => 0.5,
      time,
    }, { props: {}, metrics: this.metrics, workerId: "host:8083", logger });
    return new Herder({ ...this.#shared(), worker, store: new MemoryConfigStore(), resolve: this.#resolve });
  }

  #handler(): RestHandler {
    const { herder, levels, logger } = this;
    const plugins = this.#plugins();
    const timeout = () => new AbortController().signal;
    const facts = {
      version: "4.3.1",
      commit: "test",
      clusterId: () => "cluster",
      health: () => this.health.now(),
      metrics: () => prometheusText([...this.metrics.samples(), ...this.health.samples()]),
    };
    const routes = [
      ...rootRoutes(facts),
      ...connectorRoutes(herder, plugins),
      ...lifeRoutes(herder, plugins),
      ...offsetRoutes(herder),
      ...pluginRoutes({ herder, plugins, worker: {}, resolve: this.#resolve, timeout }),
      ...loggerRoutes(levels),
    ];
    return restHandler({ routes, guards: [sameOrigin], logger, timeout });
  }

  #plugins(): Plugins {
    const others = [converterPlugins, headerConverterPlugins, transformationPlugins, predicatePlugins];
    const fake = this.#plugin();
    const other = { ...fake, className: "example.OtherSinkConnector", config: ConfigDef.of({}) };
    return new Plugins([fake, other], ...others);
  }

  #plugin(): SinkConnectorPlugin {
    return {
      type: "sink",
      className: "example.FakeSinkConnector",
      aliases: [],
      version: "1.2",
      documentation: "For tests.",
      config: ConfigDef.of({
        "fake.secret": { type: "PASSWORD", default: null, documentation: "" },
        "fake.pin": { type: "PASSWORD", default: null, documentation: "" },
      }),
      taskConfigs: (props, tasksMax) => Array.from({ length: tasksMax }, () => props),
      createTask: () => {
        const task = new FakeSinkTask();
        this.tasks.push(task);
        this.onTask(task);
        return task;
      },
    };
  }
}
