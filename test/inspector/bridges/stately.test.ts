/** `/inspect/stately`, looked at by the receiver of `@statelyai/inspect` itself. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  createInspector,
  createWebSocketReceiver,
  type StatelyInspectionEvent,
} from '@statelyai/inspect';
import { createInspectorServer } from '@statelyai/inspect/server';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { WebSocket } from 'ws';
import { createActor, createMachine, type AnyStateMachine } from 'xstate';
import { bin, eventually, freePorts } from '../../cluster/cluster.ts';
import { parcel, startTrio, type Trio } from './trio.ts';

let trio: Trio;
beforeAll(async () => {
  trio = await startTrio({ stately: true });
});
afterAll(async () => {
  await trio[Symbol.asyncDispose]();
});

const look = (): StatelyInspectionEvent[] => {
  const seen: StatelyInspectionEvent[] = [];
  const receiver = createWebSocketReceiver({
    server: `ws://${trio.leader.address}/inspect/stately`,
  });
  receiver.subscribe((event) => void seen.push(event));
  return seen;
};

const kinds = ['peer', 'link', 'proposal', 'effect', 'instance'] as const;
/** The node is called by its name alone, the kinds by what stands behind it. */
const kindOf = (sessionId: string): string => sessionId.split('/')[1] ?? 'node';

const definitionOf = (event: StatelyInspectionEvent): AnyStateMachine | null => {
  if (event.type !== '@xstate.actor' || event.definition === undefined) return null;
  return createMachine(JSON.parse(event.definition));
};

