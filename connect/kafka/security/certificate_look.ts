/**
 * Reads the validity of a broker's certificate after it was refused, because the runtime has one code for an unknown
 * issuer and an expired certificate. The connection sends no data and no client certificate. @module
 */

import { isIP } from "node:net";
import tls from "node:tls";
import type { Time } from "../../api/ports.ts";
import type { HostPort } from "../wire/client_options.ts";

const lookMsMax = 3_000;

interface Validity {
  readonly from: Date;
  readonly to: Date;
}

/** Returns null if the certificate can't be read in time. */
export async function validityOf({ host, port }: HostPort, time: Time): Promise<Validity | null> {
  const done = new AbortController();
  const socket = tls.connect({
    host,
    port,
    rejectUnauthorized: false,
    ...(isIP(host) === 0 ? { servername: host } : {}),
  });
  const shown = new Promise<Validity | null>((resolve) => {
    // Not `once`: a second error without a listener would end the process.
    socket.on("error", () => resolve(null));
    socket.once("close", () => resolve(null));
    socket.once("secureConnect", () => {
      const { valid_from, valid_to } = socket.getPeerCertificate();
      resolve({ from: new Date(valid_from), to: new Date(valid_to) });
    });
  });
  try {
    return await Promise.race([shown, time.sleep(lookMsMax, done.signal).then(() => null)]);
  } finally {
    done.abort();
    socket.destroy();
  }
}
