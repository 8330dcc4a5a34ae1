/** An attacker's Kafka broker: it takes any login and keeps what it was told. @module */

/** An open broker on a free port of 127.0.0.1. */
interface ListeningBroker extends AsyncDisposable {
  readonly address: string;
  /** Connections that were opened. */
  readonly connections: number;
  /** All bytes that came, as text of one character a byte. */
  readonly heard: string;
}

const apiVersions = 18;
const saslHandshake = 17;

/** Opens one that knows a mechanism. */
export function listeningBroker(mechanism: string): ListeningBroker {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  const heard: string[] = [];
  let connections = 0;
  const serving = (async () => {
    for await (const connection of listener) {
      connections += 1;
      open.add(connection);
      void serve(connection, mechanism, heard).finally(() => open.delete(connection));
    }
  })().catch(() => {}); // closed
  return {
    address: `127.0.0.1:${listener.addr.port}`,
    get connections() {
      return connections;
    },
    get heard() {
      return heard.join("");
    },
    [Symbol.asyncDispose]: async () => {
      listener.close();
      for (const connection of open) connection.close();
      await serving;
    },
  };
}

async function serve(connection: Deno.Conn, mechanism: string, heard: string[]): Promise<void> {
  let rest = new Uint8Array();
  const buffer = new Uint8Array(65_536);
  try {
    for (let count = await connection.read(buffer); count !== null; count = await connection.read(buffer)) {
      heard.push(String.fromCharCode(...buffer.subarray(0, count)));
      rest = Uint8Array.from([...rest, ...buffer.subarray(0, count)]);
      while (rest.length >= 4 && rest.length >= 4 + new DataView(rest.buffer).getUint32(0)) {
        const request = new DataView(rest.buffer, 4);
        const answer = answerTo(request.getInt16(0), mechanism);
        if (answer !== undefined) await connection.write(framed(request.getInt32(4), answer));
        rest = rest.slice(4 + new DataView(rest.buffer).getUint32(0));
      }
    }
  } catch {
    // the client or the test closed it
  }
}

/** No error, and what there is; requests that come later are heard and not answered. */
function answerTo(api: number, mechanism: string): Uint8Array | undefined {
  const name = new TextEncoder().encode(mechanism);
  if (api === saslHandshake) return Uint8Array.from([0, 0, 0, 0, 0, 1, 0, name.length, ...name]);
  if (api !== apiVersions) return undefined;
  const versions = Array.from({ length: 40 }, (_, key) => [0, key, 0, 0, 0, 1]);
  return Uint8Array.from([0, 0, 0, 0, 0, versions.length, ...versions.flat(), 0, 0, 0, 0]);
}

function framed(correlation: number, body: Uint8Array): Uint8Array {
  const frame = new Uint8Array(8 + body.length);
  new DataView(frame.buffer).setUint32(0, 4 + body.length);
  new DataView(frame.buffer).setInt32(4, correlation);
  frame.set(body, 8);
  return frame;
}
