/** Puts the instances of the users' machines on the stage, each when it first takes an event. */
import type { AnyStateMachine } from 'xstate';
import type { AppliedEvent } from '../../service.ts';
import type { Subject, Words } from './sights.ts';
import type { Stage } from './stage.ts';

type Parts = Readonly<{
  node: string;
  stage: Stage;
  words: Words;
  /** Tells of every event that an instance has taken, until it is called off. */
  watchInstances: WatchInstances;
  /** The definition that a machine's instances are of now. */
  machineOf: (name: string) => AnyStateMachine | undefined;
}>;

export type WatchInstances = (seen: (event: AppliedEvent) => void) => () => void;

export function watchInstances({ node, stage, words, watchInstances: watch, machineOf }: Parts) {
  const views = new Map<string, AppliedEvent['view']>();

  const saw = ({ machine: name, key, event, view }: AppliedEvent): void => {
    const machine = machineOf(name);
    if (machine === undefined) return;
    const called = `${node}/instance/${name}/${key}`;
    const known = stage.named(called);
    const instance = { machine: name, key };
    // Under another definition it is shown anew.
    const subject: Subject =
      known?.machine === machine
        ? known
        : {
            name: called,
            parent: node,
            machine,
            instance,
            stand: () => words.standOf(views.get(called) ?? view, instance),
          };
    if (subject !== known && !stage.show(subject)) return stage.missed();
    views.set(called, view);
    stage.heard(subject, event, null);
    stage.moved(subject, event, view);
    if (view.status === 'active') return;
    stage.leave(subject);
    views.delete(called);
  };

  return watch((event) => {
    try {
      saw(event);
    } catch {
      stage.missed();
    }
  });
}
