/** How a machine goes over to its next definition: at one entry, on all replicas, or on none. */
import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { QuorateError } from '../../../machines/protocol/errors.ts';
import { indexZero } from '../../../machines/protocol/ids.ts';
import { replicated, type Definition } from '../../../machines/replica/replicated.ts';
import { alone, chainOf, Fellows, names } from './fellows.ts';
import { first, second, third, v1, v2, v3, v3Careless } from './orders.ts';

const pay = { type: 'PAY', cents: 1250 };
const returned = { type: 'RETURN' };

function paidUnder(...definitions: readonly Definition[]): Fellows {
  const fellows = new Fellows(...definitions);
  fellows.send('42', pay);
  return fellows;
}

describe('the last voter decides', () => {
  test('until it has told, the definition before is in force', () => {
    const fellows = paidUnder(v2, v2, v2);
    const [before, after] = chainOf(fellows.all[0]!);
    for (const nth of [0, 2]) {
      const told = fellows.tell(nth);
      assert.ok(told.outcome.end === 'committed' && !told.outcome.accepted);
      assert.deepEqual(told.upgraded, []);
      assert.equal(fellows.inForce(), before);
      assert.ok('accepted' in fellows.send('42', returned).outcome);
      assert.equal(fellows.read('42').view?.value, 'paid');
    }
    const told = fellows.tell(1);
    assert.ok(told.outcome.end === 'committed' && told.outcome.accepted);
    assert.deepEqual(told.upgraded, ['order']);
    assert.deepEqual(
      told.logged.map(({ value }) => value),
      [{ machine: 'order', before, now: after, instances: 1 }],
    );
    assert.equal(fellows.inForce(), after);
    fellows.send('42', returned);
    assert.equal(fellows.read('42').view?.value, 'returned');
  });

  test('a replica with the old module alone holds it up', () => {
    const fellows = paidUnder(v2, v2, v1);
    for (const nth of [0, 1, 2, 0]) fellows.tell(nth);
    assert.equal(fellows.inForce(), chainOf(fellows.all[0]!)[0]);
    assert.deepEqual(fellows.all[0]!.upgrades(names), [
      { machine: 'order', waitsFor: ['c'], refusal: null },
    ]);
    assert.deepEqual(fellows.all[2]!.upgrades(names), []);
  });

  test('so does one that has lost it again', () => {
    const fellows = paidUnder(v2, v2, v2);
    const [before] = chainOf(fellows.all[0]!);
    fellows.tell(0);
    fellows.tell(1);
    fellows.tell(0, []);
    fellows.tell(2);
    assert.equal(fellows.inForce(), before);
    fellows.tell(0);
    assert.notEqual(fellows.inForce(), before);
  });

  test('what a process that is gone has told, and what comes twice, brings nothing about', () => {
    const fellows = paidUnder(v2, v2, v2);
    const { known } = fellows.all[0]!;
    fellows.tell(0);
    fellows.tell(1);
    fellows.tell(2, []);
    const late = fellows.tell(2, known, indexZero);
    assert.equal(late.upgraded, undefined);
    assert.equal(fellows.inForce(), chainOf(fellows.all[0]!)[0]);
  });

  test('two different next definitions are none', () => {
    const other = replicated(second, { upgrades: first, migrate: (old) => old });
    const fellows = new Fellows(v2, v2, other);
    for (const nth of [0, 1, 2]) fellows.tell(nth);
    assert.equal(fellows.inForce(), chainOf(fellows.all[0]!)[0]);
    assert.deepEqual(fellows.all[2]!.upgrades(names)[0]?.waitsFor, ['a', 'b']);
  });

  test('a lone node decides for itself', () => {
    const fellows = paidUnder(v2);
    fellows.tell(0);
    assert.equal(fellows.inForce(), chainOf(fellows.all[0]!)[1]);
  });
});

