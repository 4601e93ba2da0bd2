/**
 * Every committed event of one instance after a given one, in order, without a gap, for as long
 * as anybody wants them: across lost connections it goes on where it stopped.
 */
import { QuorateError } from '../../machines/protocol/errors.ts';
import { ConnectionLost, Unreachable } from './connection.ts';
import { sleep } from './insist.ts';
import type { StateAnswer } from './messages.ts';
import type { Rotation } from './rotation.ts';

export type Instance = Readonly<{ machine: string; key: string }>;

export type Watcher = Readonly<{
  seen: (state: StateAnswer) => void;
  /** It will be tried again. */
  interrupted: (why: string) => void;
  signal: AbortSignal;
}>;

const connectMs = 1_000;

const passing: ReadonlySet<string> = new Set([
  'no-leader',
  'shutting-down',
  'diverged',
  'overloaded',
]);

/**
 * Resolves when the signal has ended it. Rejects with a QuorateError when it is refused for good,
 * and with what `unreachable` makes of it where no node was ever reached.
 */
export async function follow(
  rotation: Rotation,
  { machine, key }: Instance,
  afterIndex: number,
  { seen, interrupted, signal }: Watcher,
  unreachable?: (why: string) => Error,
): Promise<void> {
  let after = afterIndex;
  let wasConnected = unreachable === undefined;
  let failures = 0;

  while (!signal.aborted) {
    let why: string;
    try {
      const connection = await rotation.connected(connectMs);
      wasConnected = true;
      // The signal may have come while we connected.
      if (signal.aborted) break;
      try {
        const refusal = await connection.subscribe(
          { type: 'subscribe', machine, key, afterIndex: after },
          (state) => {
            if (state.index <= after) return;
            failures = 0;
            after = state.index;
            seen(state);
          },
          signal,
        );
        if (refusal === null) return;
        if (!passing.has(refusal.code)) throw new QuorateError(refusal.code, refusal.message);
        why = refusal.message;
        // It has as many subscriptions as it takes, ours among them; the others may stay.
        if (refusal.code !== 'overloaded') rotation.moveOn(connection);
      } catch (error) {
        if (!(error instanceof ConnectionLost)) throw error;
        why = error.message;
        rotation.moveOn(connection);
      }
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      if (!wasConnected && unreachable !== undefined) throw unreachable(error.message);
      why = error.message;
    }
    if (signal.aborted) break;
    interrupted(why);
    await sleep(rotation.clock, rotation.pauseBefore(failures), signal);
    failures += 1;
  }
}
