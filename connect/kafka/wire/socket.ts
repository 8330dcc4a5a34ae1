/** Opens sockets for kafkajs: plain ones read into one reused buffer, which creates no garbage. @module */

import { Buffer } from "node:buffer";
import net from "node:net";
import tls, { type ConnectionOptions as TlsOptions } from "node:tls";

export interface SocketRequest {
  readonly host: string;
  readonly port: number;
  readonly ssl: TlsOptions | null;
  readonly onConnect: () => void;
}

const readBytes = 128 * 1024;
const keepAliveMs = 60_000;
/** Older runtimes, which a binary can be built with, throw instead; their sockets then have data events. */
let hasOwnBuffer = true;

/** Returns a connection's socket factory; plain sockets pass their bytes to `onBytes` and emit no data events. */
export function socketFactory(onBytes: (bytes: Uint8Array) => void): (request: SocketRequest) => net.Socket {
  return ({ host, port, ssl, onConnect }) => {
    const socket = ssl === null
      ? connectPlain({ host, port }, onConnect)
      : tls.connect({ host, port, ...(net.isIP(host) === 0 ? { servername: host } : {}), ...ssl }, onConnect);
    socket.setKeepAlive(true, keepAliveMs);
    socket.setNoDelay(true);
    return socket;
  };

  function connectPlain(at: net.TcpNetConnectOpts, onConnect: () => void): net.Socket {
    if (!hasOwnBuffer) return net.connect(at, onConnect);
    try {
      return net.connect({ ...at, onread: { buffer: Buffer.alloc(readBytes), callback: read } }, onConnect);
    } catch (error) {
      if (!(error instanceof Error && error.message.includes("useUserBuffer"))) throw error;
      hasOwnBuffer = false;
      return net.connect(at, onConnect);
    }
  }

  function read(count: number, bytes: Uint8Array): boolean {
    onBytes(bytes.subarray(0, count));
    return true;
  }
}
