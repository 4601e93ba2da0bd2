import assert from 'node:assert/strict';
import { test } from 'vitest';
import { toIndex } from '../../../machines/protocol/ids.ts';
import { refusedIn } from '../../../runtime/told-refusals.ts';
import { logOf, to } from '../../cli/upgrade/written-log.ts';

const refused = (at: number, machine = 'order', successor = 'next') => ({
  type: 'refused' as const,
  machine,
  successor,
  at: toIndex(at),
});

test('a log tells of what was refused at one entry, if it does so behind it', () => {
  const entries = logOf(to('order/1', 'PAY'), refused(2), to('order/1', 'PAY'), refused(9));
  const wasRefused = refusedIn(() => entries);
  const ask = (at: number, machine?: string, successor?: string): boolean => {
    const { type: _, ...refusal } = refused(at, machine, successor);
    return wasRefused(refusal);
  };
  assert.ok(ask(2));
  assert.ok(!ask(1), 'another entry');
  assert.ok(!ask(2, 'parcel'), 'another machine');
  assert.ok(!ask(2, 'order', 'other'), 'another definition');
  assert.ok(!ask(9), 'it was told before');
});

test('a log that has not told is asked again the next time', () => {
  let entries = logOf();
  const wasRefused = refusedIn(() => entries);
  const { type: _, ...refusal } = refused(1);
  assert.ok(!wasRefused(refusal));
  entries = logOf(refused(1));
  assert.ok(wasRefused(refusal));
});

test('entries that are no commands, or hold garbage, tell nothing', () => {
  const entries = logOf(refused(1)).map((entry, nth) =>
    nth === 0
      ? { ...entry, payload: new Uint8Array([1, 2, 3]) }
      : { ...entry, kind: 'noop' as const },
  );
  const { type: _, ...refusal } = refused(1);
  assert.ok(!refusedIn(() => entries)(refusal));
});
