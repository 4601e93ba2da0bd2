/** Actions from plans: all that XState has, and two of the user's own. */
import {
  type AnyActorRef,
  assign,
  cancel,
  emit,
  enqueueActions,
  log,
  raise,
  sendParent,
  sendTo,
  spawnChild,
  stopChild,
} from 'xstate';
import { unreachable } from '../../../machines/protocol/invariant.ts';
import { act } from './effects.ts';
import { type ActionPlan, pick } from './plan.ts';

export type Context = Readonly<{
  n: number;
  fuel: number;
  order: readonly string[];
  kept: readonly AnyActorRef[];
}>;
export type Args = Readonly<{
  context: Context;
  self: AnyActorRef;
  system: { get(id: string): unknown };
}>;

/** What charts send themselves, their children and their parents. */
export const inside = ['P', 'Q', 'R', 'WORD'] as const;
export const delays = [0, 5, 10, 10, 25] as const;
const timerIds = [undefined, 'd0', 'd1'] as const;

type World = Readonly<{
  /** Names of logic that may be spawned. */
  sources: readonly string[];
  actors: Readonly<Record<string, unknown>>;
  hasParent: boolean;
}>;

/** As of before this step; none while it begins. */
function childrenOf(self: AnyActorRef): Readonly<Record<string, AnyActorRef>> {
  try {
    return (self.getSnapshot() as { children: Record<string, AnyActorRef> }).children;
  } catch {
    return {};
  }
}

/**
 * XState never forgets the name of an actor that a step made which then failed. A replica does,
 * so names are given only where a failure ends all.
 */
export const systemIdWhere = (hasParent: boolean): object =>
  hasParent ? {} : { systemId: 'system' };

export function actionsIn({ sources, actors, hasParent }: World): (plan: ActionPlan) => unknown {
  const name = systemIdWhere(hasParent);
  return function action({ kind, value, other, inner }: ActionPlan): unknown {
    const source = pick(sources, value);
    const said = { type: pick(inside, value), from: 'chart' };
    const delay = pick(
      [...delays, 'short', 'long', ({ context }: Args) => 5 * (context.n % 4)] as const,
      value,
    );
    const later = { delay, id: pick(timerIds, other) } as never;
    const childId = pick(['c0', 'c1'], value);
    const child = ({ self }: Args): AnyActorRef =>
      pick([...Object.values(childrenOf(self)), self], other);
    switch (kind) {
      case 'count':
        return { type: 'count' };
      case 'note':
        return assign({
          order: ({ context, event }) =>
            [...(context as Context).order, `${event.type}/${value}`].slice(-5),
        });
      case 'raise':
        return raise(said);
      case 'raiseLater':
        return raise({ type: 'LATER' }, later);
      case 'cancel':
        return cancel(pick(['d0', 'd1'], other));
      case 'emit':
        return emit(({ context }) => ({ type: 'EMITTED', n: (context as Context).n }));
      case 'log':
        return value % 2 === 0 ? log(({ context }) => (context as Context).n) : log('said', 'loud');
      case 'act':
        return { type: 'act', params: ({ context }: Args) => ({ n: context.n }) };
      case 'actInline':
        return ({ context, event }: Args & { event: unknown }) =>
          act('inline', context, event, undefined);
      case 'enqueue':
        return enqueueActions(({ enqueue, check }) => {
          if (check({ type: 'below', params: value })) enqueue('count');
          // Only what has a name, or is in sight, can wait while its instance moves house.
          for (const each of inner.filter((one) => one.kind !== 'actInline')) {
            enqueue(action(each) as never);
          }
        });
      case 'sendToSelf':
        return sendTo(({ self }) => self, said);
      case 'sendToSelfLater':
        return sendTo(({ self }) => self, { type: 'LATER' }, later);
      case 'sendToChild':
        return sendTo(child as never, said as never);
      case 'sendToChildLater':
        return sendTo(child as never, { type: 'LATER' } as never, later);
      case 'sendToChildById':
        return sendTo(
          // Throws where there is none.
          (other === 11 ? childId : ({ self }: Args) => childrenOf(self)[childId] ?? self) as never,
          said as never,
        );
      case 'sendToKept':
        return sendTo(
          ({ context, self }) => pick([...(context as Context).kept, self], other) as never,
          said as never,
        );
      case 'sendToSystem':
        return sendTo(({ system, self }) => (system.get('system') ?? self) as never, said as never);
      case 'sendParent':
        return hasParent ? sendParent(said) : raise(said);
      case 'sendParentLater':
        return hasParent ? sendParent({ type: 'LATER' }, later) : raise({ type: 'LATER' }, later);
      case 'spawnChild':
        return spawnChild(source, {
          id: pick([childId, childId, undefined], other),
          ...(other === 5 ? name : {}),
          syncSnapshot: other % 2 === 0,
          input: { n: value },
        } as never);
      case 'spawnChildInline':
        return spawnChild(actors[source] as never, { id: childId });
      case 'spawnInAssign':
        return assign(({ spawn, context }) => ({
          n: context.n + 1,
          kept: [
            ...(context as Context).kept.slice(-1),
            spawn(source as never, { id: pick([undefined, 'k0', 'k1'], other) } as never),
          ],
        }));
      case 'stopChild':
        return stopChild(childId);
      case 'stopKept':
        return enqueueActions(({ context, self, enqueue }) => {
          const [first] = (context as Context).kept;
          if (first !== undefined && first !== self) enqueue.stopChild(first);
        });
      case 'look':
        return assign({
          order: ({ context, self }) => {
            const seen = Object.entries(childrenOf(self)).map(
              ([id, one]) => `${id}:${(one.getSnapshot() as { status: string }).status}`,
            );
            return [...(context as Context).order, seen.join(' ')].slice(-5);
          },
        });
      case 'keepSelf':
        return assign({
          kept: ({ context, self }) => [...(context as Context).kept.slice(-1), self],
        });
      case 'throw':
        return assign(() => {
          throw new Error('an action that throws');
        });
      default:
        return unreachable(kind);
    }
  };
}
