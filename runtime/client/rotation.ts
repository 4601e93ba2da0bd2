/**
 * Several nodes' addresses, one connection at a time. What asks through here asks again
 * elsewhere when a node fails it, until its time is up.
 */
import { realClock, type Clock } from '../clock.ts';
import { connect, Unreachable, type Connection, type Dial } from './connection.ts';

export interface Rotation {
  readonly clock: Clock;
  /** The open connection, or one to the next node that takes us. Rejects with Unreachable. */
  connected(patienceMs: number): Promise<Connection>;
  /** Leaves this node: the next to ask is another one. */
  moveOn(): void;
  close(): void;
}

export type RotationOptions = Readonly<{ urls: readonly string[]; clock?: Clock; dial?: Dial }>;

export function rotate({ urls, clock = realClock, dial }: RotationOptions): Rotation {
  let next = 0;
  let current: Connection | null = null;

  const leave = (): void => {
    current?.close();
    current = null;
  };

  /** Goes once round all of them. */
  const connectToSome = async (patienceMs: number): Promise<Connection> => {
    const failures: string[] = [];
    for (const _ of urls) {
      const url = urls[next % urls.length] ?? '';
      try {
        return await connect(url, { clock, patienceMs, ...(dial && { dial }) });
      } catch (error) {
        if (!(error instanceof Unreachable)) throw error;
        failures.push(error.message);
        next += 1;
      }
    }
    throw new Unreachable(failures.join('; '));
  };

  return {
    clock,
    connected: async (patienceMs) => (current ??= await connectToSome(patienceMs)),
    moveOn: () => {
      leave();
      next += 1;
    },
    close: leave,
  };
}

/** What one node is given to answer before another is asked. */
const attemptMsMax = 2_000;
const connectMsMax = 1_000;
const pauseMsMin = 20;
const pauseMsMax = 400;

export const pause = (clock: Clock, delayMs: number): Promise<void> =>
  new Promise((resolve) => {
    clock.setTimeout(resolve, delayMs);
  });

export const pauseBefore = (attempt: number): number =>
  Math.min(pauseMsMin * 2 ** attempt, pauseMsMax);

/** One try at one node. Null: it came to nothing that is final, so ask another. */
export type Attempt<Settled> = (
  connection: Connection,
  patienceMs: number,
) => Promise<Settled | null>;

export type InTime<Settled> =
  | Readonly<{ settled: Settled }>
  /** `unreachable` says what became of the last try to connect; null where that was not it. */
  | Readonly<{ settled: null; unreachable: string | null }>;

export async function insist<Settled>(
  rotation: Rotation,
  timeoutMs: number,
  attempt: Attempt<Settled>,
): Promise<InTime<Settled>> {
  const { clock } = rotation;
  const deadlineMs = clock.nowMs() + timeoutMs;
  let unreachable: string | null = null;

  for (let tries = 0; ; tries += 1) {
    const leftMs = Math.ceil(deadlineMs - clock.nowMs());
    if (leftMs <= 0) return { settled: null, unreachable };
    try {
      const connection = await rotation.connected(Math.min(leftMs, connectMsMax));
      unreachable = null;
      const patienceMs = Math.max(1, Math.min(Math.ceil(deadlineMs - clock.nowMs()), attemptMsMax));
      const settled = await attempt(connection, patienceMs);
      if (settled !== null) return { settled };
      rotation.moveOn();
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      unreachable = error.message;
    }
    await pause(clock, Math.max(0, Math.min(pauseBefore(tries), deadlineMs - clock.nowMs())));
  }
}
