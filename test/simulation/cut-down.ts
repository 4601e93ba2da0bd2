/** A plan with some of its faults and clients left out: what a failure is boiled down to. */
import type { Plan } from './plan.ts';

/** Null: all of them. Faults by their ids, clients by their places. */
export type Kept = Readonly<{
  faults: readonly number[] | null;
  clients: readonly number[] | null;
}>;

export const keepAll: Kept = { faults: null, clients: null };

export function cutDown(plan: Plan, { faults, clients }: Kept): Plan {
  return {
    ...plan,
    faults: faults === null ? plan.faults : plan.faults.filter(({ id }) => faults.includes(id)),
    clients:
      clients === null
        ? plan.clients
        : plan.clients.map((client, n) => (clients.includes(n) ? client : null)),
  };
}

/** The one command that runs it again. */
export function replayCommand({ seed }: Plan, { faults, clients }: Kept): string {
  const list = (name: string, kept: readonly number[] | null): string =>
    kept === null ? '' : ` --${name} ${kept.length === 0 ? 'none' : kept.join(',')}`;
  const command =
    process.env.npm_lifecycle_event === undefined ? 'quorate simulate' : 'npm run simulate --';
  return `${command} --seed ${seed}${list('faults', faults)}${list('clients', clients)}`;
}
