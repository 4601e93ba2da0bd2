import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { test } from 'vitest';
import { hashOf, placeOf, type Place } from '../../../runtime/inspector/page/model/place.ts';

/** As the page makes them. */
const plain = { noNullPrototype: true };
const index = fc.option(fc.nat());
const name = fc.string({ minLength: 1, unit: 'grapheme' });
const anyPlace: fc.Arbitrary<Place> = fc.oneof(
  fc.constant<Place>({ view: 'cluster' }),
  fc.record({ view: fc.constant('charts' as const), actor: fc.option(name) }, plain),
  fc.record({ view: fc.constant('proposals' as const), node: fc.option(name) }, plain),
  fc.record({ view: fc.constant('instances' as const), machine: fc.option(name) }, plain),
  fc.record({ view: fc.constant('instance' as const), machine: name, key: name, at: index }, plain),
  fc.record({ view: fc.constant('log' as const), index }, plain),
);

test('every place has an address, and the address leads back to it', () => {
  fc.assert(fc.property(anyPlace, (place) => assert.deepEqual(placeOf(hashOf(place)), place)));
});

test('an instance at an entry has an address that people can read', () => {
  const place: Place = { view: 'instance', machine: 'order', key: '42', at: 17 };
  assert.equal(hashOf(place), '#/instances/order/42?at=17');
});

test('what nobody understands leads to the cluster', () => {
  for (const hash of ['', '#', '#/', '#/nowhere/else', '#%', '#/%E0%A4%A']) {
    assert.deepEqual(placeOf(hash), { view: 'cluster' });
  }
  assert.deepEqual(placeOf('#/log/twelve'), { view: 'log', index: null });
});
