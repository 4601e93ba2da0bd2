/** However often money was moved, in every state that anybody saw there is as much of it as ever. */
import { bankTotal } from '../machines.ts';
import type { Evidence } from './evidence.ts';

type Balances = Readonly<{ context: Readonly<{ balances: Readonly<Record<string, number>> }> }>;

export function sameTotal({ history, states }: Evidence): string[] {
  const findings: string[] = [];
  const look = (where: string, view: unknown): void => {
    if (view === null || view === undefined) return;
    const { balances } = (view as Balances).context;
    const amounts = Object.values(balances);
    const total = amounts.reduce((sum, amount) => sum + amount, 0);
    if (total === bankTotal && amounts.every((amount) => amount >= 0)) return;
    findings.push(`${where}: the balances are ${JSON.stringify(balances)}, together ${total}`);
  };
  for (const event of history) {
    if (event.machine === 'bank' && event.type === 'return') {
      look(`client ${event.client} at ${event.atMs} ms`, event.output.view);
    }
  }
  for (const [node, held] of states ?? []) {
    for (const [name, view] of held) if (name.startsWith('bank/')) look(`${node}, ${name}`, view);
  }
  return findings;
}
