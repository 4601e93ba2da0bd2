/** What the actors of an instance wait for, as far as they are machines: to foresee an upgrade by. */
import type { AnyMachineSnapshot, AnyStateNode } from 'xstate';
import type { Post } from './engine.ts';
import { rootSession, type Session } from './pending.ts';
import type { Actor } from './xstate5-internals.ts';
import { bodyOf, statesOf } from './xstate5-snapshot.ts';
import type { Standing } from './xstate5-standing.ts';
import { endingWith } from './xstate5-upgrade.ts';

/** The machine's own first. */
export const postsOf = ({ root, cast }: Standing): readonly Post[] => [
  postOf(rootSession, root),
  ...(cast?.members ?? []).flatMap(({ actor, stand }) =>
    actor.sessionId === rootSession || stand.isOver || !('machine' in stand.snapshot)
      ? []
      : [postOf(actor.sessionId, stand.snapshot)],
  ),
];

function postOf(session: Session, snapshot: AnyMachineSnapshot): Post {
  const body = bodyOf(snapshot.machine);
  const states = snapshot._nodes.map(({ id }: AnyStateNode) => ({ id, ...endingWith(body, id) }));
  const children = Object.entries(snapshot.children as Record<string, Actor | undefined>);
  return {
    session,
    states,
    children: new Map(children.flatMap(([id, actor]) => (actor ? [[id, actor.sessionId]] : []))),
    hears: (type) =>
      // Only the state that has set it hears of it.
      type.startsWith('xstate.after.')
        ? states.some(({ delays }) => delays.includes(type))
        : statesOf(body.machine.root).some((node) =>
            [...node.transitions.keys()].some((descriptor) => isMeant(type, descriptor)),
          ),
  };
}

const isMeant = (type: string, descriptor: string): boolean =>
  descriptor === type ||
  descriptor === '*' ||
  (descriptor.endsWith('.*') && type.startsWith(descriptor.slice(0, -1)));
