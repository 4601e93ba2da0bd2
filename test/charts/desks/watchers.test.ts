import assert from 'node:assert/strict';
import { test } from 'vitest';
import { toIndex } from '../../../machines/protocol/ids.ts';
import type { AppliedEvent } from '../../../runtime/service.ts';
import { createWatchers } from '../../../runtime/watchers.ts';

const applied = (index: number, machine = 'order', key = '1'): AppliedEvent => ({
  index: toIndex(index),
  machine,
  key,
  event: { type: 'PAY' },
  accepted: true,
  view: { status: 'active', value: 'open', context: {} },
  emitted: [],
});

test('whoever watches an instance sees its events, in order, and those of no other', () => {
  const watchers = createWatchers();
  const seen: number[] = [];
  watchers.watch('order', '1', ({ index }) => void seen.push(index));
  watchers.tell(applied(1));
  watchers.tell(applied(2, 'order', '2'));
  watchers.tell(applied(3, 'parcel', '1'));
  watchers.tell(applied(4));
  assert.deepEqual(seen, [1, 4]);
});

test('whoever watches an instance hears that its machine is upgraded, and of no other machine', () => {
  const watchers = createWatchers();
  const told: string[] = [];
  const watch = (machine: string, key: string) =>
    watchers.watch(
      machine,
      key,
      () => {},
      () => void told.push(`${machine}/${key}`),
    );
  watch('order', '1');
  const stop = watch('order', '2');
  watch('parcel', '1');
  watchers.watch('order', '1', () => {});
  watchers.tellAll('order');
  stop();
  watchers.tellAll('order');
  watchers.tellAll('nobody');
  assert.deepEqual(told, ['order/1', 'order/2', 'order/1']);
});

test('each watcher stops alone, and stopping twice stops nobody else', () => {
  const watchers = createWatchers();
  const seen: string[] = [];
  const stopOne = watchers.watch('order', '1', () => void seen.push('one'));
  const stopOther = watchers.watch('order', '1', () => void seen.push('other'));
  stopOne();
  watchers.tell(applied(1));
  assert.deepEqual(seen, ['other']);
  stopOther();
  watchers.watch('order', '1', () => void seen.push('third'));
  stopOne();
  stopOther();
  watchers.tell(applied(2));
  assert.deepEqual(seen, ['other', 'third']);
});

test('closed, nobody is told anything any more', () => {
  const watchers = createWatchers();
  const told: string[] = [];
  const watch = () =>
    watchers.watch(
      'order',
      '1',
      () => void told.push('seen'),
      () => void told.push('upgraded'),
    );
  watch();
  watchers.close();
  watch();
  watchers.tell(applied(1));
  watchers.tellAll('order');
  assert.deepEqual(told, []);
});

test('whoever watches all sees every event until that is called off, or nobody is told any more', () => {
  const watchers = createWatchers();
  const seen: string[] = [];
  const see = ({ machine, key }: AppliedEvent): void => void seen.push(`${machine}/${key}`);
  const stop = watchers.watchAll(see);
  watchers.watchAll(see);
  watchers.tell(applied(1));
  stop();
  watchers.tell(applied(2, 'parcel', '2'));
  watchers.close();
  watchers.tell(applied(3));
  assert.deepEqual(seen, ['order/1', 'order/1', 'parcel/2']);
});
