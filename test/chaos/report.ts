/** What a run has shown, for people. */
import { calmWithinMs } from './calm.ts';
import type { Outcome, RunOptions } from './run.ts';

export function reportOf({ nodes, clients, seed }: RunOptions, outcome: Outcome): string {
  const { verdict, tally, leaders, lastedMs, calm, kinds, notAllowed, folder } = outcome;
  const { ok, refused, unknown } = tally.operations;
  const terms = [...leaders.byTerm.keys()];
  const seen = [...leaders.byTerm.values()].reduce((sum, { size }) => sum + size, 0);
  const struck = kinds.map((kind) => `${kind} ${tally.faults.get(kind) ?? 0}`);
  const refusals = [...tally.refusals].map(([code, count]) => `${code} ${count}`);
  const rows: readonly (readonly [string, string])[] = [
    ['run', `seed ${seed}, ${nodes} nodes, ${clients} clients, a storm of ${inSeconds(lastedMs)}`],
    ['operations', `${ok} ok, ${refused} refused, ${unknown} unknown`],
    ['sendings refused', refusals.join(', ') || 'none'],
    ['faults', struck.join(', ')],
    ...[...notAllowed].map(([kind, why]) => ['not possible here', `${kind}: ${why}`] as const),
    [
      'leaders',
      terms.length === 0
        ? 'none seen'
        : `${seen} seen, in terms ${Math.min(...terms)} to ${Math.max(...terms)}`,
    ],
    [
      'without service',
      `${inSeconds(tally.gaps.longestMs)} at most between two successes of any clients; ` +
        `${inSeconds(tally.gaps.longestInCalmMs)} while no fault was in force`,
    ],
    [
      'calm',
      calm === null
        ? 'not reached'
        : `all nodes ready after ${inSeconds(calm.readyMs)} (of ${inSeconds(calmWithinMs)}), each serving and all agreeing ${inSeconds(calm.convergedMs)} after the last read`,
    ],
    ['linearizable', `${verdict.linearizable}, ${verdict.instances} instances judged`],
  ];
  const lines = rows.map(([name, value]) => `${name.padEnd(18)}${value}`);
  const shown = verdict.findings.slice(0, findingsShownMax).map((finding) => `✗ ${finding}`);
  const ending = verdict.passed
    ? [calm === null ? 'passed as far as it went: it was broken off before the calm' : 'passed']
    : [...shown, `failed: ${verdict.findings.length} findings, ${shown.length} shown`];
  const kept = folder === null ? [] : [`The record, the logs and all findings are in ${folder}`];
  return [...lines, ...ending, ...kept].join('\n');
}

/** One thing that goes wrong shows in many places. */
const findingsShownMax = 10;

const inSeconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
