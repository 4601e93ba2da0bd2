/** What an exercise has found, each thing once. */
import type { AnyStateMachine, AnyStateNode } from 'xstate';
import type { Noted, Trial } from './exercise-trial.ts';
import type { Problem } from './replicable-problem.ts';
import { statesOf } from './xstate5-snapshot.ts';

/** `how`: what happened until then, the step itself included. */
export type ObservedProblem = Problem & Readonly<{ how: readonly string[] }>;
export type Note = Pick<Noted, 'code' | 'what'> &
  Readonly<{ where: string; how: readonly string[] }>;

/** A step: what happened, in which state, and after what. */
type Happening = Readonly<{
  when: string;
  where: () => string;
  how: () => readonly string[];
}>;

export interface Report {
  readonly problems: readonly ObservedProblem[];
  readonly notes: readonly Note[];
  add(trial: Trial, happening: Happening): void;
  /** Nothing could be tried, for what the first step of all threw. */
  cannotBegin(why: Noted | undefined): void;
  reached(states: readonly string[]): void;
  unreached(): readonly string[];
}

const notesMax = 200;

export function createReport(machine: AnyStateMachine): Report {
  const problems: ObservedProblem[] = [];
  const notes: Note[] = [];
  const told = new Set<string>();
  const reached = new Set<string>();

  const isNew = (...parts: readonly string[]): boolean => {
    const key = parts.join('\n');
    if (told.has(key)) return false;
    told.add(key);
    return true;
  };

  return {
    problems,
    notes,
    add(trial, { when, where, how }) {
      for (const { finding, key, child } of trial.found) {
        if (!isNew(finding.code, child ?? '', key ?? `${where()} ${when}`)) continue;
        const what = `${when} it ${finding.what}`;
        const about = child === undefined ? { where: where() } : { child, where: '' };
        problems.push({ ...finding, ...about, what, how: how() });
      }
      for (const { code, what, key } of trial.noted) {
        if (notes.length >= notesMax || !isNew(code, key ?? `${where()} ${when} ${what}`)) continue;
        notes.push({ code, what: `${when} ${what}`, where: where(), how: how() });
      }
    },
    cannotBegin(why) {
      problems.push({
        code: 'cannot-begin',
        where: '',
        what: `it cannot begin without an input, so nothing was tried: ${why?.what ?? 'it fails'}`,
        remedy: "Say with which: `export const events = [{ type: 'xstate.init', input: … }]`.",
        how: [],
      });
    },
    reached(states) {
      for (const state of states) reached.add(state);
    },
    unreached: () =>
      statesOf(machine.root)
        .filter((node) => node.path.length > 0 && node.type !== 'history')
        .filter((node) => !isPassage(node))
        .map((node) => node.path.join('.'))
        .filter((path) => !reached.has(path)),
  };
}

/** It may be passed through without a halt. */
function isPassage(node: AnyStateNode): boolean {
  const within = Object.values(node.states);
  return (
    node.always !== undefined ||
    (node.type === 'final' && node.path.length > 1) ||
    (within.length > 0 && within.every(isPassage))
  );
}
