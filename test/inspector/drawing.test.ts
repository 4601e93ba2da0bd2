import assert from 'node:assert/strict';
import ELK from 'elkjs';
import * as fc from 'fast-check';
import { test } from 'vitest';
import { createMachine, type AnyStateMachine } from 'xstate';
import { divergenceMachine } from '../../machines/divergence.ts';
import { dutyMachine } from '../../machines/duty.ts';
import { effectMachine } from '../../machines/effect.ts';
import { lifecycleMachine } from '../../machines/lifecycle.ts';
import { linkMachine } from '../../machines/link.ts';
import { nodeMachine } from '../../machines/node.ts';
import { peerMachine } from '../../machines/peer.ts';
import { proposalMachine } from '../../machines/proposal.ts';
import type { Chart } from '../../machines/protocol/chart.ts';
import { chartOf } from '../../machines/replica/xstate5-chart.ts';
import { allTransitions, familyOf, isWithin } from '../../runtime/inspector/drawing/family.ts';
import { graphOf, type Manner } from '../../runtime/inspector/drawing/graph.ts';
import { drawingOf, type Area, type Drawing } from '../../runtime/inspector/drawing/shapes.ts';

const manners: readonly Manner[] = [
  { direction: 'RIGHT', detail: 'full' },
  { direction: 'DOWN', detail: 'full' },
  { direction: 'RIGHT', detail: 'brief' },
];

async function draw(chart: Chart, manner: Manner): Promise<Drawing> {
  // Made by its default export, which the types of this package do not tell as such.
  const elk = new (ELK as unknown as typeof ELK.default)();
  return drawingOf(chart, await elk.layout(graphOf(chart, manner)), manner.detail);
}

const slackPx = 0.5;
const holds = (outer: Area, inner: Area): boolean =>
  inner.x >= outer.x - slackPx &&
  inner.y >= outer.y - slackPx &&
  inner.x + inner.width <= outer.x + outer.width + slackPx &&
  inner.y + inner.height <= outer.y + outer.height + slackPx;
const overlap = (one: Area, other: Area): boolean =>
  one.x + one.width > other.x + slackPx &&
  other.x + other.width > one.x + slackPx &&
  one.y + one.height > other.y + slackPx &&
  other.y + other.height > one.y + slackPx;

function assertWellDrawn(chart: Chart, drawing: Drawing, { detail }: Manner): void {
  const family = familyOf(chart);
  const boxes = new Map(drawing.boxes.map((box) => [box.state, box]));
  const boxOf = (state: string): Area => {
    const box = boxes.get(state);
    assert.ok(box, `${state} is drawn`);
    return box;
  };
  const sheet = { x: 0, y: 0, width: drawing.width, height: drawing.height };
  for (const [id, { around }] of family) {
    const parent = around.at(-1);
    const outer = parent === undefined ? sheet : boxOf(parent.id);
    assert.ok(holds(outer, boxOf(id)), `${id} is within what it is in`);
    for (const sibling of parent?.states ?? []) {
      if (sibling.id === id) continue;
      assert.ok(!overlap(boxOf(id), boxOf(sibling.id)), `${id} is beside ${sibling.id}`);
    }
  }
  for (const { title, lines, ...area } of drawing.boxes) {
    for (const { x, baseline, text } of [title, ...lines]) {
      assert.ok(x > area.x && baseline < area.y + area.height, `${text} is within its box`);
    }
  }
  const told = [
    ...drawing.boxes.flatMap(({ lines }) => lines),
    ...drawing.arrows.flatMap(({ label }) => label?.lines ?? []),
  ].flatMap(({ transitions }) => transitions);
  const transitions = [...allTransitions(family).values()];
  const expected = transitions
    .filter(({ targets }) => detail === 'full' || targets.length > 0)
    .map(({ id }) => id);
  // One to several states has an arrow to each of them.
  assert.deepEqual([...new Set(told)].toSorted(), expected.toSorted());
  for (const { id, to, tip, label } of drawing.arrows) {
    const { x, y, width, height } = boxOf(to);
    const isAtSide = Math.min(Math.abs(tip.x - x), Math.abs(tip.x - x - width)) < 2;
    const isAtTopOrBottom = Math.min(Math.abs(tip.y - y), Math.abs(tip.y - y - height)) < 2;
    assert.ok(isAtSide || isAtTopOrBottom, `${id} ends at its target`);
    if (label === null) continue;
    const covered = drawing.boxes.filter((box) => box.divider === null && overlap(label, box));
    assert.deepEqual(
      covered.map(({ state }) => `${id} has its label on ${state}`),
      [],
    );
  }
  const started = drawing.dots.map(({ of }) => of).toSorted();
  const starting = [...family.values()].flatMap(({ state }) =>
    state.initial === null ? [] : [state.id],
  );
  assert.deepEqual(started, starting.toSorted(), 'a dot wherever something is entered first');
}

