import assert from 'node:assert/strict';
import { test } from 'vitest';
import { booking } from './charts/booking.ts';
import type { Doors } from './doors.ts';
import { examine } from './examine.ts';
import { allRestart, leaderCrashes, leaderPauses } from './faults.ts';
import { perform } from './perform.ts';
import type { Behaviour, Example } from './example.ts';

const reserve: Behaviour = ({ input, say }, after) => {
  const { trip, what } = input as { trip: string; what: string };
  after(what === 'flight' ? 400 : 600, () => {
    if (trip === 'nowhere' && what === 'hotel') say({ fails: new Error('there is no hotel') });
    else say({ gives: { what, code: `${what}-${trip}` } });
  });
};
/** Hotels hang the first time, and flights are in a bad mood. */
const release: Behaviour = ({ say, input }, after) => {
  const { what } = input as { what: string };
  if (what === 'flight') after(300, () => say({ gives: undefined }));
  else after(700, () => say({ gives: undefined }));
};
const charge: Behaviour = ({ input, say }, after) => {
  const { trip } = input as { trip: string };
  after(800, () => {
    if (trip === 'too far') say({ fails: 'the card is declined' });
    else say({ gives: { receipt: `r-${trip}` } });
  });
};

const machine = (doors: Doors) =>
  booking.provide({
    actors: {
      reserve: doors.promise('reserve'),
      release: doors.promise('release'),
      charge: doors.promise('charge'),
    },
    actions: { callTheDesk: doors.action('callTheDesk') },
  });
const behaviours = { reserve, release, charge };

examine({
  name: 'a booking',
  machine,
  behaviours,
  async story({ send, until }) {
    await send({ type: 'BOOK', trip: 'nowhere' });
    await until(({ value }) => value === 'failed');
    await send({ type: 'AGAIN' });
    await until(({ value }) => value === 'failed');
  },
});

examine({
  name: 'a booking whose payment fails',
  machine,
  behaviours,
  async story({ send, until }) {
    await send({ type: 'BOOK', trip: 'too far' });
    await until(({ value }) => value === 'failed');
  },
});

examine({
  name: 'a booking whose releases hang',
  machine,
  behaviours: {
    ...behaviours,
    release: ({ input, say }, after) => {
      const { code } = input as { code: string };
      if (code.startsWith('hotel')) after(500, () => say({ fails: new Error('no answer') }));
    },
  },
  async story({ send, until, wait }) {
    await send({ type: 'BOOK', trip: 'too far' });
    await until(({ value }) => JSON.stringify(value).includes('pausing'));
    await wait(2_000);
  },
  // It never ends.
  outcome: ({ context }) => context,
});

const chargedOnce: Example = {
  name: 'a booking that is charged at most once',
  machine,
  behaviours,
  replication: { effects: { charge: 'at-most-once', callTheDesk: 'at-most-once' } },
  async story({ send, until }) {
    await send({ type: 'BOOK', trip: 'near' });
    await until(({ status, value }) => status === 'done' || value === 'failed');
  },
  outcome({ status, context }) {
    const { booked, failure } = context as { booked: unknown[]; failure: string | null };
    // Nobody knows whether the card was charged, so everything else was given back.
    if (status === 'done') assert.equal(failure, null);
    else {
      assert.deepEqual(booked, []);
      assert.match(failure ?? '', /the leader that ran this effect is gone/);
    }
    return {};
  },
};

examine(chargedOnce);

test('a charge whose leader is lost is not made again, and all that was booked is given back', async () => {
  const { middles } = await perform(chargedOnce);
  const charging = middles.find(({ what }) => what.startsWith('charge'));
  assert.ok(charging);
  for (const fault of [leaderCrashes, allRestart, leaderPauses]) {
    const { cluster, last } = await perform(chargedOnce, fault(charging.atMs));
    assert.equal(cluster.runs.filter(({ name }) => name === 'charge').length, 1);
    assert.equal(last.view.value, 'failed');
    assert.equal(last.view.status, 'active');
  }
});
