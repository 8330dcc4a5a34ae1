/** Imported before tests: they deliver batches in columns. @module */

import { way } from "./task_harness.ts";

way.isColumns = true;
