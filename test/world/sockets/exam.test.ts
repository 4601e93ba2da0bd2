import { test } from 'vitest';
import { nodeId } from '../../../machines/protocol/ids.ts';
import { examineTransport } from '../../../runtime/transport/exam.ts';
import type { Host } from './network.ts';
import { socketTransport } from './peers.ts';
import { createStage, type Stage } from './stage.ts';

const members = ['alpha', 'bravo'].map(nodeId);
const stages: Stage[] = [];

/** Sits an exam that knows nothing of our time: it passes while something is still to come. */
const inSimulatedTime = (title: string, run: () => Promise<void>): void => {
  test(title, async () => {
    let isOver = false;
    const over = run().finally(() => (isOver = true));
    await stages.at(-1)?.until(() => isOver);
    await over;
  });
};

examineTransport('websocket on simulated sockets', {
  test: inSimulatedTime,
  pair: async () => {
    const stage = createStage();
    const hosts = new Map<string, Host>();
    stages.push(stage);
    return {
      async start(node, listener) {
        const earlier = hosts.get(node);
        const life = stage.life(node);
        if (earlier !== undefined) {
          (earlier.program as ReturnType<Stage['life']>).end();
          earlier.exit('process');
        }
        const host = stage.network.join(node, life);
        hosts.set(node, host);
        return socketTransport({
          host,
          self: { cluster: 'test', node, machines: { order: 'f00' }, version: '0' },
          peers: members.filter((member) => member !== node),
          listener,
        });
      },
      dispose: async () => {},
    };
  },
});
