/** A request's body: a handler reads it up to a limit, and the rest is discarded. @module */

interface RequestBodyOptions {
  /** Sends 100 Continue to a client that waits for it. */
  readonly goOn: (() => Promise<void>) | undefined;
}

/**
 * Streams a body. Closing a connection with unread bytes loses the answer, and the rest of a body would be
 * taken for the next request, so the body is read to its end or the connection is closed.
 */
export class RequestBody {
  readonly #parts: AsyncGenerator<Uint8Array<ArrayBuffer>, void>;
  #goOn: RequestBodyOptions["goOn"];
  #isBroken = false;
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>;

  constructor(parts: AsyncGenerator<Uint8Array<ArrayBuffer>, void>, { goOn }: RequestBodyOptions) {
    this.#parts = parts;
    this.#goOn = goOn;
    this.stream = new ReadableStream({
      pull: async (controller) => {
        const { done, value } = await this.#next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
    }, { highWaterMark: 0 });
  }

  /** Whether the connection is unusable: the body broke off, or the client was never told to send it. */
  get isUnfit(): boolean {
    return this.#isBroken || this.#goOn !== undefined;
  }

  /** Discards the rest of the body; returns false if it exceeds the limit. */
  async readToEnd(bytesMax: number): Promise<boolean> {
    let left = bytesMax;
    for (let next = await this.#next(); next.done !== true; next = await this.#next()) {
      left -= next.value.length;
      if (left < 0) return false;
    }
    return !this.#isBroken;
  }

  async #next(): Promise<IteratorResult<Uint8Array<ArrayBuffer>, void>> {
    await this.#goOn?.();
    this.#goOn = undefined;
    try {
      return await this.#parts.next();
    } catch (error) {
      this.#isBroken = true;
      throw error;
    }
  }
}
