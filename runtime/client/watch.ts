/** What one process that has nothing else to do asks for: to follow one instance. */
import { clusterUnreachable } from './propose.ts';
import { follow, type Instance, type Watcher } from './follow.ts';
import { read } from './read.ts';
import type { Rotation } from './rotation.ts';

export type WatchRequest = Instance &
  Readonly<{
    /** Null: from what every proposal acknowledged by now has led to. */
    afterIndex: number | null;
  }>;

export type { Watcher } from './follow.ts';

/** How long the first node may let us wait; after that, patience has no end. */
const firstAnswerMs = 5_000;

/** The rotation is closed when it ends. */
export async function watch(
  rotation: Rotation,
  { afterIndex, ...instance }: WatchRequest,
  watcher: Watcher,
): Promise<void> {
  watcher.signal.addEventListener('abort', () => rotation.close());
  try {
    const after = afterIndex ?? (await indexOf(rotation, instance));
    const isReached = afterIndex === null;
    await follow(rotation, instance, after, watcher, isReached ? undefined : clusterUnreachable);
  } finally {
    // An open connection would keep the process alive, also when the watching was refused.
    rotation.close();
  }
}

const indexOf = async (rotation: Rotation, instance: Instance): Promise<number> => {
  const consistency = 'linearizable';
  return (await read(rotation, { ...instance, consistency, timeoutMs: firstAnswerMs })).index;
};
