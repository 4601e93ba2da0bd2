/** What a leader put into the log, in words. */
import type { Chore } from '../../machines/protocol/chore.ts';
import { unreachable } from '../../machines/protocol/invariant.ts';

export type ChoreWords = Readonly<{
  kind: 'deadline' | 'effect' | 'chore';
  what: string;
  machine: string | null;
  key: string | null;
}>;

export function wordsForChore(chore: Chore): ChoreWords {
  const { machine, key } = { machine: null, key: null, ...chore };
  switch (chore.type) {
    case 'tick':
      return { kind: 'chore', what: `${chore.node} tells the time`, machine, key };
    case 'fire':
      return { kind: 'deadline', what: `deadline ${chore.timer} has come`, machine, key };
    case 'hear':
      return { kind: 'effect', what: `effect ${chore.effect} has something to say`, machine, key };
    case 'claim':
      return { kind: 'effect', what: `effect ${chore.effect} is claimed`, machine, key };
    case 'done':
      return { kind: 'effect', what: `done: effect ${chore.effects.join(', ')}`, machine, key };
    case 'deliver':
      return { kind: 'effect', what: `effect ${chore.effect} is delivered`, machine, key };
    case 'knows':
      return { kind: 'chore', what: `${chore.node} tells its definitions`, machine, key };
    case 'refused':
      return {
        kind: 'chore',
        what: `an upgrade of ${chore.machine} came to nothing`,
        machine,
        key,
      };
    default:
      return unreachable(chore);
  }
}
