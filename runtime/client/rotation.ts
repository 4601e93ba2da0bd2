/**
 * Several nodes' addresses, one connection at a time, however many ask through it. What asks
 * through here asks again elsewhere when a node fails it, until its time is up.
 */
import type { Clock } from '../clock.ts';
import { hostOf } from './address.ts';
import type { Dial } from './client-socket.ts';
import { connect, ConnectionLost, Unreachable, type Connection } from './connection.ts';
import { leaderOf } from './leader.ts';

export interface Rotation {
  readonly clock: Clock;
  /** How long to wait before asking for the `attempt`th time. */
  pauseBefore(attempt: number): number;
  /**
   * The open connection, or one to the next node that takes us; whoever asks meanwhile gets the
   * same one. Rejects with Unreachable.
   */
  connected(patienceMs: number): Promise<Connection>;
  /**
   * The next to ask is another node than this one. What was asked of this one may still be
   * answered.
   */
  moveOn(from: Connection): void;
  /** For good. */
  close(): void;
}

export type RotationOptions = Readonly<{
  urls: readonly string[];
  clock: Clock;
  dial: Dial;
  /**
   * Draws from [0, 1), to begin at any node and to pause for any while, so that many clients do
   * not all come at once. Without it the first is asked first, and pauses are of a fixed length.
   */
  chance?: () => number;
  /** Turn to the leader, once connected to another node, if it is among the addresses. */
  followLeader?: boolean;
  /** Called with each node that took us, and with null whenever there is none any more. */
  changed?: (url: string | null) => void;
}>;

const pauseMsMin = 20;
const pauseMsMax = 400;

export function rotate(options: RotationOptions): Rotation {
  const { urls, clock, dial, chance, changed, followLeader = false } = options;
  let next = chance === undefined ? 0 : Math.floor(chance() * urls.length);
  let current: Connection | null = null;
  let connecting: Promise<Connection> | null = null;
  let isClosed = false;
  let roundsInVain = 0;
  /** Nobody dials before this. */
  let notBeforeMs = 0;

  const pauseBefore = (attempt: number): number => {
    const pauseMs = Math.min(pauseMsMin * 2 ** attempt, pauseMsMax);
    return chance === undefined ? pauseMs : pauseMs * (0.5 + chance());
  };

  const leave = (connection: Connection, how: 'retire' | 'close'): void => {
    if (current === connection) {
      current = null;
      changed?.(null);
    }
    connection[how]();
  };

  const enter = (connection: Connection): void => {
    current = connection;
    changed?.(connection.url);
    void connection.closed.then(() => leave(connection, 'close'));
  };

  /** What comes of it is no matter: any node serves. */
  const turnToLeader = async (from: Connection, patienceMs: number): Promise<void> => {
    try {
      const url = await leaderOf(from, urls);
      if (url === null || current !== from) return;
      const leader = await connect(url, { clock, patienceMs, dial });
      if (current !== from) return leader.close();
      current = null;
      next = urls.indexOf(url);
      enter(leader);
      from.retire();
    } catch (error) {
      if (!(error instanceof Unreachable || error instanceof ConnectionLost)) throw error;
    }
  };

  /** Goes once round all of them. */
  const connectToSome = async (patienceMs: number): Promise<Connection> => {
    const failures: string[] = [];
    for (const _ of urls) {
      const url = urls[next % urls.length] ?? '';
      try {
        return await connect(url, { clock, patienceMs, dial });
      } catch (error) {
        if (!(error instanceof Unreachable)) throw error;
        failures.push(error.message);
        next += 1;
        if (isClosed) break;
      }
    }
    throw new Unreachable(failures.join('; '));
  };

  const connectInTurn = async (patienceMs: number): Promise<Connection> => {
    const waitMs = notBeforeMs - clock.nowMs();
    if (waitMs > 0) await pause(clock, waitMs);
    if (isClosed) throw closed();
    try {
      const connection = await connectToSome(patienceMs);
      if (isClosed) {
        connection.close();
        throw closed();
      }
      roundsInVain = 0;
      enter(connection);
      // Once for each connection that we chose: two nodes may take each other for the leader.
      if (followLeader) void turnToLeader(connection, patienceMs);
      return connection;
    } catch (error) {
      notBeforeMs = clock.nowMs() + pauseBefore(roundsInVain);
      roundsInVain += 1;
      throw error;
    }
  };
  const closed = (): Unreachable => new Unreachable(`${urls.map(hostOf).join(', ')}: we hung up`);

  return {
    clock,
    pauseBefore,
    async connected(patienceMs) {
      if (isClosed) throw closed();
      if (current !== null) return current;
      connecting ??= connectInTurn(patienceMs).finally(() => (connecting = null));
      return connecting;
    },
    moveOn(from) {
      next = urls.indexOf(from.url) + 1;
      leave(from, 'retire');
    },
    close() {
      isClosed = true;
      if (current !== null) leave(current, 'close');
    },
  };
}

export const pause = (clock: Clock, delayMs: number): Promise<void> =>
  new Promise((resolve) => {
    clock.setTimeout(resolve, delayMs);
  });