describe('a receiver of @statelyai/inspect', () => {
  let seen: StatelyInspectionEvent[];
  beforeAll(async () => {
    seen = look();
    await eventually('the node is shown', async () =>
      seen.some(({ sessionId }) => sessionId === trio.leaderName),
    );
    const actor = trio.leader.actor(parcel, 'k1', { name: 'parcel' });
    actor.subscribe(() => {});
    await actor.propose({ type: 'HOLD' });
    await eventually('the effect has ended in the instance', async () =>
      actor.getSnapshot().matches({ way: 'moving' }),
    );
    await actor.propose({ type: 'STOP', where: 'x'.repeat(100_000) });
    await eventually('the STOP is seen', async () =>
      seen.some((event) => event.type === '@xstate.event' && event.event.type === 'STOP'),
    );
  });

  test('sees every kind of actor, and instances, by names that nothing else in the cluster has', () => {
    const found = new Set(seen.map(({ sessionId }) => kindOf(sessionId)));
    for (const kind of ['node', 'duty', 'divergence', 'proposals', ...kinds]) {
      assert.ok(found.has(kind), `no ${kind} among ${[...found].join()}`);
    }
    for (const { sessionId } of seen) assert.match(sessionId, /^n[123](\/.+)?$/);
    assert.ok(seen.every(({ rootId }) => rootId === trio.leaderName));
  });

  test('is told of each actor before what it does', () => {
    const known = new Set<string>();
    for (const { type, sessionId } of seen) {
      if (type === '@xstate.actor') known.add(sessionId);
      else assert.ok(known.has(sessionId), `${sessionId} was never introduced`);
    }
    const parents = seen.flatMap((event) => ('parentId' in event ? (event.parentId ?? []) : []));
    for (const parent of parents) assert.ok(known.has(parent), `${parent} is not there`);
  });

  test('finds each snapshot to be a state of the chart that it was given', () => {
    const charts = new Map<string, AnyStateMachine>();
    let resolved = 0;
    for (const event of seen) {
      const chart = definitionOf(event);
      if (chart !== null) charts.set(event.sessionId, chart);
      if (event.type === '@xstate.event') continue;
      const { value } = event.snapshot as { value?: never };
      if (value === undefined) continue;
      const state = charts.get(event.sessionId)?.resolveState({ value, context: {} });
      assert.deepEqual(state?.value, value);
      resolved += 1;
    }
    assert.ok(resolved > 20, `${resolved} states`);
  });

  test('gets the fields that the package itself would send', () => {
    const own: StatelyInspectionEvent[] = [];
    const inspector = createInspector({ send: (event) => void own.push(event) });
    const actor = createActor(createMachine({ initial: 'a', states: { a: {} } }));
    inspector.actor(actor);
    inspector.event(actor, { type: 'A' });
    inspector.snapshot(actor, actor.getSnapshot());
    const fieldsOf = (event: StatelyInspectionEvent): readonly string[] =>
      Object.entries(event)
        .filter(([, value]) => value !== undefined)
        .map(([name]) => name);
    for (const model of own) {
      const ours = seen.filter(({ type }) => type === model.type);
      assert.ok(ours.length > 0, model.type);
      for (const field of fieldsOf(model)) {
        for (const event of ours) assert.ok(field in event, `${field} of ${model.type}`);
      }
    }
  });

  test('is spared what nobody could read: a log, a long text', () => {
    const longest = Math.max(
      ...seen
        .filter(({ type }) => type !== '@xstate.actor')
        .map((event) => JSON.stringify(event).length),
    );
    assert.ok(longest < 20_000, `${longest} characters`);
  });

  test('which comes late is introduced to everybody who is there', async () => {
    const late = look();
    const expected = [trio.leaderName, 'duty', 'divergence', 'proposals', 'link', 'peer'];
    await eventually('all are introduced', async () => {
      const introduced = late
        .filter(({ type }) => type === '@xstate.actor')
        .map(({ sessionId }) => sessionId);
      return (
        expected.every((part) => introduced.some((name) => name.includes(part))) &&
        introduced.includes(`${trio.leaderName}/instance/parcel/k1`)
      );
    });
    assert.equal(late[0]?.sessionId, trio.leaderName, 'parents come first');
    const instance = late.find(({ sessionId }) => sessionId.includes('/instance/'));
    assert.equal(instance?.type, '@xstate.actor');
  });

  test('which sits behind the server of the package sees what is passed on to it', async () => {
    const [port = 0] = await freePorts(1);
    const server = createInspectorServer({ port, autoOpen: false });
    const inspector = new WebSocket(`ws://127.0.0.1:${port}`);
    await once(inspector, 'open');
    const passed: StatelyInspectionEvent[] = [];
    const receiver = createWebSocketReceiver({ server: `ws://127.0.0.1:${port}` });
    receiver.subscribe((event) => void passed.push(event));
    const node = new WebSocket(`ws://${trio.leader.address}/inspect/stately`);
    node.on('message', (frame) => inspector.send((frame as Buffer).toString()));
    await eventually('the node is shown', async () =>
      passed.some(
        ({ type, sessionId }) => type === '@xstate.actor' && sessionId === trio.leaderName,
      ),
    );
    node.terminate();
    inspector.terminate();
    server.stop();
  });
});

test('a node that is started with --inspect stately serves it, and hears nothing there', async () => {
  const [port = 0] = await freePorts(1);
  const folder = await mkdtemp(path.join(tmpdir(), 'quorate-bridges-'));
  const listen = `127.0.0.1:${port}`;
  const args = [bin, 'node', '--id', 'n1', '--listen', listen, '--data', path.join(folder, 'n1')];
  const node = spawn(process.execPath, [...args, '--inspect', 'stately'], { stdio: 'ignore' });
  try {
    const viewer = await eventually('the door is open', async () => {
      const webSocket = new WebSocket(`ws://${listen}/inspect/stately`);
      await once(webSocket, 'open');
      return webSocket;
    });
    for (const frame of ['garbage', '{"type":"@xstate.event"}', Buffer.alloc(9)])
      viewer.send(frame);
    const [frame] = (await once(viewer, 'message')) as [Buffer];
    assert.equal((JSON.parse(frame.toString()) as { sessionId: string }).sessionId, 'n1');
    viewer.close();
  } finally {
    node.kill('SIGTERM');
    const [status] = (await once(node, 'exit')) as [number];
    await rm(folder, { recursive: true });
    assert.equal(status, 0);
  }
});
