/** A network of simulated sockets for a test: its time, the lives on it, and all that was sent. */
import { chance } from '../random.ts';
import { Life } from '../life.ts';
import { Timeline } from '../timeline.ts';
import type { FrameKind } from './frame.ts';
import { createSocketNetwork, type SocketNetworkOptions } from './network.ts';
import { quiet } from '../quiet.ts';

type Sent = Readonly<{
  from: string;
  to: string;
  plane: string;
  kind: FrameKind;
  bytes: Uint8Array;
}>;

export type Stage = ReturnType<typeof createStage>;

export function createStage(
  options: Partial<Pick<SocketNetworkOptions, 'weather' | 'systemBytesMax'>> = {},
  seed = 1,
) {
  const timeline = new Timeline();
  const sent: Sent[] = [];
  const log: string[] = [];
  let ids = 0;
  const network = createSocketNetwork({
    scheduler: timeline,
    chance: chance(seed, 'sockets'),
    onFrame(from, to, plane, kind, bytes) {
      sent.push({ from, to, plane, kind, bytes });
      log.push(
        `${timeline.nowMs} ${from} ${to} ${plane} ${kind} ${Buffer.from(bytes).toString('hex')}`,
      );
    },
    ...options,
  });
  const newId = (): string => {
    ids += 1;
    return `00000000-0000-7000-8000-${String(ids).padStart(12, '0')}`;
  };
  const step = async (untilMs: number): Promise<boolean> => {
    const moment = timeline.take(untilMs);
    if (moment === null) return false;
    moment.run();
    await quiet();
    return true;
  };

  return {
    timeline,
    network,
    sent: sent as readonly Sent[],
    /** One line for each frame. */
    log: log as readonly string[],
    life: (name: string): Life =>
      new Life(timeline, chance(seed, name), newId, { touched() {}, rang() {} }),

    run: async (ms: number): Promise<void> => {
      const untilMs = timeline.nowMs + ms;
      await quiet();
      while (await step(untilMs));
      timeline.nowMs = untilMs;
    },

    /** Fails after `withinMs`. */
    until: async (holds: () => boolean, withinMs = 60_000): Promise<void> => {
      const untilMs = timeline.nowMs + withinMs;
      await quiet();
      while (!holds()) {
        if (await step(untilMs)) continue;
        throw new Error(`it did not come true within ${withinMs} ms: ${String(holds)}`);
      }
    },
  };
}
