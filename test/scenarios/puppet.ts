/** One of the puppets around a lone node, by name. */
import assert from 'node:assert/strict';
import type { Lone } from '../world/lone.ts';
import type { Puppet } from '../world/wires.ts';

export function puppet({ puppets }: Lone, name: string): Puppet {
  const found = puppets[name];
  assert.ok(found);
  return found;
}
