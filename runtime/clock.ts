/**
 * The one file with real time and real entropy. Everything else is handed a `Clock`,
 * so that a seed and a simulated clock can replay a whole cluster.
 */
import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { v7 } from 'uuid';
import { proposalId, type ProposalId } from '../machines/protocol/ids.ts';

/** A set alarm, good only for `clearTimeout` of the clock that gave it. */
export type Alarm = unknown;

export interface Clock {
  /** Monotone milliseconds since some fixed moment. Never goes back, whatever the wall clock does. */
  nowMs(): number;
  setTimeout(ring: () => void, delayMs: number): Alarm;
  clearTimeout(alarm: Alarm): void;
  /** Runs after everything that has already arrived in this turn of the event loop. */
  soon(run: () => void): void;
  /** An unsigned 32-bit seed that no other node draws. */
  seed(): number;
  /** A new UUID, version 7. */
  newProposalId(): ProposalId;
}

export const realClock: Clock = {
  nowMs: () => performance.now(),
  setTimeout: (ring, delayMs) => setTimeout(ring, delayMs),
  clearTimeout: (alarm) => clearTimeout(alarm as NodeJS.Timeout),
  soon: (run) => setImmediate(run),
  seed: () => randomBytes(4).readUInt32LE(),
  newProposalId: () => proposalId(v7()),
};
