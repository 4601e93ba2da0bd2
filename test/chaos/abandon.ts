/** Leaving at once, without waiting for anybody: what a second Ctrl-C asks for. */
import { rmSync } from 'node:fs';
import { complain } from '../../runtime/cli/exit.ts';
import type { NodeProcess } from '../cluster/cluster.ts';

export type Belongings = {
  readonly folder: string;
  /** Those that were ever started. */
  readonly nodes: ReadonlySet<Pick<NodeProcess, 'process'>>;
  /** Whether the folder stays. */
  keeps: boolean;
};

/** Nothing of ours stays behind, or it is said where. */
export function abandon({ folder, nodes, keeps }: Belongings): void {
  for (const { process: child } of nodes) child?.kill('SIGKILL');
  if (!keeps && isRemoved(folder)) return;
  complain(`What was recorded until then is in ${folder}`);
}

function isRemoved(folder: string): boolean {
  try {
    // A node may still be creating files as it dies.
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 20 });
    return true;
  } catch {
    return false;
  }
}
