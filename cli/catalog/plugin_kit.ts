import { z } from "zod";
import { ConfigDef, Password } from "../../connect/api/config_def.ts";
import { ConfigException, DataException, RetriableException } from "../../connect/api/exceptions.ts";
import { KeyedHash } from "../../connect/api/keyed_hash.ts";
import type { ConnectorModule } from "../../connect/api/plugins.ts";
import { ConnectRecord } from "../../connect/api/record.ts";
import { Schema, Struct } from "../../connect/api/schema.ts";

/**
 * The part of `connect/api`, and zod, that the program hands to a connector's code outside of the binary.
 * Such a file can't import Sluice, and copies of the exception classes would not match.
 */
export const pluginKit = {
  ...{ ConfigDef, Password, ConfigException, DataException, RetriableException },
  ...{ KeyedHash, ConnectRecord, Schema, Struct, z },
} as const;

export type ConnectorFactory = (kit: typeof pluginKit) => ConnectorModule;
