/** Whether those who are connected are still there: not heard since they were asked last, they are gone. */
import type { MessageSocket } from '../message-socket.ts';

type Heard = {
  readonly webSocket: Pick<MessageSocket, 'ping' | 'terminate'>;
  wasHeard: boolean;
};

/** To be done twice in the silence allowed. */
export function askForSignsOfLife(connections: Iterable<Heard>): void {
  for (const connection of connections) {
    if (!connection.wasHeard) {
      connection.webSocket.terminate();
      continue;
    }
    connection.wasHeard = false;
    connection.webSocket.ping();
  }
}
