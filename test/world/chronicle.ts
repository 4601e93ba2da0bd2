/**
 * What happened in a world. The main events are kept; every single step is counted, and told in
 * one line to whoever reads along. Nobody reads most runs, so words are made only if somebody does.
 */
export class Chronicle {
  /** The main events, one line each. */
  readonly lines: string[] = [];
  /**
   * Events that actors took, transitions of their charts and what these asked for; messages and
   * alarms; operations of disks, entries made safe and applied; words between clients and nodes;
   * and the main events. As many as a reader gets lines.
   */
  steps = 0;
  /** Gets every line, of main events and single steps. */
  reader: ((line: string) => void) | null = null;
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  get isRead(): boolean {
    return this.reader !== null;
  }

  /** A main event. */
  note(who: string, what: string): void {
    const line = this.#line(who, what);
    this.lines.push(line);
    this.steps += 1;
    this.reader?.(line);
  }

  /** A single step, in words: only for readers, so ask `isRead` before making them. */
  tell(who: string, what: string): void {
    this.reader?.(this.#line(who, what));
  }

  #line(who: string, what: string): string {
    return `${this.#now().toFixed(3).padStart(12)}ms  ${who.padEnd(2)} ${what}`;
  }
}