const ours: Readonly<Record<string, AnyStateMachine>> = {
  node: nodeMachine,
  peer: peerMachine,
  link: linkMachine,
  proposal: proposalMachine,
  divergence: divergenceMachine,
  duty: dutyMachine,
  effect: effectMachine,
  lifecycle: lifecycleMachine,
};

for (const [name, machine] of Object.entries(ours)) {
  test(`${name}: every state in its place, every transition told, no writing on top of another`, async () => {
    const chart = chartOf(machine);
    for (const manner of manners) assertWellDrawn(chart, await draw(chart, manner), manner);
  });
}

test('history, parallel regions in regions, and arrows from one depth to another', async () => {
  const machine = createMachine({
    id: 'player',
    initial: 'off',
    states: {
      off: { on: { POWER: 'on.again', DEEP: 'on.deep' } },
      on: {
        type: 'parallel',
        on: { POWER: 'off' },
        states: {
          again: { type: 'history' },
          deep: { type: 'history', history: 'deep' },
          sound: { initial: 'loud', states: { loud: { on: { MUTE: 'mute' } }, mute: {} } },
          screen: {
            type: 'parallel',
            states: { left: { on: { X: '#player.on.sound.loud' } }, right: {} },
          },
        },
      },
    },
  });
  const chart = chartOf(machine);
  for (const manner of manners) {
    const drawing = await draw(chart, manner);
    assertWellDrawn(chart, drawing, manner);
    const titles = drawing.boxes.map(({ title }) => title.text);
    assert.ok(titles.includes('H') && titles.includes('H*'));
    const row = drawing.boxes.find(({ state }) => state === 'player.on.screen.left')?.lines[0];
    assert.equal(row?.text, 'X → sound.loud', 'between regions it is told in words');
  }
});

/** A chart of any shape, with transitions between any of its states. */
const anyChart = fc
  .record({
    shape: fc.letrec<{ tree: number[] }>(() => ({ tree: fc.array(fc.nat(), { maxLength: 9 }) }))
      .tree,
    kinds: fc.array(fc.boolean(), { minLength: 10, maxLength: 10 }),
    arrows: fc.array(fc.tuple(fc.nat(), fc.nat(), fc.string({ minLength: 1, maxLength: 20 })), {
      maxLength: 14,
    }),
  })
  .map(({ shape, kinds, arrows }): Chart => {
    const parents = shape.map((pick, nth) => pick % (nth + 1));
    const names = ['root'];
    parents.forEach((parent, nth) => names.push(`${names[parent]}.s${nth + 1}`));
    const name = (pick: number): string => names[pick % names.length] ?? 'root';
    const stateOf = (nth: number): Chart['root'] => {
      const states = parents.flatMap((parent, child) =>
        parent === nth ? [stateOf(child + 1)] : [],
      );
      const id = name(nth);
      const leaving = arrows.filter(([from]) => name(from) === id);
      return {
        id,
        key: id.split('.').at(-1) ?? id,
        kind: states.length === 0 ? 'atomic' : kinds[nth] === true ? 'parallel' : 'compound',
        description: null,
        initial: states.length === 0 || kinds[nth] === true ? null : (states[0]?.id ?? null),
        tags: [],
        entry: [],
        exit: [],
        invokes: [],
        transitions: leaving.map(([, to, label], place) => ({
          id: `${id}#${place}`,
          event: label,
          kind: 'event',
          label,
          guard: null,
          targets: [name(to)],
          actions: [],
          reenter: false,
          description: null,
        })),
        states,
      };
    };
    return { id: 'root', root: stateOf(0) };
  });

test('a chart of any shape is laid out', async () => {
  await fc.assert(
    fc.asyncProperty(anyChart, async (chart) => {
      for (const manner of manners) assertWellDrawn(chart, await draw(chart, manner), manner);
    }),
    { numRuns: 25 },
  );
});

test('a state is within another only if it is inside of it', () => {
  const family = familyOf(chartOf(linkMachine));
  assert.ok(isWithin(family, 'link.apart.waiting', 'link.apart'));
  assert.ok(!isWithin(family, 'link.apart', 'link.apart'));
  assert.ok(!isWithin(family, 'link.apart', 'link.apart.waiting'));
});
