/**
 * A program of its own that opens connections and asks nothing: headers that never end, connections that say nothing, and
 * connections that are kept after one answer. What the server closes stays closed. It ends when its standard input does.
 *
 *     deno run --allow-net --allow-read tests/support/rest/idle_client.ts PORT CONNECTIONS
 *
 * @module
 */

const [port = "", wanted = ""] = Deno.args;
const starts = [
  "GET /health HTTP/1.1\r\nHost: localhost\r\nX: ",
  "",
  "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n",
];
/** Connections that are opened at the same time. */
const lanes = 64;

const open: Deno.TcpConn[] = [];
let opened = 0;
let refused = 0;

async function openSome(): Promise<void> {
  while (opened + refused < Number(wanted)) {
    try {
      const connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
      open.push(connection);
      await connection.write(new TextEncoder().encode(starts[opened++ % starts.length]));
    } catch {
      refused++;
    }
  }
}

await Promise.all(Array.from({ length: lanes }, openSome));
console.log(`${opened} opened, ${refused} refused`);
for await (const _ of Deno.stdin.readable);
for (const connection of open) connection.close();
