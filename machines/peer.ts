/**
 * A leader's view of one follower, as a chart: how sure we are, and so how boldly we send.
 *
 *   hears    log.*   the leader's log grew, or more of it is committed
 *            lead.*  the leader's pulse
 *            wire.*  what the follower answered (the node has checked its term)
 *            link.*  our connection to it
 *   asks for `send` alone
 *
 * What to send is arithmetic, and stands in rules/progress.ts.
 */
import { setup } from 'xstate';
import type { Effect } from './protocol/effects.ts';
import type { LogIndex, NodeId, Term } from './protocol/ids.ts';
import type { Message } from './protocol/messages.ts';
import type { Log } from './rules/log.ts';
import type { PeerEvent } from './rules/peer-events.ts';
import {
  backOff,
  commitNotice,
  fillWindow,
  heartbeat,
  isAnswerToProbe,
  countPulse,
  isBehind,
  isDueToBeAsked,
  isGap,
  isWindowFull,
  learnMatch,
  newProgress,
  noteAsked,
  poke,
  probe,
  startOver,
  type Progress,
} from './rules/progress.ts';

export type PeerInput = Readonly<{
  peer: NodeId;
  term: Term;
  log: Log;
  commitIndex: LogIndex;
}>;

type PeerContext = Readonly<{ peer: NodeId; progress: Progress }>;
type Told = readonly [Progress, readonly Message[]];

const base = setup({
  types: {
    context: {} as PeerContext,
    events: {} as PeerEvent,
    input: {} as PeerInput,
  },
  actions: {
    /** Provided by the host. */
    request: (_args, _wish: Effect) => {},
  },
});

/** An action that updates the progress and asks for messages to be sent. */
const told = (decide: (progress: Progress, event: PeerEvent) => Told) =>
  base.enqueueActions(({ context, event, enqueue }) => {
    const [progress, messages] = decide(context.progress, event);
    if (progress !== context.progress) enqueue.assign({ progress });
    if (messages.length === 0) return;
    const envelopes = messages.map((message) => ({ to: context.peer, message }));
    enqueue({ type: 'request', params: { type: 'send', envelopes } });
  });

const chart = base.extend({
  actions: {
    seeLog: told((progress, event) =>
      event.type === 'log.grew' ? [{ ...progress, log: event.log }, []] : [progress, []],
    ),
    seeCommit: told((progress, event) =>
      'commitIndex' in event
        ? [{ ...progress, commitIndex: event.commitIndex }, []]
        : [progress, []],
    ),
    sayMore: told(fillWindow),
    sayCommit: told((progress) => {
      const [noticed, notice] = commitNotice(progress);
      return [noticed, notice === null ? [] : [notice]];
    }),
    probe: told((progress) => [noteAsked(progress), [probe(progress)]]),
    askAgain: told((progress) => [noteAsked(progress), [poke(progress)]]),
    countPulse: told((progress) => [countPulse(progress), []]),
    beat: told((progress, event) =>
      'round' in event ? [progress, [heartbeat(progress, event.round)]] : [progress, []],
    ),
    learnMatch: told((progress, event) =>
      event.type === 'wire.appendAccepted'
        ? [learnMatch(progress, event.matchIndex), []]
        : [progress, []],
    ),
    backOff: told((progress, event) =>
      event.type === 'wire.appendRefused' ? [backOff(progress, event.hint), []] : [progress, []],
    ),
    startOver: told((progress) => [startOver(progress), []]),
  },
  guards: {
    isAnswerToProbe: ({ context, event }) =>
      event.type === 'wire.appendRefused' && isAnswerToProbe(context.progress, event.prevIndex),
    isGap: ({ context, event }) =>
      event.type === 'wire.appendRefused' && isGap(context.progress, event.prevIndex),
    isDueToBeAsked: ({ context }) => isDueToBeAsked(context.progress),
    isOverdue: ({ context }) => isBehind(context.progress) && isDueToBeAsked(context.progress),
    isWindowFull: ({ context }) => isWindowFull(context.progress),
  },
});

export const peerMachine = chart.createMachine({
  id: 'peer',
  context: ({ input }) => ({
    peer: input.peer,
    progress: newProgress(input.term, input.log, input.commitIndex),
  }),
  initial: 'probing',
  on: {
    'lead.pulse': { actions: ['seeCommit', 'countPulse', 'beat'] },
    'lead.round': { actions: ['seeCommit', 'beat'] },
  },
  states: {
    probing: {
      description: 'We do not know where the logs agree. One append is in flight at a time.',
      entry: 'probe',
      on: {
        // What it holds is not known: more would only be refused. The next probe shows it all.
        'log.grew': { actions: ['seeCommit', 'seeLog'] },
        // Nothing is known to match yet, so nothing may be called committed.
        'lead.tellsCommit': { actions: 'seeCommit' },
        'wire.appendAccepted': { target: 'streaming', actions: 'learnMatch' },
        'wire.appendRefused': [
          { guard: 'isAnswerToProbe', target: 'probing', reenter: true, actions: 'backOff' },
          // An answer to an older question: the one in flight will be answered too.
          {},
        ],
        // It lives, and our probe may have been lost.
        'wire.heartbeatAck': [{ guard: 'isDueToBeAsked', actions: 'askAgain' }, {}],
        'link.opened': { actions: 'probe' },
        // The probe is lost with it; opening the link again brings another.
        'link.lost': {},
      },
    },
    streaming: {
      description: 'The logs agree. Appends are pipelined up to the window.',
      entry: 'sayMore',
      initial: 'flowing',
      on: {
        'wire.appendAccepted': { target: '.flowing', actions: ['learnMatch', 'sayMore'] },
        'wire.appendRefused': [
          { guard: 'isGap', target: 'probing', actions: 'backOff' },
          // Below what it has confirmed since: the refusal is old.
          {},
        ],
        // It lives. If answers are missing, this makes it say what it lacks.
        'wire.heartbeatAck': [{ guard: 'isOverdue', actions: 'askAgain' }, {}],
        'link.lost': { target: 'probing', actions: 'startOver' },
        'lead.tellsCommit': { actions: ['seeCommit', 'sayCommit'] },
        // It was lost before, and then this is not our state; what is in flight arrives.
        'link.opened': {},
      },
      states: {
        flowing: {
          description: 'There is room in the window.',
          always: { guard: 'isWindowFull', target: 'full' },
          on: { 'log.grew': { actions: ['seeCommit', 'seeLog', 'sayMore'] } },
        },
        full: {
          description: 'Too many appends are unanswered. Nothing is sent until one is.',
          on: { 'log.grew': { actions: ['seeCommit', 'seeLog'] } },
        },
      },
    },
  },
});
