/**
 * What a connector's code outside of the binary is handed: such a file can import nothing of Sluice, and a copy of its
 * own would have other classes of exceptions than the runtime looks for.
 *
 * @module
 */

import { z } from "zod";
import { ConfigDef, Password } from "../../connect/api/config_def.ts";
import { ConfigException, DataException, RetriableException } from "../../connect/api/exceptions.ts";
import { KeyedHash } from "../../connect/api/keyed_hash.ts";
import type { ConnectorModule } from "../../connect/api/plugins.ts";
import { ConnectRecord } from "../../connect/api/record.ts";
import { Schema, Struct } from "../../connect/api/schema.ts";

/** The classes and functions of `connect/api` that a plugin is made with, and zod. */
export const pluginKit = {
  ...{ ConfigDef, Password, ConfigException, DataException, RetriableException },
  ...{ KeyedHash, ConnectRecord, Schema, Struct, z },
} as const;

/** Form of `connector` in a `mod.js` outside of the binary. */
export type ConnectorFactory = (kit: typeof pluginKit) => ConnectorModule;
