/** Sends the event and prints the answer. */
import type { MachineEvent } from '../../../machines/protocol/entry.ts';
import { QuorateError } from '../../../machines/protocol/errors.ts';
import { defaultUrls } from '../../client/address.ts';
import { dialWebSocket } from '../../client/dial-ws.ts';
import { propose } from '../../client/propose.ts';
import { rotate } from '../../client/rotation.ts';
import { realClock } from '../../clock.ts';
import { printJson } from '../output.ts';

export type ProposeOptions = Readonly<{
  machine: string;
  key: string;
  event: MachineEvent;
  url?: readonly string[];
  timeout: number;
  id?: string;
  input?: unknown;
}>;

/** The answer is a result, whichever it is; that it was not committed is a failure as well. */
export async function runPropose(options: ProposeOptions): Promise<void> {
  const { url: urls = defaultUrls, timeout: timeoutMs, id: proposalId, ...rest } = options;
  const rotation = rotate({ urls, clock: realClock, dial: dialWebSocket });
  try {
    const request = { ...rest, timeoutMs, ...(proposalId !== undefined && { proposalId }) };
    const answer = await propose(rotation, request);
    printJson(answer);
    if (answer.type === 'refused') throw new QuorateError(answer.code, answer.message);
    if (answer.type === 'unknown') throw new QuorateError('outcome-unknown', answer.message);
  } finally {
    rotation.close();
  }
}
