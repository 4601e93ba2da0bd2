/**
 * The one file with real time and real entropy. Everything else is handed a `Clock`,
 * so that a seed and a simulated clock can replay a whole cluster.
 *
 * Names what every platform has and imports nothing of Node's, since the client library brings it
 * to browsers. (They lack `setImmediate`, which no client asks for.)
 */
import { v7 } from 'uuid';
import { proposalId, type ProposalId } from '../machines/protocol/ids.ts';

/** A set alarm, good only for `clearTimeout` of the clock that gave it. */
export type Alarm = unknown;

export interface Clock {
  /** Monotone milliseconds since some fixed moment. Never goes back, whatever the wall clock does. */
  nowMs(): number;
  /** Milliseconds since 1970 by the machine's wall clock, which may leap. */
  wallMs(): number;
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
  wallMs: () => Date.now(),
  setTimeout: (ring, delayMs) => setTimeout(ring, delayMs),
  clearTimeout: (alarm) => clearTimeout(alarm as NodeJS.Timeout),
  soon: (run) => setImmediate(run),
  seed: () => crypto.getRandomValues(new Uint32Array(1))[0] ?? 0,
  newProposalId: () => proposalId(v7()),
};
