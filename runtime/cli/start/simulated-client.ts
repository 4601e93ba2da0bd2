/**
 * The client of the original sketch: it speaks the three messages of that form and nothing else.
 * It asks for a state, is told that the proposal is in flight, and then that a majority holds it.
 */
import { WebSocket } from 'ws';
import { QuorateError } from '../../../machines/protocol/errors.ts';
import type { Clock } from '../../clock.ts';
import { hostOf } from '../../client/address.ts';
import { pause } from '../../client/rotation.ts';

/** What stands for the simulated client where a node would put its name. */
const simulatedClientId = 999;
const answerMs = 2_500;
const betweenMs = 200;

type Proposal = Readonly<{
  sender_id: number;
  message_type: 'Proposal';
  proposed_state: string;
  proposal_id: string;
}>;
export type Original = Readonly<{
  sender_id: string | number;
  message_type: string;
  proposed_state?: string;
  proposal_id?: string;
}>;

export type Conversation = Readonly<{
  clock: Clock;
  deadlineMs: number;
  said: (message: Proposal) => void;
  heard: (message: Original) => void;
}>;

/** Resolves with the Commit. The same id is sent again, and to the next node, until there is one. */
export async function proposeAsSimulatedClient(
  urls: readonly string[],
  proposedState: string,
  { clock, deadlineMs, said, heard }: Conversation,
): Promise<Original> {
  const proposal: Proposal = {
    sender_id: simulatedClientId,
    message_type: 'Proposal',
    proposed_state: proposedState,
    proposal_id: clock.newProposalId(),
  };
  for (let at = 0; ; at += 1) {
    const url = urls[at % urls.length] ?? '';
    try {
      return await converse(url, proposal, { clock, said, heard });
    } catch (error) {
      if (!(error instanceof NoCommit)) throw error;
      if (clock.nowMs() > deadlineMs) {
        throw new QuorateError(
          'outcome-unknown',
          `the simulated client got no Commit (${hostOf(url)}: ${error.message}); see the log above.`,
        );
      }
    }
    await pause(clock, betweenMs);
  }
}

class NoCommit extends Error {
  override readonly name = 'NoCommit';
}

const converse = (
  url: string,
  proposal: Proposal,
  { clock, said, heard }: Omit<Conversation, 'deadlineMs'>,
): Promise<Original> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    const end = (settle: () => void): void => {
      clock.clearTimeout(impatient);
      socket.terminate();
      settle();
    };
    const fail = (why: string): void => end(() => reject(new NoCommit(why)));
    const impatient = clock.setTimeout(() => fail(`no answer within ${answerMs} ms`), answerMs);

    socket.on('error', (error) => fail(error.message));
    socket.on('close', () => fail('the connection was closed'));
    socket.on('open', () => {
      said(proposal);
      socket.send(JSON.stringify(proposal));
    });
    socket.on('message', (data: Buffer) => {
      const answers = parseAnswers(data.toString());
      if (answers === null) return fail('it answered something else than JSON');
      for (const answer of answers) {
        if (answer.message_type === undefined) return fail(answer.message ?? String(answer.type));
        if (answer.proposal_id !== proposal.proposal_id) continue;
        heard(answer as Original);
        if (answer.message_type === 'Commit') return end(() => resolve(answer as Original));
      }
    });
  });

/** In place of a Commit, the node may refuse in the words of the newer protocol. */
type Answer = Readonly<{ type?: string; message?: string }> & Partial<Original>;

function parseAnswers(text: string): readonly Answer[] | null {
  try {
    return [JSON.parse(text)].flat() as readonly Answer[];
  } catch {
    return null;
  }
}
