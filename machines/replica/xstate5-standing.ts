/** An instance at rest, and what of it has to be kept: most of them need no actor until the next step. */
import type { AnyMachineSnapshot } from 'xstate';
import { invariant } from '../protocol/invariant.ts';
import type { Cast } from './xstate5-actors.ts';
import { type Actor, isActor } from './xstate5-internals.ts';
import { holds } from './xstate5-references.ts';

export type Standing = Readonly<{
  root: AnyMachineSnapshot;
  /** Where there are others than the machine's own actor, or it has kept itself. */
  cast: Cast | null;
  /** That one, where there are others or it has kept an actor. Null: there is none in its context. */
  own: Actor | null;
  /** Actors so far, itself included. */
  sessions: number;
}>;

export const aloneAt = (root: AnyMachineSnapshot, sessions: number): Standing => ({
  root,
  cast: null,
  own: null,
  sessions,
});

export function standingOf(cast: Cast): Standing {
  const { sessions, members } = cast;
  const root = rootIn(cast);
  const own = members[0]?.actor ?? null;
  if (root.status === 'active') {
    const hasOthers = members.length > 1 || Object.keys(root.children).length > 0;
    if (hasOthers || holds(root.context, (found) => found === own)) {
      return { root, cast, own, sessions };
    }
  }
  const alone = { cast: null, own: holds(root.context, isActor) ? own : null, sessions };
  // Like an actor that has stopped, one that is over has nobody any more.
  return { ...alone, root: root.status === 'active' ? root : { ...root, children: {} } };
}

export function rootIn({ members }: Cast): AnyMachineSnapshot {
  const [own] = members;
  invariant(own !== undefined, 'an instance has its own actor');
  return own.stand.snapshot;
}
