/** `/inspect/legacy`, looked at by the receiver of `@xstate/inspect` itself, with its XState 4. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, describe, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { eventually } from '../../cluster/cluster.ts';
import { parcel, startTrio, type Trio } from './trio.ts';
import {
  createWebSocketReceiver,
  type InspectReceiver,
  type ParsedReceiverEvent,
} from '../../stately/packages.ts';

let trio: Trio;
beforeAll(async () => {
  trio = await startTrio();
});
afterAll(async () => {
  await trio[Symbol.asyncDispose]();
});

const addressOf = ({ leader }: Trio): string => `${leader.address}/inspect/legacy`;

/** Any of them: each has some of the fields. */
type Seen = { type: string; sessionId: string } & Partial<
  Omit<Extract<ParsedReceiverEvent, { type: 'service.register' }>, 'type' | 'sessionId'> &
    Omit<Extract<ParsedReceiverEvent, { type: 'service.event' }>, 'type' | 'sessionId'>
>;

function look(at = trio): Readonly<{ seen: Seen[]; receiver: InspectReceiver }> {
  const seen: Seen[] = [];
  const receiver = createWebSocketReceiver({ server: addressOf(at), serialize: undefined });
  receiver.subscribe((event) => void seen.push(event));
  return { seen, receiver };
}

const isRegistered = async (seen: readonly Seen[], name: string): Promise<boolean> =>
  seen.some(({ type, sessionId }) => type === 'service.register' && sessionId === name);

describe('a receiver of @xstate/inspect', () => {
  let seen: Seen[];
  const complaints: unknown[] = [];

  beforeAll(async () => {
    // It says there what it cannot read, and goes on.
    for (const level of ['error', 'warn'] as const) {
      vi.spyOn(console, level).mockImplementation((...said) => void complaints.push(said));
    }
    ({ seen } = look());
    await eventually('the node is registered', () => isRegistered(seen, trio.leaderName));
    const actor = trio.leader.actor(parcel, 'k1', { name: 'parcel' });
    actor.subscribe(() => {});
    await actor.propose({ type: 'HOLD' });
    await eventually('the effect has ended in the instance', async () =>
      actor.getSnapshot().matches({ way: 'moving' }),
    );
    for (const where of ['here', 'there']) await actor.propose({ type: 'STOP', where });
    const lifecycle = trio.leader.actor('lifecycle', 'cluster');
    await lifecycle.propose({ type: 'RUN' });
    await eventually('the lifecycle is seen', () =>
      isRegistered(seen, `${trio.leaderName}/instance/lifecycle/cluster`),
    );
    await eventually('proposals have ended', async () =>
      seen.some(
        ({ type, sessionId }) => type === 'service.stop' && sessionId.includes('/proposal/'),
      ),
    );
  });
  afterAll(() => vi.restoreAllMocks());

  test("is shown every chart of this project, and the user's, live", () => {
    const charts = new Set(seen.map(({ machine }) => machine?.id).filter((id) => id !== undefined));
    assert.deepEqual([...charts].toSorted(), [
      'divergence',
      'duty',
      'effect',
      'lifecycle',
      'link',
      'node',
      'parcel',
      'peer',
      'proposal',
    ]);
  });

  test('resolves each state with its own XState 4', () => {
    const machines = new Map<string, NonNullable<Seen['machine']>>();
    let resolved = 0;
    for (const { sessionId, machine, state } of seen) {
      if (machine !== undefined) machines.set(sessionId, machine);
      if (state === undefined) continue;
      const found = machines.get(sessionId)?.resolveState(state);
      assert.deepEqual(found?.value, state.value, sessionId);
      assert.ok(found !== undefined && found.configuration.length > 0, sessionId);
      resolved += 1;
    }
    assert.ok(resolved > 20, `${resolved} states`);
  });

  test('hears each event under the name that XState 4 has for it', () => {
    const names = new Set(
      seen.map(({ event }) => event?.name).filter((name) => name !== undefined),
    );
    assert.ok(names.has('STOP'));
    assert.ok(names.has('xstate.after(heartbeatInterval)#node.role.leader.pulse.beating'));
    assert.ok([...names].some((name) => name.startsWith('done.invoke.effect/')));
    assert.deepEqual(
      [...names].filter((name) => /^xstate\.(done|error|after\.)/.test(name)),
      [],
    );
    for (const { event } of seen) assert.equal(event?.data.type, event?.name);
  });

  test('has nothing to complain of', () => {
    assert.deepEqual(complaints, []);
  });

  test('which comes late is registered with everybody who is there', async () => {
    const late = look();
    for (const part of ['', '/duty', '/divergence', '/instance/parcel/k1']) {
      await eventually(`${part} is registered`, () =>
        isRegistered(late.seen, `${trio.leaderName}${part}`),
      );
    }
    const at = late.seen.find(({ sessionId }) => sessionId.endsWith('/parcel/k1'));
    assert.deepEqual(at?.state?.value, { way: { moving: 'near' }, paper: 'open' });
  });
});