describe('all instances, or none', () => {
  test('one without a place keeps all of them where they are, on every replica, and says why', () => {
    const fellows = new Fellows(v3Careless, v3Careless, v3Careless);
    fellows.send('1', { type: 'WAIT' });
    fellows.send('2', pay);
    const [, before, after] = chainOf(fellows.all[0]!);
    fellows.tell(0);
    fellows.tell(1);
    const { failure, outcome, upgraded } = fellows.tell(2);
    assert.deepEqual(upgraded, ['order'], 'the second took effect, the third did not');
    assert.ok(outcome.end === 'committed' && outcome.accepted);
    assert.match(failure?.message ?? '', /"order" stays at its definition/);
    assert.ok(failure?.message.includes(`${before}, the next one (${after})`));
    assert.match(
      failure?.message ?? '',
      /instance "2" has no place in it: there is no state "paid"/,
    );
    assert.equal(fellows.inForce(), before);
    assert.deepEqual(fellows.read('1').view, {
      status: 'active',
      value: 'waiting',
      context: { cents: 0 },
    });
    fellows.send('2', returned);
    assert.equal(fellows.read('2').view?.value, 'returned');
    const [upgrade] = fellows.all[1]!.upgrades(names);
    assert.deepEqual(upgrade?.waitsFor, []);
    assert.match(upgrade?.refusal ?? '', /instance "2"/);
  });

  test('it is tried again when a node has something to tell, and may do then', () => {
    const fellows = paidUnder(v3Careless, v3Careless, v3Careless);
    for (const nth of [0, 1, 2]) fellows.tell(nth);
    fellows.send('42', returned);
    assert.deepEqual(fellows.tell(1).upgraded, ['order']);
    assert.equal(fellows.inForce(), chainOf(fellows.all[0]!)[2]);
    assert.deepEqual(fellows.all[0]!.upgrades(names), []);
  });

  test('once it is taken it is refused no longer, whatever else is in store', () => {
    const careless = replicated(third, { upgrades: first });
    const fellows = paidUnder(replicated(second, { upgrades: careless }));
    const known = [{ machine: 'order', chain: chainOf(fellows.all[0]!).slice(0, 2) }];
    fellows.tell(0, known);
    fellows.send('42', { type: 'SHIP' });
    assert.notEqual(fellows.all[0]!.upgrades([])[0]?.refusal, null);
    assert.deepEqual(fellows.tell(0, known).upgraded, ['order']);
    assert.deepEqual(fellows.all[0]!.upgrades(names.slice(0, 1)), [
      { machine: 'order', waitsFor: ['a'], refusal: null },
    ]);
  });

  test('a `migrate` that throws, or gives no snapshot, likewise', () => {
    const given: readonly (readonly [() => unknown, RegExp])[] = [
      [() => assert.fail('not you'), /migrate threw: not you/],
      [() => undefined, /migrate gave no snapshot/],
      [() => Promise.resolve({ value: 'open' }), /migrate gave no snapshot/],
      [() => ({ status: 'alive' }), /status that there is not/],
      [() => ({ context: 7 }), /context that is no object/],
      [() => ({ value: 'nowhere' }), /there is no state "nowhere"/],
      [() => ({ value: 7 }), /there is no state 7/],
      [() => ({ value: null }), /there is no state null/],
      [() => ({ value: { open: {}, paid: {} } }), /there is no state/],
      [() => ({ value: { open: 'wide' } }), /there is no state \{"open":"wide"\}/],
    ];
    for (const [migrate, why] of given) {
      const bad = replicated(second, { upgrades: first, migrate: migrate as never });
      const fellows = paidUnder(bad, bad);
      fellows.tell(0);
      assert.match(fellows.tell(1).failure?.message ?? '', why);
      assert.equal(fellows.inForce(), chainOf(fellows.all[0]!)[0]);
      assert.deepEqual(fellows.read('42').view, {
        status: 'active',
        value: 'paid',
        context: { cents: 1250 },
      });
    }
  });

  test('a `migrate` that changes what it is given changes nothing that is in force', () => {
    const bad = replicated(second, {
      upgrades: first,
      migrate: (old) => {
        (old.context as { cents: number }).cents = 0;
        throw new Error('too late');
      },
    });
    const fellows = paidUnder(bad);
    fellows.tell(0);
    assert.deepEqual(fellows.read('42').view?.context, { cents: 1250 });
  });
});

