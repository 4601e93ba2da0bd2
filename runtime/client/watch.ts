/**
 * Every committed event of one instance, in order, without a gap, for as long as anybody wants
 * them: across lost connections it goes on where it stopped.
 */
import { QuorateError } from '../../machines/protocol/errors.ts';
import { ConnectionLost, Unreachable } from './connection.ts';
import type { StateAnswer } from './messages.ts';
import { clusterUnreachable } from './propose.ts';
import { read } from './read.ts';
import { pause, pauseBefore, type Rotation } from './rotation.ts';

export type WatchRequest = Readonly<{
  machine: string;
  key: string;
  /** Null: from what every proposal acknowledged by now has led to. */
  afterIndex: number | null;
}>;

export type Watcher = Readonly<{
  seen: (state: StateAnswer) => void;
  /** It will be tried again. */
  interrupted: (why: string) => void;
  signal: AbortSignal;
}>;

/** How long the first node may let us wait; after that, patience has no end. */
const firstAnswerMs = 5_000;
const connectMs = 1_000;

const passing: ReadonlySet<string> = new Set(['no-leader', 'shutting-down', 'overloaded']);

export async function watch(
  rotation: Rotation,
  request: WatchRequest,
  watcher: Watcher,
): Promise<void> {
  watcher.signal.addEventListener('abort', () => rotation.close());
  try {
    await watchOn(rotation, request, watcher);
  } finally {
    // An open connection would keep the process alive, also when the watching was refused.
    rotation.close();
  }
}

async function watchOn(
  rotation: Rotation,
  { machine, key, afterIndex }: WatchRequest,
  { seen, interrupted, signal }: Watcher,
): Promise<void> {
  let after = afterIndex ?? (await indexOf(rotation, machine, key));
  let wasConnected = afterIndex === null;
  let failures = 0;

  while (!signal.aborted) {
    let why: string;
    try {
      const connection = await rotation.connected(connectMs);
      wasConnected = true;
      // The signal may have come while we connected.
      if (signal.aborted) break;
      const refusal = await connection.subscribe(
        { type: 'subscribe', machine, key, afterIndex: after },
        (state) => {
          failures = 0;
          after = state.index;
          seen(state);
        },
      );
      if (!passing.has(refusal.code)) throw new QuorateError(refusal.code, refusal.message);
      why = refusal.message;
    } catch (error) {
      if (!(error instanceof ConnectionLost || error instanceof Unreachable)) throw error;
      if (!wasConnected) throw clusterUnreachable(error.message);
      why = error.message;
    }
    rotation.moveOn();
    if (signal.aborted) break;
    interrupted(why);
    await pause(rotation.clock, pauseBefore(failures));
    failures += 1;
  }
}

const indexOf = async (rotation: Rotation, machine: string, key: string): Promise<number> => {
  const consistency = 'linearizable';
  return (await read(rotation, { machine, key, consistency, timeoutMs: firstAnswerMs })).index;
};
