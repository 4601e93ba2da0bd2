/** What an entry made an instance hear, so that its step can be taken once more. */
import type { Entry, MachineEvent } from '../../machines/protocol/entry.ts';
import type { Stimulus } from '../../machines/replica/engine.ts';
import type { Pending } from '../../machines/replica/pending.ts';
import { decodeCommand } from '../command-codec.ts';

/** `before` is what the instance waited for by then. */
export function stimulusOf(
  entry: Entry | undefined,
  event: MachineEvent,
  before: Pending,
): Stimulus {
  const payload = entry?.kind === 'command' ? decodeCommand(entry.payload) : null;
  if (payload === null || !('chore' in payload)) return { type: 'event', event };
  const { chore } = payload;
  if (chore.type === 'fire') {
    const delayed = before.timers.find(({ timer }) => timer === chore.timer);
    return delayed === undefined ? { type: 'event', event } : { type: 'timer', delayed };
  }
  if (chore.type === 'hear') {
    const effect = before.effects.find(({ id }) => id === chore.effect);
    if (effect?.wish.kind !== 'invocation') return { type: 'event', event };
    return { type: 'said', session: effect.wish.session, said: chore.said };
  }
  return { type: 'event', event };
}

/** What an instance began with, if that entry began it. */
export function inputIn(entry: Entry | undefined): unknown {
  const payload = entry?.kind === 'command' ? decodeCommand(entry.payload) : null;
  return payload === null || 'chore' in payload ? undefined : payload.input;
}
