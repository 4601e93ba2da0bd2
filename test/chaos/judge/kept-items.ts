/**
 * In the end each journal holds every item whose append was acknowledged, once; none whose
 * append was refused; and none that nobody appended.
 */
import type { Evidence } from './evidence.ts';

type Journal = Readonly<{ context: Readonly<{ items: readonly string[] }> }>;
type End = 'return' | 'refused' | 'unknown';
type Append = Readonly<{ key: string; item: string }>;

export function keptItems({ history, states }: Evidence): string[] {
  const ends = endsOfAppends(history);
  const findings: string[] = [];
  for (const [node, held] of states ?? []) {
    const seen = new Map<string, number>();
    for (const [name, view] of held) {
      const key = name.replace(/^journal\//, '');
      if (key === name || view === null) continue;
      for (const item of (view as Journal).context.items) {
        const append = `${item} in ${key}`;
        seen.set(append, (seen.get(append) ?? 0) + 1);
        if (!ends.has(append)) findings.push(`${node}: nobody appended ${append}`);
      }
    }
    for (const [append, end] of ends) {
      const count = seen.get(append) ?? 0;
      if (count > 1) findings.push(`${node}: ${append} is there ${count} times`);
      if (count === 0 && end === 'return')
        findings.push(`${node}: ${append} was acknowledged and is gone`);
      if (count > 0 && end === 'refused')
        findings.push(`${node}: ${append} was refused and is there`);
    }
  }
  return findings;
}

function endsOfAppends(history: Evidence['history']): ReadonlyMap<string, End> {
  const ends = new Map<string, End>();
  const appending = new Map<string, Append>();
  for (const event of history) {
    if (event.machine !== 'journal') continue;
    if (event.type === 'call') {
      const { input } = event;
      if (input.op !== 'propose') appending.delete(event.client);
      else {
        const { item } = input.event as unknown as { item: string };
        appending.set(event.client, { key: input.key, item });
        ends.set(`${item} in ${input.key}`, 'unknown');
      }
      continue;
    }
    const append = appending.get(event.client);
    if (append !== undefined) ends.set(`${append.item} in ${append.key}`, event.type);
    appending.delete(event.client);
  }
  return ends;
}
