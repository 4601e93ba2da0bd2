/** What no simulation visits, why, and who looks after it instead. */

const impossible =
  'there is one leader a term (Election Safety), so nobody of that term says it; test/charts has it said';
const malformed =
  'only a peer that is not ours, or not of this version, says it; test/transport has one';
const outOfPlace =
  'no connection says it in this state; test/charts/link.test.ts has one that does';
const tooMuch = 'takes 65,536 entries that no majority has; test/charts has them';

const rareMeeting =
  'takes two nodes that do the same in the same moment, which not every thousand seeds do; test/charts';

const transitionsOf = (state: string, events: readonly string[], why: string) =>
  events.map((event) => [`transition ${state} on ${event}`, why] as const);

export const explained: ReadonlyMap<string, string> = new Map([
  ...transitionsOf(
    'node.role.leader',
    ['wire.append', 'wire.heartbeat', 'wire.commit', 'wire.timeoutNow'],
    impossible,
  ),
  ...transitionsOf(
    'node.role.leader.office',
    ['client.proposes (1 of 2)', 'wire.forward (1 of 2)'],
    tooMuch,
  ),
  ['guard node isBackedUp: yes', tooMuch],
  ...transitionsOf('node.role.preCandidate', ['wire.timeoutNow'], rareMeeting),
  ...transitionsOf(
    'node.role.candidate',
    ['wire.heartbeat', 'wire.commit', 'wire.timeoutNow'],
    rareMeeting,
  ),
  [
    'transition proposal.underWay on clock.leaderless',
    'the supervisor tells only those that nobody has; test/charts/proposal.test.ts',
  ],
  [
    'transition proposal.unplaced on node.diverged',
    'takes nodes that do not do the same; test/divergence has them',
  ],
  ['transition proposal.underWay on node.diverged', 'as above'],
  ['guard node isStale: no', 'a message of our own term has a place in every role'],
  ['transition node.role.silent on *', 'the process is brought to its end in the same turn'],
  [
    'transition proposal on log.applied (3 of 3)',
    'takes a proposal under way for 100,000 others; test/scenarios/regressions/window.test.ts',
  ],
  ['guard proposal isRefused: no', 'as above'],
  ['transition proposal.unplaced on node.refused (2 of 2)', `${tooMuch}, or as many in flight`],
  ['guard proposal mayTryElsewhere: no', 'as above'],
  ...transitionsOf(
    'link.apart',
    [
      'socket.opened',
      'socket.closed',
      'socket.overflowed',
      'socket.garbled',
      'peer.welcomed',
      'peer.refused',
      'peer.unfit',
    ],
    outOfPlace,
  ),
  ['state link.apart.refused', malformed],
  ['transition link.apart.refused on xstate.after.backOff.link.apart.refused', malformed],
  ...transitionsOf(
    'link.dialing',
    ['socket.overflowed', 'socket.garbled', 'peer.welcomed', 'peer.refused', 'peer.unfit'],
    outOfPlace,
  ),
  ...transitionsOf('link.greeting', ['peer.refused', 'peer.unfit'], malformed),
  ...transitionsOf(
    'link.greeting',
    ['socket.opened', 'socket.overflowed', 'socket.garbled'],
    outOfPlace,
  ),
  ...transitionsOf('link.open', ['socket.garbled'], malformed),
  ...transitionsOf(
    'link.open',
    ['socket.opened', 'peer.welcomed', 'peer.refused', 'peer.unfit'],
    outOfPlace,
  ),
  [
    'transition link.open on socket.overflowed',
    'takes 64 MiB that a peer does not take; test/transport/half-open.test.ts',
  ],
]);
