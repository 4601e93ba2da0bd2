/**
 * An event as it will be sent, however long and often that takes: put into words once, so that
 * nobody can change it between one sending and the next under the same id.
 */
import type { MachineEvent } from '../../machines/protocol/entry.ts';
import { limits } from '../../machines/protocol/limits.ts';
import { QuorateClientError } from './client-error.ts';

export type EventText = Readonly<{ event: MachineEvent; input?: unknown; chars: number }>;

/** Throws `invalid-event` and `too-large`. The cluster has more to object to, and says so itself. */
export function inWriting(event: unknown, input: unknown): EventText {
  const text = textOf({ event, input });
  const { eventBytesMax } = limits;
  // No character takes more than three bytes; most texts need not be counted.
  const bytes = text.length * 3 > eventBytesMax ? new TextEncoder().encode(text).length : 0;
  if (bytes - emptyChars > eventBytesMax) {
    const message = `the event takes ${bytes} bytes as JSON; at most ${eventBytesMax} can be sent`;
    throw new QuorateClientError('too-large', 'refused', message);
  }
  return { ...(JSON.parse(text) as EventText), chars: text.length };
}

const emptyChars = JSON.stringify({ event: '', input: '' }).length;

function textOf(value: object): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    const message = `it cannot be written as JSON: ${(error as Error).message}`;
    throw new QuorateClientError('invalid-event', 'refused', message, { cause: error });
  }
}
