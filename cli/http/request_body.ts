/** The body of a request: the handler reads as much as it wants, and the rest is discarded. @module */

/** How a body is begun. */
export interface RequestBodyOptions {
  /** Tells a client that waits for it to send the body. */
  readonly goOn: (() => Promise<void>) | undefined;
}

/**
 * A body that is on its way. Closing a connection with unread bytes loses the answer, and reading on in the middle of a
 * body would take its rest for a request: the body is read to its end, or the connection ends.
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

  /** No further request can follow: it broke off, or its client was never told to send it. */
  get isUnfit(): boolean {
    return this.#isBroken || this.#goOn !== undefined;
  }

  /** Throws the rest away; false where there is no end to it. */
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
