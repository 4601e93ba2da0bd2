/** A place that was reached, and the way there. */
import type { AnyStateMachine, AnyStateNode } from 'xstate';
import type { Place } from './exercise-take.ts';
import { statesOf } from './xstate5-snapshot.ts';

/** What happened, the latest first. */
export type Link = Readonly<{ when: string; before: Link | null }>;

export type Visit = Readonly<{ place: Place; how: Link | null }>;

export function happenings(latest: Link): readonly string[] {
  const words: string[] = [];
  for (let link: Link | null = latest; link !== null; link = link.before) words.unshift(link.when);
  return words;
}

/** The path of the active state that has something to say about an event: the innermost, if several do. */
export function whereOf(machine: AnyStateMachine, place: Place, eventType: string): string {
  const { active } = place.standing.figure;
  const ids = new Set(active as readonly string[]);
  const nodes = statesOf(machine.root).filter(({ id }) => ids.has(id));
  const concerned = nodes.filter((node) => mentions(node, eventType));
  const candidates = concerned.length > 0 ? concerned : nodes;
  // In document order, what is within a state comes behind it.
  return candidates.at(-1)?.path.join('.') ?? '';
}

const mentions = (node: AnyStateNode, eventType: string): boolean =>
  [...node.transitions.keys()].some(
    (descriptor) =>
      descriptor === eventType ||
      descriptor === '*' ||
      (descriptor.endsWith('.*') && eventType.startsWith(descriptor.slice(0, -1))),
  );
