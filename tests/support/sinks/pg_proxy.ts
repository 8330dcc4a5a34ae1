/**
 * A TCP proxy in front of PostgreSQL that fails on demand: right before a commit, right after it, or at any time.
 *
 * @module
 */

/** The proxy's address and its faults. */
export interface PgProxy extends AsyncDisposable {
  readonly port: number;
  /** Connections accepted so far. */
  readonly accepted: number;
  /** The next commit reaches the server, and the connection ends instead of its answer. */
  loseNextCommitAnswer(): void;
  /** The connection ends instead of the next commit. */
  loseNextCommit(): void;
  /** The connection ends once so many bytes have passed from one side, from now on until `resume`. */
  cutAfter(side: "client" | "server", bytes: number): void;
  /** Drops bytes in both directions until `resume`; connections stay open. */
  stall(): void;
  /** Holds bytes in both directions until `resume`, as a hanging network does; connections stay open. */
  hold(): void;
  resume(): void;
  /** Ends all connections. */
  cut(): void;
}

type Fault = "answer" | "request" | null;

// A simple query: type Q, length 11, the text and a zero byte.
const commitMessage = new Uint8Array([0x51, 0, 0, 0, 11, ...new TextEncoder().encode("commit"), 0]);
// Command complete: type C, length 11.
const commitAnswer = new Uint8Array([0x43, 0, 0, 0, 11, ...new TextEncoder().encode("COMMIT"), 0]);

/** Starts a proxy to a server on this machine. */
export function startPgProxy(serverPort: number): PgProxy {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const links = new Set<Link>();
  const state: ProxyState = { fault: null, isStalled: false, held: null, cutAfter: null };
  let accepted = 0;
  const start = (link: Link) => {
    links.add(link);
    void link.run().finally(() => links.delete(link));
  };
  const accepting = (async () => {
    for await (const client of listener) {
      accepted++;
      const server = await Deno.connect({ hostname: "127.0.0.1", port: serverPort }).catch(() => null);
      if (server === null) client.close(); // a server that is away refuses its clients
      else start(new Link(client, server, state));
    }
  })();
  const cut = () => {
    for (const link of links) link.close();
  };
  return {
    port: (listener.addr as Deno.NetAddr).port,
    get accepted() {
      return accepted;
    },
    loseNextCommitAnswer: () => void (state.fault = "answer"),
    loseNextCommit: () => void (state.fault = "request"),
    cutAfter: (side, bytes) => void (state.cutAfter = { side, bytes }),
    stall: () => void (state.isStalled = true),
    hold: () => void (state.held ??= Promise.withResolvers()),
    resume: () => {
      state.isStalled = false;
      state.cutAfter = null;
      state.held?.resolve();
      state.held = null;
    },
    cut,
    [Symbol.asyncDispose]: async () => {
      listener.close();
      state.held?.resolve();
      cut();
      await accepting;
      await Promise.all([...links].map((link) => link.ended));
    },
  };
}

interface ProxyState {
  fault: Fault;
  isStalled: boolean;
  cutAfter: { readonly side: "client" | "server"; bytes: number } | null;
  /** Resolves once bytes may pass. */
  held: PromiseWithResolvers<void> | null;
}

class Link {
  readonly #client: Deno.TcpConn;
  readonly #server: Deno.TcpConn;
  readonly #state: ProxyState;
  #isWaitingForAnswer = false;
  #isClosed = false;
  ended: Promise<unknown> = Promise.resolve();

  constructor(client: Deno.TcpConn, server: Deno.TcpConn, state: ProxyState) {
    this.#client = client;
    this.#server = server;
    this.#state = state;
  }

  run(): Promise<unknown> {
    this.ended = Promise.all([
      this.#pump(this.#client, this.#server, (bytes) => this.#fromClient(bytes)),
      this.#pump(this.#server, this.#client, (bytes) => this.#fromServer(bytes)),
    ]);
    return this.ended;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#client.close();
    this.#server.close();
  }

  async #pump(
    from: Deno.TcpConn,
    to: Deno.TcpConn,
    change: (bytes: Uint8Array) => Uint8Array | null,
  ): Promise<void> {
    const buffer = new Uint8Array(65_536);
    try {
      for (;;) {
        const length = await from.read(buffer);
        if (length === null) break;
        await this.#state.held?.promise;
        const bytes = this.#state.isStalled ? null : change(buffer.slice(0, length));
        const cut = from === this.#client ? this.#cutOf("client") : this.#cutOf("server");
        const passed = bytes === null ? 0 : Math.min(bytes.length, cut?.bytes ?? bytes.length);
        for (let at = 0; bytes !== null && at < passed;) at += await to.write(bytes.subarray(at, passed));
        if (cut !== null && (cut.bytes -= passed) === 0) {
          this.#state.cutAfter = null;
          break;
        }
      }
    } catch (error) {
      if (
        !this.#isClosed && !(error instanceof Deno.errors.ConnectionReset) &&
        !(error instanceof Deno.errors.BrokenPipe)
      ) {
        throw error;
      }
    }
    this.close();
  }

  #cutOf(side: "client" | "server"): ProxyState["cutAfter"] {
    return this.#state.cutAfter?.side === side ? this.#state.cutAfter : null;
  }

  #fromClient(bytes: Uint8Array): Uint8Array | null {
    const at = this.#state.fault === null ? -1 : indexOf(bytes, commitMessage);
    if (at < 0) return bytes;
    if (this.#state.fault === "answer") {
      this.#state.fault = null;
      this.#isWaitingForAnswer = true;
      return bytes;
    }
    this.#state.fault = null;
    this.close();
    return null;
  }

  #fromServer(bytes: Uint8Array): Uint8Array | null {
    if (!this.#isWaitingForAnswer) return bytes;
    if (indexOf(bytes, commitAnswer) >= 0) this.close();
    return null;
  }
}

function indexOf(bytes: Uint8Array, wanted: Uint8Array): number {
  for (let at = 0; at + wanted.length <= bytes.length; at++) {
    if (wanted.every((byte, index) => bytes[at + index] === byte)) return at;
  }
  return -1;
}
