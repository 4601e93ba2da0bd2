/** `quorate chart --mermaid`, read back: it says what the chart says. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'vitest';
import { createMachine, type AnyStateMachine } from 'xstate';
import type { ChartState } from '../../../machines/protocol/chart.ts';
import { chartOf } from '../../../machines/replica/xstate5-chart.ts';
import { chosenMachine } from '../../../runtime/cli/chart/chosen-machine.ts';
import { inMermaid } from '../../../runtime/cli/chart/mermaid.ts';
import { familyOf } from '../../../runtime/inspector/drawing/family.ts';
import { routesOf } from '../../../runtime/inspector/drawing/routes.ts';
import { root } from '../../cluster/cluster.ts';
import { parcel } from '../../inspector/bridges/trio.ts';
import { readMermaid, type Read } from './mermaid-structure.ts';

const { include } = JSON.parse(
  readFileSync(path.join(root, 'stately.config.json'), 'utf8'),
) as Readonly<{ include: readonly string[] }>;

/** As XState names it, whatever Mermaid calls it. */
function assertAlike(read: Read, state: ChartState): void {
  const isHistory = state.kind.endsWith('history');
  assert.equal(read.title, isHistory ? read.title : state.key);
  assert.match(read.title, isHistory ? /^H\*?$/ : /./);
  assert.equal(read.isFinal, state.kind === 'final');
  assert.equal(read.regions, state.kind === 'parallel' ? state.states.length : 1);
  if (state.description !== null) assert.equal(read.lines[0], state.description);
  for (const action of state.entry) assert.ok(read.lines.includes(`entry / ${action}`));
  for (const action of state.exit) assert.ok(read.lines.includes(`exit / ${action}`));
  assert.equal(read.children.length, state.states.length);
  const begins = state.states.findIndex(({ id }) => id === state.initial);
  assert.equal(read.children[begins]?.name ?? null, read.initial);
  state.states.forEach((child, nth) => assertAlike(read.children[nth] as Read, child));
}

function assertDiagramOf(machine: AnyStateMachine): void {
  const chart = chartOf(machine);
  const { root: read, states, arrows } = readMermaid(inMermaid(chart));
  assertAlike(read, chart.root);
  const family = familyOf(chart);
  assert.equal(states.size, family.size);

  // Each transition is an arrow or is written into its state.
  const drawn = routesOf(family).flatMap(({ transitions }) => transitions);
  assert.equal(arrows.length, drawn.length);
  const labels = arrows.map(({ label }) => label);
  const written = [...states.values()].flatMap(({ lines }) => lines).join('\n');
  for (const { state } of family.values()) {
    for (const transition of state.transitions) {
      const { label, guard } = transition;
      const said = guard === null ? label : `${label} [${guard}]`;
      const isSaid = drawn.includes(transition)
        ? labels.some((each) => each.startsWith(said))
        : written.includes(label);
      assert.ok(isSaid, `${said} in ${state.id}`);
    }
  }
  // Mermaid fails on what leads from a state into itself.
  const within = (name: string): string[] =>
    (states.get(name)?.children ?? []).flatMap((child) => [child.name, ...within(child.name)]);
  for (const { from, to } of arrows) {
    assert.ok(from !== to && !within(from).includes(to) && !within(to).includes(from));
  }
}

describe('a Mermaid diagram says what the chart says', () => {
  for (const file of include) {
    test(file, async () => assertDiagramOf(await chosenMachine(path.join(root, file), undefined)));
  }
  test('of a machine with history, delays and invokes', () => assertDiagramOf(parcel));
});

test('whatever states and events are called, a diagram remains one', () => {
  const machine = createMachine({
    id: 'state',
    initial: 'a b',
    description: 'One: "two" -- {three} #4;\nfive <six>',
    states: {
      'a b': { on: { 'x --> y': 'a_b', '}': 'end', note: 'ünï' }, entry: 'end note' },
      a_b: {},
      end: { type: 'final' },
      ünï: { on: { a: 'ünï→' } },
      'ünï→': {},
    },
  });
  const { root: read, arrows } = readMermaid(inMermaid(chartOf(machine)));
  assert.deepEqual(
    read.children.map(({ title }) => title),
    ['a b', 'a_b', 'end', 'ünï', 'ünï→'],
  );
  assert.deepEqual(
    arrows.map(({ label }) => label),
    ['x --> y', '}', 'note', 'a'],
  );
});
