import { ConnectException, safeText } from "../../api/exceptions.ts";
import type { PluginRegistry } from "../../config/plugin_registry.ts";
import type { Admin, CurrentProperties, Logger } from "../../api/ports.ts";
import type { Props } from "../../api/sink_task.ts";
import { connectorClientProperties, overridesNow } from "../../config/client_overrides.ts";
import { RejectedRecords } from "../../errors/rejected_records.ts";
import type { MetricsRegistry } from "../../metrics/registry.ts";
import { TaskMetrics } from "../../metrics/task_metrics.ts";
import { type ConnectorSpec, readConnectorSpec } from "../herder/connector_spec.ts";
import { makeRunnableTask, type TaskBlueprint, type TaskServices } from "./task_factory.ts";
import { RestartPolicy, TaskRunner } from "./task_runner.ts";
import { TaskTroubles } from "../task/task_troubles.ts";
import type { TaskStatus } from "../herder/task_status.ts";

interface WorkerOptions {
  readonly props: Props;
  readonly metrics: MetricsRegistry;
  readonly logger: Logger;
  /** `host:port` of this process in status. */
  readonly workerId: string;
}

interface ConnectorStart {
  readonly name: string;
  readonly written: Props;
  readonly resolved: Props;
  readonly current: () => Promise<Props>;
  readonly isPaused: boolean;
  readonly failedForGood: (task: TaskStatus) => void;
  readonly seenTopic: (topic: string) => void;
}

export class Worker {
  /**
   * Runs connectors: each has its tasks, each task its own consumer.
   * (`org.apache.kafka.connect.runtime.Worker`)
   */
  constructor(private readonly services: TaskServices, private readonly options: WorkerOptions) {}

  /** `host:port` of this process in status. */
  get workerId(): string {
    return this.options.workerId;
  }
  get props(): Props {
    return this.options.props;
  }
  get plugins(): PluginRegistry {
    return this.services.plugins;
  }

  /** Returns a client for groups and offsets, which the caller closes. */
  admin(name: string, props: Props, current: CurrentProperties = () => Promise.resolve(props)): Admin {
    const { props: workerProps } = this.options;
    const properties = connectorClientProperties("admin", workerProps, props);
    return this.services.kafka.admin(
      `connector-admin-${name}`,
      properties,
      overridesNow("admin", workerProps, current),
    );
  }

  /**
   * Starts a connector's tasks and returns; later errors are in their status.
   *
   * @throws ConfigException, ConnectException if the configuration is invalid
   * @internal for the herder
   */
  startConnector(start: ConnectorStart): RunningConnector {
    const { props: workerProps } = this.options;
    const spec = readConnectorSpec({ ...start, workerProps, plugins: this.plugins });
    const configs = taskConfigsOf(spec);
    const admin = this.admin(spec.name, spec.props, spec.current);
    const runners = configs.map((props, taskId) => {
      const currentProps = async () => {
        const now = { ...spec, props: await spec.current() };
        return taskConfigsOf(now)[taskId] ?? props;
      };
      return this.#runner({ spec, taskId, props, currentProps, admin }, start);
    });
    for (const runner of runners) runner.start();
    const { logger } = this.options;
    const closeAdmin = () =>
      admin.close().catch((error) => logger.warn("Cannot close the admin", { reason: safeText(error) }));
    return new RunningConnector(spec.plugin.version, configs, runners, closeAdmin);
  }

  /** Removes a deleted connector's metrics and field names. */
  forget(name: string): void {
    this.options.metrics.remove({ connector: name });
    this.services.fieldsSeen?.forget(name);
    this.services.missedErasures?.forget(name);
  }

  #runner(
    task: Omit<TaskBlueprint, "telemetry">,
    start: ConnectorStart,
  ): TaskRunner {
    const { time } = this.services;
    const { metrics, workerId } = this.options;
    const { spec: { name, config }, taskId } = task;
    const { seenTopic, isPaused, failedForGood } = start;
    const logger = this.options.logger.with({ connector: name, task: taskId });
    const telemetry = {
      metrics: new TaskMetrics(metrics, name, taskId),
      logger,
      troubles: new TaskTroubles(time),
      rejected: new RejectedRecords(time, logger),
      seenTopic,
    };
    return new TaskRunner({
      id: taskId,
      workerId,
      isPaused,
      make: (paused, listener) => makeRunnableTask(this.services, { ...task, telemetry }, paused, listener),
      policy: new RestartPolicy({
        restartsMax: config["task.restart.max"],
        backoffMs: Number(config["task.restart.backoff.ms"]),
      }),
      failedForGood,
      telemetry,
      time,
    });
  }
}

/** One configuration per task, at most `tasks.max`. (KIP-1004) */
function taskConfigsOf({ plugin, config, props }: ConnectorSpec): readonly Props[] {
  const tasksMax = config["tasks.max"];
  const configs = plugin.taskConfigs(props, tasksMax);
  if (configs.length <= tasksMax || !config["tasks.max.enforce"]) return configs;
  throw new ConnectException(
    `The connector has generated ${configs.length} tasks, which is greater than ${tasksMax}, ` +
      "the maximum number of tasks it is configured to create",
  );
}

export class RunningConnector {
  constructor(
    readonly version: string,
    readonly taskConfigs: readonly Props[],
    private readonly runners: readonly TaskRunner[],
    private readonly closeAdmin: () => Promise<void>,
  ) {}

  get tasks(): readonly TaskStatus[] {
    return this.runners.map(({ status }) => status);
  }

  pause(): void {
    for (const runner of this.runners) runner.pause();
  }
  resume(): void {
    for (const runner of this.runners) runner.resume();
  }

  /** Restarts a task; returns false if the number is unknown. */
  restartTask(id: number): boolean {
    const runner = this.runners[id];
    runner?.restart();
    return runner !== undefined;
  }

  /** Stops all tasks and waits until they have released everything. Safe to call twice. */
  async stop(): Promise<void> {
    await Promise.all(this.runners.map((runner) => runner.stop()));
    await this.closeAdmin();
  }
}