describe('a viewer that does not behave', () => {
  const frames: readonly (string | Buffer)[] = [
    'no JSON',
    'null',
    '[]',
    '"xstate.inspecting"',
    '{}',
    '{"type":7}',
    '{"type":"xstate.event"}',
    '{"type":"xstate.event","event":"no JSON"}',
    '{"type":"xstate.event","event":"null"}',
    '{"type":"xstate.event","event":"{}","service":{"toString":1}}',
    '{"type":"service.register"}',
    '['.repeat(20_000),
    `{"type":"xstate.event","event":"${'{\\"data\\":'.repeat(5_000)}"}`,
    Buffer.from([0, 1, 2]),
  ];

  test('does no harm: the node serves, and others go on seeing it', async () => {
    const { seen } = look();
    await eventually('the node is registered', () => isRegistered(seen, trio.leaderName));
    const viewer = new WebSocket(`ws://${addressOf(trio)}`);
    await once(viewer, 'open');
    for (const frame of frames) viewer.send(frame);
    for (let nth = 0; nth < 100; nth += 1) viewer.send('{"type":"xstate.inspecting"}');
    const actor = trio.leader.actor(parcel, 'k2', { name: 'parcel' });
    const { accepted } = await actor.propose({ type: 'HOLD' });
    assert.equal(accepted, false);
    await eventually('the others see that', () =>
      isRegistered(seen, `${trio.leaderName}/instance/parcel/k2`),
    );
    viewer.close();
  });

  test('is cut off for a frame that is too large', async () => {
    const viewer = new WebSocket(`ws://${addressOf(trio)}`);
    await once(viewer, 'open');
    viewer.send('x'.repeat(2 * 1024 * 1024));
    const [code] = (await once(viewer, 'close')) as [number];
    assert.equal(code, 1009);
  });

  test('finds nothing at a path that the node was not told to serve', async () => {
    const viewer = new WebSocket(`ws://${trio.leader.address}/inspect/stately`);
    const [, response] = (await once(viewer, 'unexpected-response')) as [
      unknown,
      { statusCode: number },
    ];
    assert.equal(response.statusCode, 404);
    viewer.on('error', () => {});
    viewer.terminate();
  });
});

describe('events from a viewer', () => {
  const event = (data: object): string => JSON.stringify({ name: 'x', data, $$type: 'scxml' });
  const refusalIn = (seen: readonly Seen[]): Seen | undefined =>
    seen.find((each) => each.event?.name === 'quorate.refused');
  const stopsOf = async (at: Trio): Promise<unknown> => {
    const response = await fetch(`http://${at.leader.address}/v1/machines/parcel/k3`);
    const { snapshot } = (await response.json()) as {
      snapshot: { context: { stops: unknown } } | null;
    };
    return snapshot?.context.stops;
  };
  const ready = async (at: Trio) => {
    const viewing = look(at);
    await eventually('the node is registered', () => isRegistered(viewing.seen, at.leaderName));
    const actor = at.leader.actor(parcel, 'k3', { name: 'parcel' });
    actor.subscribe(() => {});
    await actor.propose({ type: 'HOLD' });
    await eventually('it has set off', async () => actor.getSnapshot().matches({ way: 'moving' }));
    const instance = `${at.leaderName}/instance/parcel/k3`;
    await eventually('the instance is registered', () => isRegistered(viewing.seen, instance));
    return { ...viewing, instance };
  };

  test('are refused, visibly, unless the node was told to take them', async () => {
    const { seen, receiver, instance } = await ready(trio);
    receiver.send({
      type: 'xstate.event',
      event: event({ type: 'STOP', where: 'x' }),
      service: instance,
    });
    const refused = await eventually('it is refused', async () => refusalIn(seen));
    assert.equal(refused.sessionId, instance);
    assert.deepEqual(await stopsOf(trio), []);
  });

  describe('where it was', () => {
    let acting: Trio;
    beforeEach(async () => {
      acting = await startTrio({ act: true });
    });
    afterEach(async () => {
      await acting[Symbol.asyncDispose]();
    });

    test('are proposed to instances, and to nothing else', async () => {
      const { seen, receiver, instance } = await ready(acting);
      receiver.send({
        type: 'xstate.event',
        event: event({ type: 'STOP', where: 'x' }),
        service: instance,
      });
      await eventually(
        'it was taken',
        async () => JSON.stringify(await stopsOf(acting)) === '["x"]',
      );
      assert.equal(refusalIn(seen), undefined);

      const { term } = acting.leader.status();
      receiver.send({
        type: 'xstate.event',
        event: event({ type: 'disk.failed', reason: 'mischief' }),
        service: acting.leaderName,
      });
      await eventually('it is refused', async () => refusalIn(seen));
      assert.equal(acting.leader.status().role, 'leader');
      assert.equal(acting.leader.status().term, term);
    });
  });
});
