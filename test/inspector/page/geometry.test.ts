import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { test } from 'vitest';
import { card, linkBetween, places } from '../../../runtime/inspector/page/model/ring.ts';
import { sequenceOf } from '../../../runtime/inspector/page/model/sequence.ts';
import { fitted, panned, showing, zoomed } from '../../../runtime/inspector/page/model/viewport.ts';
import { windowOf } from '../../../runtime/inspector/page/model/window.ts';

const area = fc.record({
  x: fc.integer({ min: -500, max: 500 }),
  y: fc.integer({ min: -500, max: 500 }),
  width: fc.integer({ min: 1, max: 5_000 }),
  height: fc.integer({ min: 1, max: 5_000 }),
});
const screen = fc.record({
  width: fc.integer({ min: 100, max: 2_000 }),
  height: fc.integer({ min: 100, max: 2_000 }),
});

test('what is fitted is seen as a whole, unless it would be too small to see', () => {
  fc.assert(
    fc.property(area, screen, (what, place) => {
      const { left, top, scale } = fitted(what, place);
      if (scale <= 0.08) return;
      assert.ok(what.x * scale + left >= -0.01 && what.y * scale + top >= -0.01);
      assert.ok((what.x + what.width) * scale + left <= place.width + 0.01);
      assert.ok((what.y + what.height) * scale + top <= place.height + 0.01);
    }),
  );
});

test('zooming keeps the point under the pointer, and moving back is where it was', () => {
  const before = { left: 30, top: -20, scale: 0.5 };
  const at = { x: 200, y: 100 };
  const after = zoomed(before, 2, at);
  const shown = ({ left, top, scale }: typeof before) => [
    (at.x - left) / scale,
    (at.y - top) / scale,
  ];
  assert.deepEqual(shown(after), shown(before));
  assert.deepEqual(panned(panned(before, 5, 7), -5, -7), before);
});

test('what is seen already stays where it is, and what is not comes into view', () => {
  const place = { width: 400, height: 300 };
  const still = { left: 0, top: 0, scale: 1 };
  assert.equal(showing(still, { x: 50, y: 50, width: 100, height: 100 }, place), still);
  const moved = showing(still, { x: 600, y: 50, width: 100, height: 100 }, place);
  assert.ok(600 + moved.left >= 0 && 700 + moved.left <= place.width);
});

test('of a long list only what is on the screen is made', () => {
  fc.assert(
    fc.property(
      fc.nat(100_000),
      fc.nat(4_000_000),
      fc.integer({ min: 1, max: 2_000 }),
      (rows, scrolled, height) => {
        const { first, end, heightPx } = windowOf(rows, 30, scrolled, height);
        assert.ok(first >= 0 && end <= rows && first <= end);
        assert.ok(end - first <= height / 30 + 16);
        assert.equal(heightPx, rows * 30);
        const firstSeen = Math.floor(scrolled / 30);
        const lastSeen = Math.min(rows, Math.ceil((scrolled + height) / 30)) - 1;
        if (firstSeen <= lastSeen) assert.ok(first <= firstSeen && end > lastSeen);
      },
    ),
  );
});

test('no two nodes of a cluster overlap, and all are on the sheet', () => {
  for (const count of [1, 2, 3, 4, 5, 7]) {
    const nodes = Array.from({ length: count }, (_, nth) => `n${nth + 1}`);
    const at = [...places(nodes, 780, 440).values()];
    assert.equal(at.length, count);
    at.forEach((one, nth) => {
      assert.ok(one.x >= card.width / 2 && one.x <= 780 - card.width / 2);
      assert.ok(one.y >= card.height / 2 - 1 && one.y <= 440 - card.height / 2 + 1);
      if (count > 5) return;
      for (const other of at.slice(nth + 1)) {
        const isApart =
          Math.abs(one.x - other.x) > card.width || Math.abs(one.y - other.y) > card.height;
        assert.ok(isApart, `${count} nodes: ${JSON.stringify([one, other])}`);
      }
    });
  }
});

test('the two directions of a link do not lie on each other', () => {
  const [one, other] = [
    { x: 100, y: 100 },
    { x: 600, y: 100 },
  ];
  const there = linkBetween(one, other);
  const back = linkBetween(other, one);
  assert.ok(there.start.x > 100 && there.end.x < 600 && there.start.x < there.end.x);
  assert.ok(Math.abs(there.start.y - back.start.y) > 10);
});

test('messages stand below each other in their order, with their times where a clock tells', () => {
  const message = { from: 'n1', to: 'n2', kind: 'append', what: '' };
  const { rows, lanes } = sequenceOf(
    ['n1', 'n2'],
    [
      { ...message, sentMs: 100, receivedMs: 103 },
      { ...message, from: 'n2', to: 'n1', sentMs: 104, receivedMs: null },
      { ...message, to: 'n9', sentMs: 1, receivedMs: 1 },
    ],
  );
  assert.deepEqual(
    lanes.map(({ node }) => node),
    ['n1', 'n2'],
  );
  assert.equal(rows.length, 2, 'of a node that is none of the cluster there is no line');
  const [first, second] = rows;
  assert.ok(first && second && first.y < second.y && first.fromX === second.toX);
  assert.deepEqual([first.tookMs, second.tookMs], [3, null]);
});
