/** In the end all nodes hold the same. */
import { isDeepStrictEqual } from 'node:util';
import type { Evidence } from './evidence.ts';

export function sameEverywhere(states: Evidence['states']): string[] {
  const [first, ...others] = states ?? [];
  if (first === undefined) return [];
  const [node, held] = first;
  const findings: string[] = [];
  for (const [other, holds] of others) {
    for (const name of new Set([...held.keys(), ...holds.keys()])) {
      const [here, there] = [held.get(name), holds.get(name)];
      if (isDeepStrictEqual(here, there)) continue;
      findings.push(
        `${name} differs: ${node} holds ${JSON.stringify(here)}, ${other} holds ${JSON.stringify(there)}`,
      );
    }
  }
  return findings;
}
