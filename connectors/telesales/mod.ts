/** What the telesales connector brings: its transformation. The rest is `connector.json` and `migrations/`. @module */

import type { ConnectorModule } from "../../connect/api/plugins.ts";
import { keepContact } from "./keep_contact.ts";

/** The connector's plugins. */
export const connector: ConnectorModule = { plugins: [keepContact] };
