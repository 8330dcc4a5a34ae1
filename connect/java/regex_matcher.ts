/** Runs a pattern's steps and counts them, so that no pattern takes longer than its budget. @module */

import type { RegexProgram, RegexStep } from "./regex_program.ts";

/** The pattern has used all its steps. */
export class TooManySteps extends Error {
  override readonly name = "TooManySteps";
}

/** Numbers kept for backtracking: 8 MB. */
const trailMax = 1_000_000;

/**
 * Matches one text, from any number of start positions, with one step budget. It backtracks as Java's matcher does, but
 * keeps the alternatives and old register values on its own trail instead of the stack.
 */
export class RegexMatcher {
  readonly #steps: readonly RegexStep[];
  readonly #text: string;
  readonly #trail: number[] = [];
  readonly #registers: Int32Array;
  #stepsLeft: number;

  constructor(program: RegexProgram, text: string, stepsMax: number) {
    this.#steps = program.steps;
    this.#text = text;
    this.#stepsLeft = stepsMax;
    this.#registers = new Int32Array(program.registers).fill(-1);
  }

  /** Steps left of the budget. */
  get stepsLeft(): number {
    return this.#stepsLeft;
  }

  /**
   * Returns the start and end of each group, the whole match first, -1 for groups that matched nothing; undefined if
   * the pattern doesn't match here.
   *
   * @param end where the match must end, -1 for anywhere
   * @throws TooManySteps
   */
  matchAt(start: number, end: number): Int32Array | undefined {
    const found = this.#run(0, start, end);
    if (found < 0) return undefined;
    this.#registers[0] = start;
    this.#registers[1] = found;
    return this.#registers;
  }

  /** Returns where a match of the steps up to `match` ends; -1 if there is none, with all registers restored. */
  #run(first: number, start: number, end: number): number {
    const trail = this.#trail;
    const base = trail.length;
    let step = first;
    let at = start;
    for (;;) {
      this.#count(1);
      const current = this.#steps[step++] as RegexStep;
      switch (current.op) {
        case "match":
          if (end < 0 || at === end) return at;
          at = -1;
          break;
        case "jump":
          step = current.next;
          break;
        case "split":
          trail.push(current.other, at);
          step = current.next;
          break;
        case "loop":
          step = this.#loop(current, step, at);
          break;
        case "atomic":
          at = this.#runApart(step, at, -1);
          step = current.next;
          break;
        case "look":
          at = this.#looks(current, step, at) ? at : -1;
          step = current.next;
          break;
        default:
          at = this.#take(current, at);
      }
      if (at >= 0) continue;
      while (trail.length > base && at < 0) {
        const value = trail.pop() ?? -1;
        const entry = trail.pop() ?? 0;
        if (entry < 0) this.#registers[~entry] = value;
        else [step, at] = [entry, value];
      }
      if (at < 0) return -1;
    }
  }

  /** Returns where a step without successors ends; -1 if it doesn't match. */
  #take(step: Exclude<RegexStep, { readonly next: number } | { readonly exit: number }>, at: number): number {
    switch (step.op) {
      case "char":
        return this.#text.codePointAt(at) === step.code ? at + (step.code > 0xffff ? 2 : 1) : -1;
      case "set": {
        const code = this.#text.codePointAt(at);
        return code !== undefined && step.has(code) ? at + (code > 0xffff ? 2 : 1) : -1;
      }
      case "save":
        this.#set(step.register, at);
        return at;
      case "close":
        this.#set(step.register, this.#get(step.begin));
        this.#set(step.register + 1, at);
        return at;
      case "assert":
        return step.holds(this.#text, at) ? at : -1;
      case "reference":
        return this.#repeated(step, at);
      case "reset":
        this.#set(step.register, 0);
        this.#set(step.register + 1, -1);
        return at;
      case "again":
        this.#set(step.register, this.#get(step.register) + 1);
        this.#set(step.register + 1, at);
        return at;
      case "match":
      case "fail":
        return -1;
    }
  }

  /** Returns the next step: the body, or the step after the loop once it matched nothing or often enough. */
  #loop({ register, repeat, exit }: RegexStep & { readonly op: "loop" }, body: number, at: number): number {
    const count = this.#get(register);
    if (count > 0 && this.#get(register + 1) === at) return exit;
    if (count < repeat.min) return body;
    if (count >= repeat.max) return exit;
    this.#trail.push(repeat.isLazy ? body : exit, at);
    return repeat.isLazy ? exit : body;
  }

  #looks({ isNegative, behind }: RegexStep & { readonly op: "look" }, body: number, at: number): boolean {
    const base = this.#trail.length;
    const isThere = behind === null ? this.#runApart(body, at, -1) >= 0 : this.#looksBack(behind, body, at);
    if (isNegative && isThere) this.#undo(base);
    return isThere !== isNegative;
  }

  #looksBack(
    { min, max }: { readonly min: number; readonly max: number },
    body: number,
    at: number,
  ): boolean {
    let from = at;
    for (let characters = 0; characters <= max && from >= 0; characters++) {
      if (characters >= min && this.#runApart(body, from, at) >= 0) return true;
      from -= isSecondHalf(this.#text, from - 1) ? 2 : 1;
    }
    return false;
  }

  /** Runs steps that are never backtracked into: the trail keeps only old register values. */
  #runApart(first: number, start: number, end: number): number {
    const trail = this.#trail;
    const base = trail.length;
    const found = this.#run(first, start, end);
    let kept = base;
    for (let entry = base; entry < trail.length; entry += 2) {
      if ((trail[entry] ?? 0) >= 0) continue;
      trail[kept++] = trail[entry] ?? 0;
      trail[kept++] = trail[entry + 1] ?? 0;
    }
    trail.length = kept;
    return found;
  }

  #repeated({ register, fold }: RegexStep & { readonly op: "reference" }, at: number): number {
    const [begin, end] = [this.#get(register), this.#get(register + 1)];
    if (begin < 0) return -1;
    this.#count(end - begin);
    const wanted = this.#text.slice(begin, end);
    const found = this.#text.slice(at, at + wanted.length);
    return found === wanted || fold(found) === fold(wanted) ? at + wanted.length : -1;
  }

  #undo(base: number): void {
    while (this.#trail.length > base) {
      const value = this.#trail.pop() ?? -1;
      const entry = this.#trail.pop() ?? 0;
      if (entry < 0) this.#registers[~entry] = value;
    }
  }

  #get(register: number): number {
    return this.#registers[register] ?? -1;
  }

  #set(register: number, value: number): void {
    this.#trail.push(~register, this.#get(register));
    this.#registers[register] = value;
  }

  #count(steps: number): void {
    this.#stepsLeft -= steps;
    if (this.#stepsLeft < 0 || this.#trail.length > trailMax) throw new TooManySteps();
  }
}

function isSecondHalf(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff && (text.codePointAt(at - 1) ?? 0) > 0xffff;
}
