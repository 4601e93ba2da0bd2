/** What one node says about itself, or why it says nothing. */
import type { NodeStatus } from '../service.ts';
import { realClock } from '../clock.ts';
import { connect, ConnectionLost, Unreachable, type ConnectOptions } from './connection.ts';
import { dialWebSocket } from './dial-ws.ts';

export type StatusReport =
  | Readonly<{ url: string; status: NodeStatus }>
  | Readonly<{ url: string; status: null; why: string }>;

export async function askStatus(
  url: string,
  { patienceMs = 2_000, clock = realClock, dial = dialWebSocket }: Partial<ConnectOptions> = {},
): Promise<StatusReport> {
  try {
    const connection = await connect(url, { patienceMs, clock, dial });
    try {
      const answer = await connection.ask({ type: 'status' }, patienceMs);
      if (answer.type !== 'status') return { url, status: null, why: `answered ${answer.type}` };
      const { type: _, ...status } = answer;
      return { url, status };
    } finally {
      connection.close();
    }
  } catch (error) {
    if (!(error instanceof ConnectionLost || error instanceof Unreachable)) throw error;
    return { url, status: null, why: error.message };
  }
}
