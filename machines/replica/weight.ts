/** About how much memory a state takes, told by how long it is in print. */
import type { InstanceView } from '../protocol/outcome.ts';

/** What one kept event takes besides its state, about. */
const envelopeBytes = 256;

/** Where a context cannot be printed (a cycle, a BigInt), a guess. */
const unprintableBytes = 4_096;

export function weightOf({ value, context, output }: InstanceView): number {
  try {
    return envelopeBytes + JSON.stringify([value, context, output]).length;
  } catch {
    return unprintableBytes;
  }
}
