/** Whether a run kept what is promised; and if not, what it broke. */
import { bank, journal, register } from '../machines.ts';
import { checkLinearizable } from '../../simulation/checkers/linearizable.ts';
import type { Budget } from '../../simulation/checkers/meter.ts';
import { instanceModel } from '../../simulation/checkers/models/instance.ts';
import type { Evidence } from './evidence.ts';
import { oneIndexEach } from './one-index-each.ts';
import { sameEverywhere } from './same-everywhere.ts';
import { keptItems } from './kept-items.ts';
import { sameTotal } from './same-total.ts';

export type Verdict = Readonly<{
  passed: boolean;
  /** What was broken, each with its evidence. */
  findings: readonly string[];
  linearizable: 'yes' | 'no' | 'undecided';
  instances: number;
}>;

const machines = { register, journal, bank } as const;
/** For one machine's part of a run. Many times what a long run has been seen to need. */
const enough: Budget = { stepsMax: 200_000_000 };

export function judge(evidence: Evidence, budget = enough): Verdict {
  const { history, leaders, incidents } = evidence;
  const findings = [...incidents];
  for (const [term, nodes] of leaders) {
    if (nodes.size > 1) findings.push(`term ${term} has two leaders: ${[...nodes].join(', ')}`);
  }

  let linearizable: Verdict['linearizable'] = 'yes';
  let instances = 0;
  for (const [name, machine] of Object.entries(machines)) {
    const part = history.filter((event) => event.machine === name);
    const found = checkLinearizable(instanceModel(machine), part, budget);
    if (found.verdict === 'legal') {
      instances += found.orders.size;
    } else if (found.verdict === 'illegal') {
      linearizable = 'no';
      findings.push(`${name}: ${found.report}`);
    } else {
      // No verdict is no acquittal.
      if (linearizable === 'yes') linearizable = 'undecided';
      findings.push(`${name}: undecided after ${found.steps} steps, at ${found.partition}`);
    }
  }

  findings.push(
    ...oneIndexEach(history),
    ...sameTotal(evidence),
    ...sameEverywhere(evidence.states),
  );
  findings.push(...keptItems(evidence));
  return { passed: findings.length === 0, findings, linearizable, instances };
}
