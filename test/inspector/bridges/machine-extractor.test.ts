/**
 * Stately's editor opens a chart by reading its source, without running it. So each chart here is
 * written as plain data, and what `@xstate/machine-extractor` reads out of the file is that chart.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test, vi } from 'vitest';
import { createMachine, type AnyStateMachine } from 'xstate';
import type { ChartState } from '../../../machines/protocol/chart.ts';
import { chartOf } from '../../../machines/replica/xstate5-chart.ts';
import { extractMachinesFromFile } from '../../stately/packages.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const { include } = JSON.parse(
  readFileSync(path.join(root, 'stately.config.json'), 'utf8'),
) as Readonly<{ include: readonly string[] }>;

type Part = Readonly<Record<string, unknown>>;
const isPart = (value: unknown): value is Part => typeof value === 'object' && value !== null;

/** It writes guards and actions out as what they are; all of ours are named. */
function asWritten(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asWritten);
  if (!isPart(value)) return value;
  if ('kind' in value && 'action' in value) {
    assert.equal(value.kind, 'named', JSON.stringify(value));
    return (value.action as Part).type;
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => name !== 'context')
      .map(([name, held]) => {
        if (name !== 'cond') return [name, asWritten(held)];
        assert.equal((held as Part).kind, 'named', JSON.stringify(held));
        return ['guard', (held as Part).type];
      }),
  );
}

/** The extractor does not say which transitions re-enter their state. */
const withoutReentry = ({ transitions, states, ...state }: ChartState): object => ({
  ...state,
  transitions: transitions.map((transition) => ({ ...transition, reenter: null })),
  states: states.map(withoutReentry),
});

for (const file of include) {
  test(`${file} is read as the chart that it is`, async () => {
    const complaint = vi.spyOn(console, 'warn');
    const extracted = extractMachinesFromFile(readFileSync(path.join(root, file), 'utf8'));
    const configs = extracted?.machines.map((machine) => machine?.toConfig()) ?? [];
    assert.deepEqual(complaint.mock.calls, [], 'it says there what it cannot read');
    complaint.mockRestore();
    assert.equal(configs.length, 1);
    const read = createMachine(asWritten(configs[0]) as never) as AnyStateMachine;

    const module = (await import(path.join(root, file))) as Readonly<Record<string, unknown>>;
    const machine = Object.values(module).find(
      (value): value is AnyStateMachine => isPart(value) && 'root' in value && 'config' in value,
    );
    assert.ok(machine !== undefined);
    assert.deepEqual(withoutReentry(chartOf(read).root), withoutReentry(chartOf(machine).root));
  });
}
