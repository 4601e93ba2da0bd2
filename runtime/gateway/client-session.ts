/**
 * One client's connection, from its first frame to its end.
 *
 *   hears   frames, and the outcomes of what it asked the node
 *   says    one answer to each message, in the order in which they end, not that in which they came
 *   never   waits: nothing that one client does or leaves undone delays another
 */
import { unreachable } from '../../machines/protocol/invariant.ts';
import { refused, type Outcome, type Refused } from '../../machines/protocol/outcome.ts';
import type { Clock } from '../clock.ts';
import type { NodeService } from '../service.ts';
import { proposalAnswer, readAnswer, refusedAnswer } from './answers.ts';
import { sameForAll, toPropose, toRead } from './asking.ts';
import {
  understand,
  type ClientRequest,
  type Original,
  type Propose,
  type RefusedMessage,
  type Understood,
} from './client-protocol.ts';
import type { ReadMessage, RequestId, SubscribeMessage } from './client-schema.ts';
import { ClientSubscriptions } from './client-subscriptions.ts';
import type { DoorLimits } from './door-limits.ts';
import type { InstanceFeeds } from './instance-feeds.ts';
import {
  lifecycleProposal,
  noSuchState,
  originalListener,
  originalRefusal,
} from './original-form.ts';
import { closeCodes, type Outbox } from './outbox.ts';
import type { Tally } from './tally.ts';
import { inJson } from './in-json.ts';

/** What all sessions of a door share. */
export type Gateway = Readonly<{
  service: NodeService;
  clock: Clock;
  limits: DoorLimits;
  feeds: InstanceFeeds;
  tally: Tally;
}>;

export class ClientSession {
  readonly #gateway: Gateway;
  readonly #outbox: Outbox;
  readonly #subscriptions: ClientSubscriptions;
  #badInARow = 0;

  constructor(gateway: Gateway, outbox: Outbox) {
    const { service, feeds, limits, tally } = gateway;
    this.#gateway = gateway;
    this.#outbox = outbox;
    const exit = {
      hasRoom: () => outbox.backlogBytes <= limits.subscriptionBacklogBytesMax,
      send: (state: string) => {
        tally.statesSent += 1;
        outbox.push(state);
      },
    };
    this.#subscriptions = new ClientSubscriptions(
      service,
      feeds,
      exit,
      limits.subscriptionsPerConnectionMax,
    );
  }

  heardText(text: string): void {
    const { isArray, messages } = understand(text);
    if (isArray) this.#outbox.speakArrays();
    for (const message of messages) {
      // What a client says after it was sent away would get no answer, so it is not carried out.
      if (this.#outbox.isOpen) this.#heard(message);
    }
  }

  heardBinary(): void {
    const { code, message } = refused('bad-request', 'the frame is binary; send JSON as text');
    this.#heard({ type: 'refused', code, message });
  }

  /** Everything that was pushed has left: there may be room for who fell behind. */
  written(): void {
    this.#subscriptions.catchUp();
  }

  /** The node is going; the client should turn to another. */
  sendAway(): void {
    this.#outbox.close(closeCodes.goingAway, 'this node is stopping; turn to another');
  }

  /** The node has nothing true to show any more. The client should turn to another. */
  endSubscriptions(why: Refused): void {
    for (const id of this.#subscriptions.endAll()) this.#answer(refusedAnswer(id, why));
  }

  /** The connection is gone. What it proposed goes on; nobody is told here how it ended. */
  ended(): void {
    this.#subscriptions.endAll();
  }

  #heard(message: Understood): void {
    this.#gateway.tally.clientMessages += 1;
    if (message.type === 'refused') return this.#refuse(message);
    this.#badInARow = 0;
    this.#carryOut(message);
  }

  #refuse(message: RefusedMessage): void {
    this.#gateway.tally.badMessages += 1;
    this.#answer(message);
    this.#badInARow += 1;
    if (this.#badInARow < this.#gateway.limits.badMessagesInARowMax) return;
    this.#outbox.close(closeCodes.policy, 'too many messages in a row that break the protocol');
  }

  #carryOut(message: ClientRequest): void {
    switch (message.type) {
      case 'propose':
        return this.#propose(message);
      case 'read':
        return this.#read(message);
      case 'subscribe':
        return this.#subscribe(message);
      case 'unsubscribe':
        return this.#unsubscribe(message.id);
      case 'status':
        return this.#answer({
          type: 'status',
          id: message.id,
          ...this.#gateway.service.status(),
        });
      case 'original':
        return this.#proposeInOriginalForm(message);
      default:
        return unreachable(message);
    }
  }

  #propose(message: Propose): void {
    const { service, clock } = this.#gateway;
    const id = message.proposalId ?? clock.newProposalId();
    // Only what the answer needs is kept until then; the event is in the node's hands.
    const asked = { id: message.id, reply: message.reply };
    service.propose(toPropose(message, sameForAll(id)), {
      ended: (outcome) => {
        this.#gateway.tally[outcome.end] += 1;
        this.#answer(proposalAnswer(asked, id, outcome));
      },
    });
  }

  #proposeInOriginalForm(message: Original): void {
    const { service, clock, tally } = this.#gateway;
    const id = message.proposal_id ?? clock.newProposalId();
    const proposal = lifecycleProposal(message, sameForAll(id));
    if (!proposal) return this.#answer(originalRefusal(id, noSuchState(message.proposed_state)));
    const say = (answer: object): void => this.#answer(answer);
    const listener = originalListener(service.status().node, message.proposed_state, id, say);
    service.propose(proposal, {
      ...listener,
      ended: (outcome: Outcome) => {
        tally[outcome.end] += 1;
        listener.ended(outcome);
      },
    });
  }

  #read(message: ReadMessage): void {
    this.#gateway.tally.reads += 1;
    this.#gateway.service.read(toRead(message), (outcome) =>
      this.#answer(readAnswer(message, outcome)),
    );
  }

  #subscribe(message: SubscribeMessage): void {
    this.#answerIfRefused(message.id, this.#subscriptions.begin(message));
  }

  #unsubscribe(id: RequestId): void {
    const refusal = this.#subscriptions.end(id);
    if (refusal) return this.#answerIfRefused(id, refusal);
    this.#answer({ type: 'unsubscribed', id });
  }

  #answerIfRefused(id: RequestId, refusal: Refused | null): void {
    if (refusal) this.#answer(refusedAnswer(id, refusal));
  }

  #answer(answer: object): void {
    this.#outbox.push(inJson(answer));
  }
}