describe('several upgrades', () => {
  test('are taken in a row, at one entry, where all have them', () => {
    const fellows = paidUnder(v3, v3, v3);
    for (const nth of [0, 1]) fellows.tell(nth);
    assert.deepEqual(fellows.tell(2).upgraded, ['order', 'order']);
    assert.deepEqual(fellows.read('42'), {
      exists: true,
      index: 5,
      view: { status: 'active', value: 'settled', context: { euros: 12 } },
    });
  });

  test('are taken one by one, as they come', () => {
    const fellows = paidUnder(v3, v3, v3);
    const [a, b, c] = chainOf(fellows.all[0]!);
    const known = [{ machine: 'order', chain: [a!, b!] }];
    for (const nth of [0, 1, 2]) fellows.tell(nth, known);
    assert.equal(fellows.inForce(), b);
    for (const nth of [0, 1, 2]) fellows.tell(nth);
    assert.equal(fellows.inForce(), c);
    fellows.send('42', { type: 'SHIP' });
    assert.deepEqual(fellows.read('42').view, {
      status: 'done',
      value: 'shipped',
      context: { euros: 12 },
    });
  });

  test('may return to an earlier definition', () => {
    const back = replicated(first, { upgrades: v2 });
    const fellows = paidUnder(back, back);
    fellows.tell(0);
    assert.deepEqual(fellows.tell(1).upgraded, ['order', 'order']);
    fellows.send('42', returned);
    assert.equal(fellows.read('42').view?.value, 'paid', 'the first one knows no returns');
    fellows.tell(0);
    fellows.tell(1);
    assert.equal(fellows.inForce(), chainOf(fellows.all[0]!)[2]);
  });

  test('may change nothing', () => {
    const same = replicated(first, { upgrades: first });
    const fellows = paidUnder(same);
    fellows.tell(0);
    fellows.tell(0);
    assert.equal(fellows.inForce(), chainOf(fellows.all[0]!)[1]);
    assert.equal(fellows.read('42').index, 2, 'nothing to be seen, so nobody is told');
  });
});

describe('a replica that is fed the log again', () => {
  test('goes over at the same entry', () => {
    const fellows = paidUnder(v3, v3, v3);
    for (const nth of [0, 1, 2]) fellows.tell(nth);
    fellows.send('42', { type: 'SHIP' });
    fellows.send('43', { type: 'WAIT' });
    const replica = fellows.replay(v3);
    for (const key of ['42', '43']) {
      assert.deepEqual(replica.read('order', key), fellows.read(key));
    }
    assert.equal(replica.fingerprintOf('order'), fellows.inForce());
  });

  test('passes over what came to nothing, though it does not have that definition, once the log tells so', () => {
    const fellows = paidUnder(v3Careless);
    fellows.tell(0);
    const [refusal] = fellows.all[0]!.refusals.untold;
    assert.ok(refusal !== undefined);
    assert.throws(() => fellows.replay(v2), { code: 'machines-changed' });
    fellows.attend({ type: 'refused', ...refusal });
    assert.deepEqual([...fellows.all[0]!.refusals.untold], []);
    for (const other of [v2, v3]) {
      const replica = fellows.replay(other);
      assert.equal(replica.fingerprintOf('order'), fellows.inForce());
      assert.deepEqual(replica.read('order', '42'), fellows.read('42'));
      assert.deepEqual([...replica.refusals.untold], []);
    }
    assert.throws(() => fellows.replay(v1), { code: 'machines-changed' });
  });

  test('stops where the others went over to what it does not have', () => {
    const fellows = paidUnder(v2, v2, v2);
    for (const nth of [0, 1, 2]) fellows.tell(nth);
    const others = [v1, replicated(second, { upgrades: first, migrate: (old) => old })];
    for (const other of others) {
      assert.throws(
        () => fellows.replay(other),
        (thrown: unknown) =>
          thrown instanceof QuorateError &&
          thrown.code === 'machines-changed' &&
          thrown.message.includes('"order"'),
      );
    }
  });
});

test('one machine that cannot go over does not hold up another', () => {
  const { replica, attend } = alone({ careless: v3Careless, order: v3 });
  const { upgraded, failure } = attend();
  assert.deepEqual(upgraded, ['careless', 'order', 'order']);
  assert.match(failure?.message ?? '', /machine "careless" stays/);
  assert.deepEqual(
    replica.upgrades(names.slice(0, 1)).map(({ machine }) => machine),
    ['careless'],
  );
});

test('a machine may be called as what every object has', () => {
  const { replica, attend } = alone({ constructor: v1, order: v2 });
  assert.deepEqual(attend().upgraded, ['order']);
  assert.deepEqual(replica.upgrades(names.slice(0, 1)), []);
});
