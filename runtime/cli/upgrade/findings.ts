/** What would come of an upgrade, machine by machine. */

type ProblemKind =
  /** The new module does not have that machine. */
  | 'missing'
  /** It does not name the definition in force as the one before. */
  | 'no-successor'
  | 'no-place'
  /** `migrate` looks at what nodes do not agree on. */
  | 'migrate-looks'
  | 'timer-unheard'
  | 'effect-unheard'
  | 'action-unknown'
  /** The instance is in that state, and does not enter it. */
  | 'delay-not-scheduled'
  | 'not-invoked';

export type Problem = Readonly<{
  kind: ProblemKind;
  /** Where it is about one instance. */
  key?: string;
  /** One line, without the instance. */
  what: string;
}>;

export type MachineFinding = Readonly<{
  machine: string;
  verdict: 'unchanged' | 'new' | 'missing' | 'changed';
  instances: number;
  /** Instances that have their place in the new definition. Unless all have, none goes over. */
  goOver: number;
  problems: number;
  /** The first of them. */
  first: readonly Problem[];
}>;

const shownMax = 20;

/** Counts all, and keeps a few. */
export class Problems {
  readonly #first: Problem[] = [];
  readonly #said = new Set<string>();
  #count = 0;

  /** What concerns no instance is said once. */
  addOnce(problem: Problem): void {
    if (this.#said.has(problem.what)) return;
    this.#said.add(problem.what);
    this.add(problem);
  }

  add(problem: Problem): void {
    this.#count += 1;
    if (this.#first.length < shownMax) this.#first.push(problem);
  }

  get summary(): Pick<MachineFinding, 'problems' | 'first'> {
    return { problems: this.#count, first: this.#first };
  }
}
