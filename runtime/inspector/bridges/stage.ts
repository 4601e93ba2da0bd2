/**
 * Who is shown, and a bounded list of what they did since it was told last. Keeps references
 * alone, so a step costs little; what they come to in plain data is asked for in the telling.
 * What does not fit is counted, and where an actor stands is made up for.
 */
import type { PlainEvent, Sight, Stand, Standing, Subject, Words } from './sights.ts';

export const stageLimits = {
  /** Steps in one telling. */
  stepsMax: 200,
  /** Of those of whom there may be thousands, shown at a time: proposals, effects, instances. */
  crowdMax: 32,
} as const;

export type Stage = Readonly<{
  /** False where there is no room. */
  show(subject: Subject): boolean;
  heard(subject: Subject, event: PlainEvent, source: string | null): void;
  moved(subject: Subject, event: PlainEvent, snapshot: Standing): void;
  leave(subject: Subject): void;
  /** Something happened to somebody who is not shown. */
  missed(): void;
  named(name: string): Subject | undefined;
  everybody(): readonly Subject[];
  /** What happened since, which is then forgotten. */
  tell(): readonly Sight[];
  clear(): void;
}>;

type Step = () => Sight;

/** Stands for the events that were left out before somebody came to stand where it does. */
const unseen: PlainEvent = { type: 'quorate.dropped' };

const isInCrowd = ({ name }: Subject): boolean => /^[^/]+\/(proposal|effect|instance)\//.test(name);

export function createStage({ standOf, eventOf }: Words): Stage {
  const shown = new Map<string, Subject>();
  /** Of whom a step was left out. */
  const behind = new Set<Subject>();
  let crowd = 0;
  let notes: Step[] = [];
  let steps = 0;
  let dropped = 0;

  const step = (subject: Subject, note: Step): boolean => {
    if (shown.get(subject.name) !== subject) return true;
    steps += 1;
    if (steps <= stageLimits.stepsMax) notes.push(note);
    else dropped += 1;
    return steps <= stageLimits.stepsMax;
  };
  const leave = (subject: Subject): void => {
    if (shown.get(subject.name) !== subject) return;
    shown.delete(subject.name);
    if (isInCrowd(subject)) crowd -= 1;
    if (behind.delete(subject)) notes.push(catchUp(subject));
    notes.push(() => ({ type: 'left', subject }));
  };
  const catchUp =
    (subject: Subject): Step =>
    () => ({ type: 'moved', subject, event: unseen, stand: subject.stand() });

  return {
    show(subject) {
      const before = shown.get(subject.name);
      if (before !== undefined) leave(before);
      if (isInCrowd(subject)) {
        if (crowd >= stageLimits.crowdMax) return false;
        crowd += 1;
      }
      shown.set(subject.name, subject);
      notes.push(() => ({ type: 'appeared', subject }));
      return true;
    },
    heard(subject, event, source) {
      step(subject, () => ({
        type: 'heard',
        subject,
        event: eventOf(event, subject.instance),
        source,
      }));
    },
    moved(subject, event, snapshot) {
      const stand = (): Stand => standOf(snapshot, subject.instance);
      const isNoted = step(subject, () => ({
        type: 'moved',
        subject,
        event: eventOf(event, subject.instance),
        stand: stand(),
      }));
      if (isNoted) behind.delete(subject);
      else behind.add(subject);
    },
    leave,
    missed: () => void (dropped += 1),
    named: (name) => shown.get(name),
    everybody: () => [...shown.values()],
    tell() {
      for (const subject of behind) notes.push(catchUp(subject));
      behind.clear();
      const told = notes.flatMap((note) => {
        try {
          return note();
        } catch {
          // Some user's context may hold what throws when it is looked at.
          dropped += 1;
          return [];
        }
      });
      if (dropped > 0) told.push({ type: 'dropped', count: dropped });
      notes = [];
      steps = 0;
      dropped = 0;
      return told;
    },
    clear() {
      shown.clear();
      behind.clear();
      crowd = 0;
      notes = [];
      steps = 0;
      dropped = 0;
    },
  };
}
