/**
 * What an instance has under way that would come to nothing once it has gone over to another
 * definition, and what it would wait for in vain, since going over enters no state.
 */
import type { Engine, Post, Snapshot } from '../../../machines/replica/engine.ts';
import type { Pending, Session } from '../../../machines/replica/pending.ts';
import type { Problem } from './findings.ts';

/** An instance under one of its definitions. */
export type Side = Readonly<{ engine: Engine; snapshot: Snapshot; pending: Pending }>;

export function unheard(before: Side, after: Side): readonly Problem[] {
  const { engine, snapshot, pending } = after;
  if (engine.view(snapshot).status !== 'active') return [];
  const posts = { before: bySession(before), after: bySession(after) };
  return [
    ...timersUnheard(pending, posts),
    ...effectsUnheard(pending, posts),
    ...actionsUnknown(pending, before.engine, engine),
    ...[...posts.after.values()].flatMap((post) => notBegun(post, posts.before.get(post.session))),
  ];
}

type Posts = ReadonlyMap<Session, Post>;
type Both = Readonly<{ before: Posts; after: Posts }>;

const bySession = ({ engine, snapshot }: Side): Posts =>
  new Map(engine.posts(snapshot).map((post) => [post.session, post]));

/** Heard before, and not any more. */
const isLost = ({ before, after }: Both, session: Session, type: string): boolean =>
  before.get(session)?.hears(type) === true && after.get(session)?.hears(type) !== true;

const timersUnheard = ({ timers }: Pending, posts: Both): readonly Problem[] =>
  timers
    .filter(({ to, event }) => isLost(posts, to, event.type))
    .map(({ event }) => ({
      kind: 'timer-unheard',
      what: `the deadline ${event.type} is pending, and nothing would hear of it`,
    }));

const endings = ['done.actor', 'error.actor', 'snapshot'] as const;

const effectsUnheard = ({ effects }: Pending, posts: Both): readonly Problem[] =>
  effects.flatMap(({ wish }): readonly Problem[] => {
    if (wish.kind !== 'invocation') return [];
    const { session, actorId } = wish;
    const parent = [...posts.after.values()].find(({ children }) =>
      [...children.values()].includes(session),
    );
    const types = endings.map((ending) => `xstate.${ending}.${actorId}`);
    const lost = types.filter((type) => isLost(posts, parent?.session ?? '', type));
    if (lost.length === 0) return [];
    const what = `"${actorId}" is running, and nothing would hear ${lost.join(' or ')} from it`;
    return [{ kind: 'effect-unheard', what }];
  });

const actionsUnknown = ({ effects }: Pending, before: Engine, after: Engine): readonly Problem[] =>
  effects.flatMap(({ wish }): readonly Problem[] => {
    if (wish.kind !== 'action') return [];
    const place = before.placeOf(wish.run);
    if (place === undefined || after.has(place)) return [];
    const what = `the action "${wish.name}" is still to be carried out, and the new definition does not have it: the old one's will be`;
    return [{ kind: 'action-unknown', what }];
  });

/** What a state that it is in has now and had not before begins only when that is entered. */
function notBegun({ states, children }: Post, before: Post | undefined): readonly Problem[] {
  return states.flatMap(({ id, delays, actors }): readonly Problem[] => {
    const had = before?.states.find((state) => state.id === id);
    const isNew = (name: string, old: readonly string[] = []): boolean => !old.includes(name);
    return [
      ...delays
        .filter((delay) => isNew(delay, had?.delays))
        .map((delay) => ({
          kind: 'delay-not-scheduled' as const,
          what: `it would be in ${id} without the deadline ${delay}, which is set when that state is entered`,
        })),
      ...actors
        .filter((actor) => !children.has(actor) && isNew(actor, had?.actors))
        .map((actor) => ({
          kind: 'not-invoked' as const,
          what: `it would be in ${id} without "${actor}", which is invoked when that state is entered`,
        })),
    ];
  });
}
