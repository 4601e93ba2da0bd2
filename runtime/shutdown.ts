/**
 * Leaving in good order: leadership is handed over first, so that the others need no election;
 * then what is in flight may end; then everything is closed. Each step has its time, all of them
 * together `shutdownMs`, because a node must be ready to be killed at any moment anyway.
 */
import { limits } from '../machines/protocol/limits.ts';
import type { Clock } from './clock.ts';
import type { NodeSnapshot } from './host.ts';
import type { Core } from './core.ts';

const fresh = { role: { leader: { office: 'fresh' } } } as const;

type Running = Readonly<{ core: Core; clock: Clock; closeAll: () => Promise<void> }>;

export async function leaveInGoodOrder({ core, clock, closeAll }: Running): Promise<void> {
  const part = limits.shutdownMs / 4;
  core.proposals.takeNoMore();
  // A leader that cannot tell yet what is current has nothing to hand over.
  await until(core, clock, part, (snapshot) => !snapshot.matches(fresh));
  core.transfer(null);
  await until(core, clock, part, ({ value, context }) => {
    const leads = typeof value.role === 'object' && 'leader' in value.role;
    return !leads || context.voters.length === 1;
  });
  await until(core, clock, part, () => core.proposals.inFlight() === 0);
  await core.stop();
  await closeAll();
}

/** Resolves when the node has come to be so, or after so many ms. */
function until(
  core: Core,
  clock: Clock,
  withinMs: number,
  isSo: (snapshot: NodeSnapshot) => boolean,
): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clock.clearTimeout(alarm);
      watching.unsubscribe();
      resolve();
    };
    const alarm = clock.setTimeout(done, withinMs);
    const look = (snapshot: NodeSnapshot): void => void (isSo(snapshot) && done());
    const watching = core.actor.subscribe({ next: look, error: done, complete: done });
    look(core.snapshot());
  });
}
