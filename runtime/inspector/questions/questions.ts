/** What viewers ask of this node, each kind answered in its own file. */
import { unreachable } from '../../../machines/protocol/invariant.ts';
import type { Inspected } from '../inspected.ts';
import { createMessageRing } from '../message-ring.ts';
import type { Question } from '../question-protocol.ts';
import type { Reply, Source } from '../source.ts';
import { answerAccepts } from './accepts.ts';
import { answerPropose, answerTransfer } from './acting.ts';
import { createInstancePast } from './instance-at.ts';
import { answerInstances } from './instances.ts';
import { answerLog } from './log.ts';
import { answerMessages, messageRecords } from './messages.ts';

export interface Questions {
  ask(question: Question, reply: (reply: Reply) => void): void;
  /** Somebody looks, or nobody any more. */
  begin(): void;
  end(): void;
}

const onlyInTraces = {
  type: 'refused',
  code: 'bad-request',
  message: 'only a trace can be walked through; ask for "instance-at" of an entry instead',
} as const;

export function createQuestions(
  inspected: Inspected,
  peers: () => ReadonlyMap<string, Source>,
): Questions {
  const ring = createMessageRing(inspected.core, inspected.clock);
  const past = createInstancePast(inspected);

  return {
    ask(question, reply) {
      switch (question.type) {
        case 'instances':
          return answerInstances(inspected, question, reply);
        case 'log':
          return reply(answerLog(inspected, question));
        case 'instance-at':
          return past.answer(question, reply);
        case 'messages':
          return answerMessages(inspected, ring, question, peers(), reply);
        case 'message-records':
          return reply(messageRecords(inspected, ring, question.index));
        case 'accepts':
          return reply(answerAccepts(inspected, question));
        case 'propose':
          return answerPropose(inspected, question, reply);
        case 'transfer':
          return reply(answerTransfer(inspected, question));
        case 'seek':
        case 'lines':
          return reply(onlyInTraces);
        default:
          return unreachable(question);
      }
    },
    begin: () => ring.begin(),
    end() {
      ring.end();
      past.end();
    },
  };
}
