/** Which connections a listener keeps when it is full. */

import assert from "node:assert/strict";
import { OpenConnections } from "../../../../cli/http/open_connections.ts";

Deno.test("a full listener keeps the next connection waiting for a quarter of a second and no longer", () => {
  // 256 connections that ask nothing make room for 1,024 a second: with 511 in the system's queue health is asked in time.
  const open = new OpenConnections({ connectionsMax: 2, headersMsMax: 10_000, idleMsMax: 60_000 });
  open.add({ destroy: () => {} }, 100);
  assert.equal(open.pauseMs(100), 0);
  open.add({ destroy: () => {} }, 200);
  assert.equal(open.pauseMs(200), 150);
  assert.equal(open.pauseMs(350), 0);
});
