/** Charts by names that tell definitions apart: viewers are sent each of them once. */
import { createHash } from 'node:crypto';
import type { AnyStateMachine } from 'xstate';
import type { Chart } from '../../machines/protocol/chart.ts';
import { chartOf } from '../../machines/replica/xstate5-chart.ts';
import type { ChartKey } from './protocol.ts';

export interface Charts {
  keyOf(chart: Chart): ChartKey;
  keyOfMachine(machine: AnyStateMachine): ChartKey;
  get(key: ChartKey): Chart | undefined;
}

export function createCharts(): Charts {
  const byKey = new Map<ChartKey, Chart>();
  const keys = new WeakMap<Chart, ChartKey>();
  /** By what copies of a machine, with other implementations, have in common. */
  const keysByConfig = new WeakMap<object, ChartKey>();

  function keyOf(chart: Chart): ChartKey {
    const known = keys.get(chart);
    if (known !== undefined) return known;
    const digest = createHash('sha256').update(JSON.stringify(chart)).digest('hex');
    const key = `${chart.id}@${digest.slice(0, 12)}`;
    keys.set(chart, key);
    if (!byKey.has(key)) byKey.set(key, chart);
    return key;
  }

  return {
    keyOf,
    keyOfMachine(machine) {
      const config = machine.config as object;
      const known = keysByConfig.get(config);
      if (known !== undefined) return known;
      const key = keyOf(chartOf(machine));
      keysByConfig.set(config, key);
      return key;
    },
    get: (key) => byKey.get(key),
  };
}
