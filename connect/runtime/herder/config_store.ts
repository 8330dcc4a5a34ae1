import type { Props } from "../../api/sink_task.ts";
import type { TargetState } from "./task_status.ts";

/** A connector with its configuration as written: references such as `${env:…}` stay. */
export interface StoredConnector {
  readonly name: string;
  readonly config: Props;
  readonly targetState: TargetState;
}

/**
 * Stores connectors. If the store is durable, changes survive the process once `save` and `remove` resolve.
 */
export interface ConfigStore {
  load(): Promise<readonly StoredConnector[]>;
  /** Resolves when the connector is durable. */
  save(connector: StoredConnector): Promise<void>;
  remove(name: string): Promise<void>;
}

/** Keeps connectors in memory: for those of the command line. */
export class MemoryConfigStore implements ConfigStore {
  readonly #connectors = new Map<string, StoredConnector>();

  load(): Promise<readonly StoredConnector[]> {
    return Promise.resolve([...this.#connectors.values()]);
  }
  save(connector: StoredConnector): Promise<void> {
    this.#connectors.set(connector.name, connector);
    return Promise.resolve();
  }
  remove(name: string): Promise<void> {
    this.#connectors.delete(name);
    return Promise.resolve();
  }
}
