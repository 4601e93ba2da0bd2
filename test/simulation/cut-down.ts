/** A plan with faults and clients left out and its storm cut short: what a failure is boiled down to. */
import type { Plan } from './plan.ts';

/** Null: all of it. Faults by their ids, clients by their places. */
export type Kept = Readonly<{
  faults: readonly number[] | null;
  clients: readonly number[] | null;
  stormMs: number | null;
}>;

export const keepAll: Kept = { faults: null, clients: null, stormMs: null };

export function cutDown(plan: Plan, { faults, clients, stormMs }: Kept): Plan {
  const lastsMs = stormMs ?? plan.stormMs;
  return {
    ...plan,
    stormMs: lastsMs,
    // In calm nothing goes wrong any more.
    faults: plan.faults.filter(
      ({ id, atMs }) => atMs < lastsMs && (faults === null || faults.includes(id)),
    ),
    clients:
      clients === null
        ? plan.clients
        : plan.clients.map((client, n) => (clients.includes(n) ? client : null)),
  };
}

/** The one command that runs it again. */
export function replayCommand({ seed }: Plan, { faults, clients, stormMs }: Kept): string {
  const list = (name: string, kept: readonly number[] | null): string =>
    kept === null ? '' : ` --${name} ${kept.length === 0 ? 'none' : kept.join(',')}`;
  const command =
    process.env.npm_lifecycle_event === undefined ? 'quorate simulate' : 'npm run simulate --';
  const storm = stormMs === null ? '' : ` --storm ${stormMs}`;
  return `${command} --seed ${seed}${list('faults', faults)}${list('clients', clients)}${storm}`;
}
