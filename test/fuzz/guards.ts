/** What holds for every decoder: bounded room for an input, and nothing changed behind its back. */
import assert from 'node:assert/strict';
import { getHeapStatistics } from 'node:v8';
import type { Check } from './target.ts';

const bytesBase = 16 * 1024 * 1024;
const bytesPerByte = 1_024;

/** What a length that is only claimed would cost is beyond this by far. */
const bytesMax = ({ length }: Uint8Array): number => bytesBase + bytesPerByte * length;

function bytesInUse(): number {
  const { used_heap_size: heap, external_memory: external } = getHeapStatistics();
  return heap + external;
}

const commonPrototypes = [Object.prototype, Array.prototype, Function.prototype, Map.prototype];
const ownNames = (): string =>
  commonPrototypes.map((prototype) => Object.getOwnPropertyNames(prototype).join()).join('|');
const asTheyWere = ownNames();

/** The target's own check, and these. Throws where one of them does not hold. */
export async function checkGuarded(check: Check, input: Uint8Array): Promise<void> {
  const before = bytesInUse();
  const copy = input.slice();
  const running = check(input);
  // Most checks are done by now, and a turn of the queue costs more than they do.
  if (running) await running;
  const taken = bytesInUse() - before;
  assert.ok(taken <= bytesMax(input), `${input.length} bytes took memory out of all proportion`);
  assert.equal(ownNames(), asTheyWere, 'what all objects share is as it was');
  assert.ok(Buffer.from(input).equals(copy), 'the input is as it was');
}
