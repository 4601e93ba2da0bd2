import assert from 'node:assert/strict';
import { test } from 'vitest';
import { watch } from '../../runtime/client/watch.ts';
import { rotate } from '../../runtime/client/rotation.ts';
import { virtualClock } from '../transport/virtual-clock.ts';
import { quiet } from '../world/quiet.ts';
import { scriptedNodes } from './scripted-nodes.ts';
import { state } from './scripted-cluster.ts';

test('who watches is told of nothing twice, whatever a node says', async () => {
  const said = [state(3, 'paid'), state(3, 'paid'), state(2, 'open'), state(5, 'paid')];
  const { dial, urls, nodes } = scriptedNodes(() => said);
  const seen: number[] = [];
  const stop = new AbortController();
  const watching = watch(
    rotate({ urls, clock: virtualClock(), dial }),
    { machine: 'order', key: '42', afterIndex: 0 },
    { seen: ({ index }) => seen.push(index), interrupted: () => {}, signal: stop.signal },
  );
  await quiet();
  assert.deepEqual(seen, [3, 5]);
  stop.abort();
  await watching;
  assert.equal(nodes[0]?.open(), 0);
});
