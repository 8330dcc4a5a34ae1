/** Shows the running demo. @module */

import type { Time } from "../../connect/api/ports.ts";
import type { ShopProducer } from "../bank1/producer.ts";
import type { DemoFigures } from "./demo_figures.ts";
import { type DemoProgram, memoryOf } from "./demo_program.ts";
import { type Passage, picture, plainLine, type Snapshot } from "./demo_view.ts";
import { draw, print } from "../../cli/output.ts";

interface DemoScreenOptions {
  readonly figures: DemoFigures;
  readonly producer: ShopProducer;
  readonly program: DemoProgram;
  readonly passage: Passage;
  readonly time: Time;
}

const drawEveryMs = 500;
const lineEveryMs = 1_000;

/** Draws a picture on a terminal; prints a line per second elsewhere. */
export class DemoScreen {
  readonly #options: DemoScreenOptions;
  readonly #isTerminal = Deno.stdout.isTerminal();
  #drawnLines = 0;
  #last = { at: 0, published: 0 };

  constructor(options: DemoScreenOptions) {
    this.#options = options;
  }

  /** Shows the demo until the signal aborts. Returns an exit code if the program ended by itself. */
  async showUntil(signal: AbortSignal): Promise<number | undefined> {
    const { time, program } = this.#options;
    const started = time.monotonic();
    this.#last = { at: started, published: this.#options.producer.publishedTo() };
    let gone: number | undefined;
    const ended = new AbortController();
    program.ended.then((code) => {
      gone = code;
      ended.abort();
    });
    const over = AbortSignal.any([signal, ended.signal]);
    while (!over.aborted) {
      await time.sleep(this.#isTerminal ? drawEveryMs : lineEveryMs, over);
      if (!over.aborted) this.#show(await this.#snapshot(started));
    }
    return gone;
  }

  async #snapshot(started: number): Promise<Snapshot> {
    const { time, producer, program, figures } = this.#options;
    const [now, published] = [time.monotonic(), producer.publishedTo()];
    const eventsPerSecond = (published - this.#last.published) / ((now - this.#last.at) / 1000);
    this.#last = { at: now, published };
    return {
      seconds: (now - started) / 1000,
      eventsPublished: published,
      eventsPerSecond,
      memoryBytes: await memoryOf(program.pid),
      ...await figures.look(),
    };
  }

  #show(snapshot: Snapshot): void {
    if (!this.#isTerminal) return print(plainLine(snapshot));
    const lines = picture(snapshot, this.#options.passage);
    draw(lines, this.#drawnLines);
    this.#drawnLines = lines.length;
  }
}
