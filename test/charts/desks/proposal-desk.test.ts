import assert from 'node:assert/strict';
import { test } from 'vitest';
import { createActor, createMachine } from 'xstate';
import { nodeId, proposalId, toIndex, toTerm } from '../../../machines/protocol/ids.ts';
import { limits } from '../../../machines/protocol/limits.ts';
import { refused, type Committed, type Outcome } from '../../../machines/protocol/outcome.ts';
import { decodeCommand } from '../../../runtime/command-codec.ts';
import { proposalDesk } from '../../../runtime/proposal-desk.ts';
import { virtualClock } from '../../transport/virtual-clock.ts';
import { bravo, carol, proposalsNamed } from '../hear.ts';

const committed: Committed = {
  end: 'committed',
  index: toIndex(5),
  term: toTerm(4),
  accepted: true,
  view: { status: 'active', value: 'open', context: {} },
  emitted: [],
};

type Asking = Readonly<{ client?: string; timeoutMs?: number; nowMs?: number; bytes?: number }>;

function openDesk() {
  const heard: string[] = [];
  const clock = virtualClock();
  let woken = 0;
  const parent = createActor(createMachine({})).start();
  const desk = proposalDesk({
    node: nodeId('alpha'),
    parent,
    awake: () => (woken += 1),
    soon: (run) => clock.soon(run),
  });
  return {
    desk,
    woken: () => woken,
    propose: (
      name: string,
      { client = name, timeoutMs = 1_000, nowMs = 0, bytes = 0 }: Asking = {},
    ) =>
      desk.propose(
        {
          proposalId: proposalId(name),
          machine: 'order',
          key: '42',
          event: { type: 'PAY', note: 'x'.repeat(bytes) },
          timeoutMs,
        },
        {
          inFlight: () => void heard.push(`${client} in flight`),
          ended: (outcome: Outcome) =>
            void heard.push(
              `${client} ${outcome.end === 'refused' ? `refused ${outcome.code}` : outcome.end}`,
            ),
        },
        nowMs,
        toIndex(9),
      ),
    /** What clients heard since this was last asked. */
    heard: () => heard.splice(0),
    /** The same, with what is due in a later turn. */
    heardLater: () => {
      clock.advance(0);
      return heard.splice(0);
    },
    gathered: () => desk.gather().map((one) => String(one.proposalId)),
    /** All that is offered to a leader again, turn by turn. */
    offered: (): string[] => {
      const offers: string[] = [];
      while (desk.hasQueued())
        offers.push(...desk.nextToOffer().map((one) => String(one.proposalId)));
      return offers;
    },
  };
}
const end = (name: string) => ({ proposalId: proposalId(name), outcome: committed });

test('what arrives in one turn is gathered as one batch, in its order, and a turn is asked for', () => {
  const { desk, propose, gathered, woken, heard } = openDesk();
  propose('p');
  propose('q');
  assert.equal(woken(), 2);
  const [first, second] = desk.gather();
  assert.deepEqual([first?.proposalId, second?.proposalId], ['p', 'q']);
  assert.ok(first !== undefined);
  const command = decodeCommand(first.payload);
  assert.deepEqual(command, {
    proposalId: 'p',
    machine: 'order',
    key: '42',
    event: { type: 'PAY', note: '' },
    since: 9,
  });
  assert.deepEqual(gathered(), []);
  assert.deepEqual(heard(), []);
});

test('a client hears once that some log or wire has its proposal, and then its end', () => {
  const { desk, propose, heard } = openDesk();
  propose('p');
  propose('q');
  desk.gather();
  desk.placed([proposalId('p')]);
  desk.forwarded(proposalsNamed('q'), bravo);
  desk.forwarded(proposalsNamed('q'), carol);
  assert.deepEqual(heard(), ['p in flight', 'q in flight']);
  desk.applied([end('p')]);
  assert.deepEqual(heard(), ['p committed']);
  assert.equal(desk.inFlight(), 1);
  assert.equal(desk.isAwaited(proposalId('p')), false);
  assert.equal(desk.isAwaited(proposalId('q')), true);
});

test('the same id while it is in flight joins it: one proposal, and an end for each who waits', () => {
  const { desk, propose, gathered, heard, heardLater } = openDesk();
  propose('p', { client: 'one' });
  propose('p', { client: 'two' });
  assert.deepEqual(gathered(), ['p']);
  desk.placed([proposalId('p')]);
  assert.deepEqual(heard(), ['one in flight', 'two in flight']);
  propose('p', { client: 'three' });
  assert.deepEqual(gathered(), []);
  assert.deepEqual(heard(), [], 'in a later turn');
  assert.deepEqual(heardLater(), ['three in flight']);
  desk.applied([end('p')]);
  assert.deepEqual(heard(), ['one committed', 'two committed', 'three committed']);
  propose('p', { client: 'four' });
  assert.deepEqual(gathered(), ['p'], 'after its end it is asked again, and the log knows');
});

test('a new leader is offered all that nobody has any more, once, a few a turn', () => {
  const { desk, propose, offered } = openDesk();
  const names = Array.from({ length: 2_000 }, (_, nth) => `p${nth}`);
  for (const name of names) propose(name);
  desk.gather();
  desk.forwarded(proposalsNamed(...names.slice(0, 1_500)), bravo);
  desk.leaderLost();
  const first = desk.nextToOffer();
  assert.ok(first.length > 0 && first.length < 1_000, `${first.length} in one turn`);
  assert.deepEqual([...first.map((one) => String(one.proposalId)), ...offered()], names);
  assert.equal(desk.hasQueued(), false);
});

