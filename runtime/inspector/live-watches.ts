/** Which of this node's own actors somebody watches. While nobody does, XState tells us nothing. */
import type { AnyActorRef } from 'xstate';
import type { Clock } from '../clock.ts';
import type { Charts } from './charts.ts';
import { LiveWatch } from './live-watch.ts';
import type { ActorName } from './protocol.ts';
import type { Show } from './showing.ts';
import type { Watched } from './source.ts';
import { overhear, type Seen } from './xstate-hook.ts';

type Parts = Readonly<{
  root: AnyActorRef;
  /** Undefined where there is none of that name. */
  find: (actor: ActorName) => AnyActorRef | undefined;
  clock: Clock;
  charts: Charts;
  show: Show;
}>;

export interface LiveWatches {
  watch(actor: ActorName, tell: (seen: Watched) => void): () => void;
  /** Now and then: actors come and go. */
  look(): void;
}

/** Of all actors together: each takes a fraction of a millisecond to be put into words. */
const stepsPerTurnMax = 8;

export function createLiveWatches({ root, find, clock, charts, show }: Parts): LiveWatches {
  const watches = new Map<ActorName, LiveWatch>();
  const byRef = new Map<AnyActorRef, LiveWatch>();
  const waiting = new Set<LiveWatch>();
  let stopHearing: (() => void) | null = null;
  let isTelling = false;

  const observe = (seen: Seen): void => byRef.get(seen.actorRef)?.hear(seen);

  function waits(watch: LiveWatch): void {
    waiting.add(watch);
    if (isTelling) return;
    isTelling = true;
    clock.soon(tellSome);
  }

  function tellSome(): void {
    isTelling = false;
    let left = stepsPerTurnMax;
    for (const watch of waiting) {
      if (left === 0) break;
      left -= 1;
      // In turn: who has more to tell stands behind the others.
      waiting.delete(watch);
      if (watch.tellNext()) waiting.add(watch);
      if (watch.ref === null) attend(watch, undefined);
    }
    if (waiting.size === 0 || isTelling) return;
    isTelling = true;
    clock.soon(tellSome);
  }

  function attend(watch: LiveWatch, ref: AnyActorRef | undefined): void {
    for (const [followed, by] of byRef) if (by === watch) byRef.delete(followed);
    if (ref !== undefined) byRef.set(ref, watch);
    watch.follow(ref ?? null);
  }

  function open(actor: ActorName): LiveWatch {
    const watch = new LiveWatch({ actor, clock, charts, show, waits });
    watches.set(actor, watch);
    stopHearing ??= overhear(root, observe);
    attend(watch, find(actor));
    return watch;
  }

  function close(actor: ActorName, watch: LiveWatch): void {
    watches.delete(actor);
    waiting.delete(watch);
    attend(watch, undefined);
    if (watches.size > 0) return;
    stopHearing?.();
    stopHearing = null;
  }

  return {
    watch(actor, tell) {
      const watch = watches.get(actor) ?? open(actor);
      watch.introduce(tell);
      watch.tellers.add(tell);
      return () => {
        watch.tellers.delete(tell);
        if (watch.tellers.size === 0 && watches.get(actor) === watch) close(actor, watch);
      };
    },
    look() {
      for (const [actor, watch] of watches) {
        watch.look();
        if (watch.ref === null) attend(watch, find(actor));
      }
    },
  };
}
