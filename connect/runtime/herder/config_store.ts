/** Where connectors are kept between two runs. @module */

import type { Props } from "../../api/sink_task.ts";
import type { TargetState } from "./task_status.ts";

/** A connector as a person made it: references such as `${env:…}` are not looked up. */
export interface StoredConnector {
  readonly name: string;
  readonly config: Props;
  readonly targetState: TargetState;
}

/** Keeps connectors. What `save` and `remove` have resolved for survives the process, where the store can do that. */
export interface ConfigStore {
  load(): Promise<readonly StoredConnector[]>;
  /** Keeps one; resolves when it is durable. */
  save(connector: StoredConnector): Promise<void>;
  remove(name: string): Promise<void>;
}

/** Forgets everything with the process: for connectors that are given on the command line. */
export class MemoryConfigStore implements ConfigStore {
  readonly #connectors = new Map<string, StoredConnector>();

  load(): Promise<readonly StoredConnector[]> {
    return Promise.resolve([...this.#connectors.values()]);
  }
  /** Keeps one; resolves when it is durable. */
  save(connector: StoredConnector): Promise<void> {
    this.#connectors.set(connector.name, connector);
    return Promise.resolve();
  }
  remove(name: string): Promise<void> {
    this.#connectors.delete(name);
    return Promise.resolve();
  }
}