test('a leader that stays is offered what nobody has; what it has stays with it', () => {
  const { desk, propose, offered } = openDesk();
  for (const name of ['held', 'placed', 'forwarded']) propose(name);
  desk.gather();
  desk.placed([proposalId('placed')]);
  desk.forwarded(proposalsNamed('forwarded'), bravo);
  desk.leaderBack();
  assert.deepEqual(offered(), ['held']);
});

test('what a node would not take is offered again, and stays possible all the while', () => {
  const { desk, propose, offered, heard } = openDesk();
  propose('p');
  desk.gather();
  desk.forwarded(proposalsNamed('p'), bravo);
  for (const code of ['no-leader', 'overloaded'] as const) {
    desk.refused([proposalId('p')], refused(code, 'not now'));
    assert.deepEqual(offered(), ['p']);
    desk.forwarded(proposalsNamed('p'), carol);
  }
  desk.tick(60_000, false);
  assert.deepEqual(heard(), ['p in flight', 'p unknown']);
});

test('what has ended while it waited to be offered is not offered', () => {
  const { desk, propose, offered } = openDesk();
  propose('p');
  propose('q');
  desk.gather();
  desk.forwarded(proposalsNamed('p', 'q'), bravo);
  desk.leaderLost();
  desk.applied([end('p')]);
  assert.deepEqual(offered(), ['q']);
});

test('time up: unknown for what may still happen, refused for what was never sent', () => {
  const { desk, propose, heard } = openDesk();
  propose('sent', { timeoutMs: 500, nowMs: 100 });
  propose('unsent', { timeoutMs: 500, nowMs: 100 });
  desk.gather();
  desk.placed([proposalId('sent')]);
  heard();
  desk.tick(599, false);
  assert.deepEqual(heard(), []);
  desk.tick(600, false);
  assert.deepEqual(heard().toSorted(), ['sent unknown', 'unsent refused no-leader']);
});

test('without a leader for too long, what was never sent is refused before its time', () => {
  const { desk, propose, heard } = openDesk();
  propose('sent', { timeoutMs: 60_000 });
  propose('unsent', { timeoutMs: 60_000 });
  desk.gather();
  desk.forwarded(proposalsNamed('sent'), bravo);
  heard();
  desk.tick(10, true);
  assert.deepEqual(heard(), ['unsent refused no-leader']);
});

test('a refusal ends what was never elsewhere', () => {
  const { desk, propose, heard, offered } = openDesk();
  propose('p');
  desk.gather();
  desk.refused([proposalId('p')], refused('overloaded', 'too much'));
  assert.deepEqual(heard(), ['p refused overloaded']);
  assert.deepEqual(offered(), []);
});

test('more in flight than the limit is refused in a later turn, and joins are not more', () => {
  const { desk, propose, heard, heardLater } = openDesk();
  for (let nth = 0; nth < limits.proposalsInFlightMax; nth += 1) propose(`p${nth}`);
  assert.deepEqual(heardLater(), []);
  propose('late');
  assert.deepEqual(heard(), []);
  assert.deepEqual(heardLater(), ['late refused overloaded']);
  propose('p0', { client: 'joining' });
  assert.deepEqual(heardLater(), []);
  assert.equal(desk.inFlight(), limits.proposalsInFlightMax);
});

test('so are more bytes in flight than the limit, until some of them have ended', () => {
  const { desk, propose, heard, heardLater } = openDesk();
  const bytes = limits.eventBytesMax;
  const fitting = Math.ceil(limits.proposalBytesInFlightMax / bytes);
  for (let nth = 0; nth < fitting; nth += 1) propose(`p${nth}`, { bytes });
  propose('late', { bytes });
  assert.deepEqual(heardLater(), ['late refused overloaded']);
  desk.gather();
  desk.applied([end('p0'), end('p1')]);
  heard();
  propose('again', { bytes });
  assert.deepEqual(heardLater(), []);
});

test('one that takes no more goes on with what it has', () => {
  const { desk, propose, heard, heardLater } = openDesk();
  propose('p');
  desk.gather();
  desk.takeNoMore();
  propose('late');
  assert.deepEqual(heardLater(), ['late refused shutting-down']);
  desk.placed([proposalId('p')]);
  desk.applied([end('p')]);
  assert.deepEqual(heard(), ['p in flight', 'p committed']);
});

test('closing ends all that is in flight, each by what is known of it, and lets nothing in', () => {
  const { desk, propose, heard, heardLater, gathered } = openDesk();
  propose('placed');
  propose('unsent');
  desk.gather();
  desk.placed([proposalId('placed')]);
  propose('arrived');
  heard();
  desk.close();
  assert.deepEqual(heard().toSorted(), [
    'arrived refused shutting-down',
    'placed unknown',
    'unsent refused shutting-down',
  ]);
  assert.equal(desk.inFlight(), 0);
  propose('late');
  assert.deepEqual(heardLater(), ['late refused shutting-down']);
  assert.deepEqual(gathered(), []);
});

test('a desk that is secluded ends all likewise, and says that it cannot tell what becomes of it', () => {
  const { desk, propose, heard, heardLater, gathered } = openDesk();
  propose('placed');
  propose('unsent');
  desk.gather();
  desk.placed([proposalId('placed')]);
  propose('arrived');
  heard();
  desk.seclude();
  assert.deepEqual(heard().toSorted(), [
    'arrived refused diverged',
    'placed unknown',
    'unsent refused diverged',
  ]);
  propose('late');
  assert.deepEqual(heardLater(), ['late refused diverged']);
  assert.deepEqual(gathered(), []);
});
