/**
 * The proof that a newcomer sees: there is a leader, the simulated client proposes Running to a
 * node, a majority commits it, and every node says so.
 */
import type { Clock } from '../../clock.ts';
import { hostOf } from '../../client/address.ts';
import type { NodeStatus } from '../../service.ts';
import { awaitStatus, missingLeader, missingRunning, type Hope } from '../cluster/await-status.ts';
import { isTerminal, paint, print } from '../output.ts';
import type { Progress } from '../progress.ts';
import { renderTable, type Column } from '../table.ts';
import { proposeAsSimulatedClient } from './simulated-client.ts';

export type Proof = Readonly<{
  urls: readonly string[];
  /** Propose nothing. */
  hold: boolean;
  clock: Clock;
  deadlineMs: number;
  progress: Progress;
}>;

/** Resolves with true once it has been shown; rejects when the time is up. */
export async function proveRunning({ urls, hold, clock, deadlineMs, progress }: Proof) {
  const hopingFor = (missing: Hope['missing']): Hope => ({
    clock,
    deadlineMs,
    missing,
    waitingFor: (what) => progress.say(`waiting for ${what}`),
  });
  const led = await awaitStatus(urls, hopingFor(missingLeader));
  if (hold) {
    progress.done();
    show(led);
    return true;
  }

  const doors = startingWithAFollower(urls, led);
  progress.done();
  print(`The simulated client asks ${hostOf(doors[0] ?? '')}:`);
  await proposeAsSimulatedClient(doors, 'Running', {
    clock,
    deadlineMs,
    said: (message) => print(`  → ${JSON.stringify(message)}`),
    heard: (message) => print(`  ← ${JSON.stringify(message)}`),
  });
  const running = await awaitStatus(urls, hopingFor(missingRunning));
  progress.done();
  show(running);
  return true;
}

/** Any node takes a proposal. One that does not lead shows it best. */
function startingWithAFollower(urls: readonly string[], statuses: readonly NodeStatus[]) {
  const at = Math.max(
    statuses.findIndex(({ role }) => role === 'follower'),
    0,
  );
  return [...urls.slice(at), ...urls.slice(0, at)];
}

const columns: readonly Column[] = [
  { title: 'node' },
  { title: 'role' },
  { title: 'term', align: 'right' },
  { title: 'lifecycle' },
  { title: 'commit index', align: 'right' },
];

const show = (statuses: readonly NodeStatus[]): void => {
  const rows = statuses.map(({ node, role, term, lifecycle, commitIndex }) => [
    node,
    role === 'leader' ? paint.bold(role) : role,
    String(term),
    lifecycle === 'Running' ? paint.green(lifecycle) : lifecycle,
    String(commitIndex),
  ]);
  print(renderTable(columns, rows, isTerminal(process.stdout)));
};
