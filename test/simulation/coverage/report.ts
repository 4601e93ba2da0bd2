/** How much of each chart a simulation visited, in numbers, and what it did not visit, and why. */
import type { Coverage } from './coverage.ts';
import { explained } from './explained.ts';
import { allParts, charts } from './parts.ts';

const kinds = ['state', 'transition', 'guard'] as const;

const isOf = (chart: string, kind: string) => (name: string) =>
  new RegExp(`^${kind} ${chart}(?![\\w-])`).test(name);

export function coverageReport(coverage: Coverage): string {
  const all = allParts();
  const unvisited = new Set(coverage.unvisited());
  const lines = charts.map(({ id }) => {
    const figures = kinds.map((kind) => {
      const parts = all.filter(isOf(id, kind));
      const visited = parts.filter((name) => !unvisited.has(name)).length;
      // Of a guard both answers count.
      return `${visited} of ${parts.length} ${kind === 'guard' ? 'answers of guards' : `${kind}s`}`;
    });
    return `${id.padEnd(8)} ${figures.join(', ')}`;
  });
  const left = [...unvisited].map((name) => `  ${name}: ${explained.get(name) ?? 'by chance'}`);
  return [...lines, left.length > 0 ? 'not visited:' : 'all of it was visited', ...left].join('\n');
}
