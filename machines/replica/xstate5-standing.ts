/** An instance at rest, and what of it has to be kept: most of them need no actor until the next step. */
import type { AnyMachineSnapshot } from 'xstate';
import { invariant } from '../protocol/invariant.ts';
import type { Cast } from './xstate5-actors.ts';
import { isActor } from './xstate5-internals.ts';
import { holds } from './xstate5-references.ts';

export type Standing = Readonly<{
  root: AnyMachineSnapshot;
  /**
   * Where there are others than the machine's own actor, or its context has any, be it over. Else
   * the machine's own is made when it is looked at, and forgotten.
   */
  cast: Cast | null;
  /** Actors so far, itself included. */
  sessions: number;
}>;

export const aloneAt = (root: AnyMachineSnapshot, sessions: number): Standing => ({
  root,
  cast: null,
  sessions,
});

export function standingOf(cast: Cast): Standing {
  const { sessions, members } = cast;
  const root = rootIn(cast);
  const isActive = root.status === 'active';
  const hasChildren = members.length > 1 || Object.keys(root.children).length > 0;
  const needsCast = (isActive && hasChildren) || holds(root.context, isActor);
  return {
    // Like an actor that has stopped, one that is over has no children any more.
    root: isActive ? root : { ...root, children: {} },
    cast: needsCast ? cast : null,
    sessions,
  };
}

export function rootIn({ members }: Cast): AnyMachineSnapshot {
  const [own] = members;
  invariant(own !== undefined, 'an instance has its own actor');
  return own.stand.snapshot;
}
