/**
 * What the replica needs from whatever interprets its users' charts, and all that it knows of
 * it. The next major version of XState is another implementation of this, and nothing else.
 */
import type { MachineEvent } from '../protocol/entry.ts';
import type { InstanceView } from '../protocol/outcome.ts';

declare const brand: unique symbol;

/** Where one instance stands. Immutable, and opaque to all but the engine that made it. */
export type Snapshot = { readonly [brand]: 'Snapshot' };

/** What a `log` action wanted to say. */
export type Logged = Readonly<{ label: string | undefined; value: unknown }>;

export type Begun = Readonly<{
  snapshot: Snapshot;
  emitted: readonly MachineEvent[];
  logged: readonly Logged[];
}>;

/** `accepted` is false exactly where the chart had no transition to take; nothing changed then. */
export type Stepped = Begun & Readonly<{ accepted: boolean }>;

/** One machine, as pure functions. Same arguments, same results, on every node and in every run. */
export interface Engine {
  /** Throws {@link MachineFailure}. */
  init(input: unknown): Begun;
  /** Throws {@link MachineFailure}. What it was given stays as it was. */
  apply(snapshot: Snapshot, event: MachineEvent): Stepped;
  /** What a client may see. No copy is made. */
  view(snapshot: Snapshot): InstanceView;
  /** The snapshot as plain data: JSON, where the machine's own context is JSON. */
  serialize(snapshot: Snapshot): unknown;
  /** The inverse: what comes back behaves from here on exactly like what was serialized. */
  hydrate(serialized: unknown): Snapshot;
  /** The definition as plain data, the source text of its functions included. */
  describe(): unknown;
}

/**
 * The machine could not take a step: its own code threw, it did not come to rest, or it asked
 * for what cannot be replicated. The same on every node, so an outcome rather than a crash.
 */
export class MachineFailure extends Error {
  override readonly name = 'MachineFailure';
}

const reasonCharsMax = 300;

/** One line from whatever user code threw, which need not be an error and may even resist being read. */
export function reasonOf(thrown: unknown): string {
  try {
    const said =
      typeof thrown === 'object' && thrown !== null && 'message' in thrown
        ? thrown.message
        : thrown;
    const line = String(said).replace(/\s+/g, ' ').trim();
    // Half a surrogate pair would not survive being sent.
    return line.slice(0, reasonCharsMax).replace(/[\uD800-\uDBFF]$/, '') || 'no reason given';
  } catch {
    return 'no reason given';
  }
}
