/**
 * What a node's actors and instances do, for the inspectors that others have made. Nothing is
 * attached to the node while nobody looks. Whoever looks is told some times a second.
 */
import type { AnyActorRef, AnyStateMachine } from 'xstate';
import type { Alarm, Clock } from '../../clock.ts';
import type { Roster } from './roster.ts';
import { showing, type Redact } from '../showing.ts';
import { wordsBy, type Sight, type Subject } from './sights.ts';
import { createStage } from './stage.ts';
import { watchActors } from './watched-actors.ts';
import { watchInstances, type WatchInstances } from './watched-instances.ts';

/** From one telling to the next. */
const tellEveryMs = 100;

export type Observer = (sights: readonly Sight[]) => void;

export type Observation = Readonly<{
  /** Until it is called off. */
  look(observer: Observer): () => void;
  /** Parents before their children. All that they did before is told first. */
  everybody(): readonly Subject[];
  /** As long as it is shown. */
  named(name: string): Subject | undefined;
}>;

export type ObservationParts = Readonly<{
  node: string;
  root: AnyActorRef;
  roster: Roster;
  clock: Clock;
  watchInstances: WatchInstances;
  machineOf: (name: string) => AnyStateMachine | undefined;
  /** What may be seen of a value; null: all of it. */
  redact: Redact | null;
}>;

export function observationOf(parts: ObservationParts): Observation {
  const { clock } = parts;
  const words = wordsBy(showing(parts.redact));
  const stage = createStage(words);
  const observers = new Set<Observer>();
  let detach = (): void => {};
  let alarm: Alarm = null;

  const tell = (): void => {
    const sights = stage.tell();
    if (sights.length > 0) for (const observer of observers) observer(sights);
  };
  const keepTelling = (): void => {
    alarm = clock.setTimeout(() => {
      tell();
      keepTelling();
    }, tellEveryMs);
  };

  const attach = (): void => {
    const callOff = [
      watchActors({ ...parts, words, stage }),
      watchInstances({ ...parts, words, stage }),
    ];
    detach = () => callOff.forEach((each) => each());
    // Nobody has been told of anybody yet: whoever looks asks for everybody.
    stage.tell();
    keepTelling();
  };

  return {
    look(observer) {
      if (observers.size === 0) attach();
      observers.add(observer);
      return () => {
        if (!observers.delete(observer) || observers.size > 0) return;
        clock.clearTimeout(alarm);
        detach();
        stage.clear();
      };
    },
    everybody() {
      tell();
      return stage.everybody();
    },
    named: (name) => stage.named(name),
  };
}
