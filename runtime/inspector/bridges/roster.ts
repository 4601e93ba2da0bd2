/**
 * The actors of one XState system that are alive, for those who begin to look late. XState keeps
 * such a list and shows it to nobody, so each actor is noted down as it enters and leaves that one.
 */
// What XState's systems keep to themselves has such names.
// oxlint-disable no-underscore-dangle
import type { AnyActorRef } from 'xstate';

export type Roster = Iterable<AnyActorRef>;

type Registry = {
  _register: (sessionId: string, actor: AnyActorRef) => string;
  _unregister: (actor: AnyActorRef) => void;
};

/** To be called before anything but the root has begun. */
export function rosterOf(root: AnyActorRef): Roster {
  const alive = new Set<AnyActorRef>();
  const registry = root.system as unknown as Registry;
  const { _register: register, _unregister: unregister } = registry;
  registry._register = (sessionId, actor) => {
    alive.add(actor);
    return register(sessionId, actor);
  };
  registry._unregister = (actor) => {
    alive.delete(actor);
    unregister(actor);
  };
  return alive;
}

export const parentOf = (actor: AnyActorRef): AnyActorRef | undefined => actor._parent;
