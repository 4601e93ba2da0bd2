import assert from 'node:assert/strict';
import { test } from 'vitest';
import { createActor, type AnyStateNode, type StateValue } from 'xstate';
import type { Effect } from '../../machines/protocol/effects.ts';
import { toIndex, toTerm } from '../../machines/protocol/ids.ts';
import { limits } from '../../machines/protocol/limits.ts';
import { peerMachine } from '../../machines/peer.ts';
import { append, logOf, type Log } from '../../machines/rules/log.ts';
import { drawInteger, type RandomState } from '../../machines/rules/random.ts';
import type { PeerEvent } from '../../machines/rules/peer-events.ts';
import { entriesOf, entry, logOfTerms, many, place } from '../rules/logs.ts';
import { bravo, said } from './hear.ts';

/** A leader's view of bravo, in term 4. What it asks for is told in short. */
function peerOf(log: Log = logOfTerms(1, 1, 2, 4), commit = 0) {
  let wishes: Effect[] = [];
  let latest = log;
  let commitIndex = toIndex(commit);
  const actor = createActor(
    peerMachine.provide({ actions: { request: (_, wish) => void wishes.push(wish) } }),
    { input: { peer: bravo, term: toTerm(4), log, commitIndex } },
  );
  actor.start();
  /** "append 4+2": two entries behind place 4. */
  const asked = (): string[] => {
    const all = said(wishes).map((message) => {
      if (message.kind === 'append')
        return `append ${message.prev.index}+${message.entries.length}`;
      if (message.kind === 'commit') return `commit ${message.commitIndex}`;
      if (message.kind === 'heartbeat') return `heartbeat ${message.round} ${message.commitIndex}`;
      return message.kind;
    });
    wishes = [];
    return all;
  };
  const hear = (...events: readonly PeerEvent[]): string[] => {
    for (const event of events) actor.send(event);
    return asked();
  };
  return {
    hear,
    asked,
    /** A heartbeat goes out and is answered. */
    signOfLife: () => {
      hear({ type: 'lead.pulse', round: 0, commitIndex });
      return hear({ type: 'wire.heartbeatAck' });
    },
    snapshot: () => actor.getSnapshot(),
    state: (): StateValue => actor.getSnapshot().value,
    progress: () => actor.getSnapshot().context.progress,
    accepts: (index: number) => hear({ type: 'wire.appendAccepted', matchIndex: toIndex(index) }),
    refuses: (prevIndex: number, index: number, term: number) =>
      hear({ type: 'wire.appendRefused', prevIndex: toIndex(prevIndex), hint: place(index, term) }),
    /** The leader's log grows by so many entries of its own, each of so many bytes. */
    grow(entries: number, bytes = 0): string[] {
      const fresh = Array.from({ length: entries }, (_, nth) =>
        entry(latest.length + nth + 1, 4, { payload: new Uint8Array(bytes) }),
      );
      latest = append(latest, fresh);
      return hear({ type: 'log.grew', log: latest, commitIndex });
    },
    commit(index: number): string[] {
      commitIndex = toIndex(index);
      return hear(
        { type: 'log.grew', log: latest, commitIndex },
        {
          type: 'lead.tellsCommit',
          commitIndex,
        },
      );
    },
    pulse: (round: number) => hear({ type: 'lead.pulse', round, commitIndex }),
    round: (round: number) => hear({ type: 'lead.round', round, commitIndex }),
    tells: () => hear({ type: 'lead.tellsCommit', commitIndex }),
  };
}

function streamingPeer() {
  const peer = peerOf();
  peer.accepts(4);
  peer.asked();
  return peer;
}

/** So large that each takes a message of its own. */
const bulkyBytes = limits.appendBytesMax * 0.6;

function fullPeer() {
  const peer = streamingPeer();
  peer.grow(limits.appendsInFlightMax, bulkyBytes);
  return peer;
}

test('it begins with the leader’s own first entry: do the logs agree up to there? (Raft §5.3)', () => {
  const peer = peerOf();
  assert.deepEqual(peer.asked(), ['append 3+1']);
  assert.equal(peer.state(), 'probing');
});

test('while it does not know where the logs agree, one append is out, however much there is to say', () => {
  const peer = peerOf();
  peer.asked();
  assert.deepEqual(peer.grow(3), []);
  assert.deepEqual(peer.commit(2), []);
  assert.deepEqual(peer.refuses(3, 2, 1), ['append 2+5'], 'the next probe has it all');
});

test('each refusal brings the probe back to where the logs may agree (Raft §5.3)', () => {
  const peer = peerOf(logOfTerms(1, 1, 2, 2, 3, 4));
  peer.asked();
  assert.deepEqual(peer.refuses(5, 5, 2), ['append 4+2']);
  assert.deepEqual(peer.refuses(4, 4, 1), ['append 2+4']);
  assert.deepEqual(peer.refuses(2, 0, 0), ['append 0+6']);
  assert.equal(peer.state(), 'probing');
  peer.accepts(6);
  assert.deepEqual(peer.state(), { streaming: 'flowing' });
});

test('a probe that is lost, or whose answer is, is asked for again at the next sign of life', () => {
  const peer = peerOf();
  peer.asked();
  assert.deepEqual(peer.signOfLife(), ['append 3+0'], 'without the entries, which may be many');
  assert.deepEqual(peer.hear({ type: 'link.lost' }), []);
  assert.deepEqual(peer.hear({ type: 'link.opened' }), ['append 3+1']);
  assert.deepEqual(peer.accepts(3), ['append 3+1']);
});

test('signs of life that come with every round of reads ask no more often than the pulse', () => {
  for (const behind of [peerOf, fullPeer]) {
    const peer = behind();
    peer.asked();
    const answers = Array.from({ length: 10 }, () => [
      ...peer.round(1),
      ...peer.hear({ type: 'wire.heartbeatAck' }),
    ]);
    assert.deepEqual(new Set(answers.flat()), new Set(['heartbeat 1 0']));
    assert.equal(peer.signOfLife().length, 1);
    assert.deepEqual(peer.hear({ type: 'wire.heartbeatAck' }), []);
  }
});

test('an answer to an older question moves the probe nowhere', () => {
  const peer = peerOf(logOfTerms(1, 1, 2, 2, 3, 4));
  peer.asked();
  peer.refuses(5, 5, 2);
  const before = peer.progress();
  assert.deepEqual(peer.refuses(5, 5, 2), [], 'the same refusal again');
  assert.deepEqual(peer.refuses(3, 0, 0), []);
  assert.equal(peer.progress(), before);
});

test('once the logs agree, whatever comes is sent at once, without waiting for answers (§10.2.1)', () => {
  const peer = streamingPeer();
  assert.deepEqual(peer.grow(2), ['append 4+2']);
  assert.deepEqual(peer.grow(1), ['append 6+1']);
  assert.deepEqual(peer.grow(1), ['append 7+1']);
  assert.deepEqual(peer.accepts(6), []);
  assert.equal(peer.progress().matchIndex, 6);
});

test('what the leader took while the logs were being compared follows the answer', () => {
  const peer = peerOf();
  peer.asked();
  peer.grow(3);
  assert.deepEqual(peer.accepts(4), ['append 4+3']);
});

test('with the window full nothing is sent; each answer lets as much more out', () => {
  const peer = streamingPeer();
  const last = 4 + limits.appendsInFlightMax;
  assert.equal(peer.grow(limits.appendsInFlightMax, bulkyBytes).length, limits.appendsInFlightMax);
  assert.deepEqual(peer.state(), { streaming: 'full' });
  assert.deepEqual(peer.grow(3, bulkyBytes), []);
  assert.deepEqual(peer.accepts(5), [`append ${last}+1`]);
  assert.deepEqual(peer.state(), { streaming: 'full' });
  assert.deepEqual(peer.accepts(10), [`append ${last + 1}+1`, `append ${last + 2}+1`]);
  assert.deepEqual(peer.state(), { streaming: 'flowing' });
});

test('a full window still lets the peer know what is committed of what it holds', () => {
  const peer = fullPeer();
  assert.deepEqual(peer.commit(3), ['commit 3']);
});

test('lost messages are found out by the next sign of life, and sent again (replicate_pause)', () => {
  const peer = streamingPeer();
  assert.deepEqual(peer.grow(2), ['append 4+2']);
  // It never arrives; the heartbeats do.
  assert.deepEqual(peer.signOfLife(), ['append 6+0']);
  assert.deepEqual(peer.refuses(6, 4, 4), ['append 4+2']);
  assert.equal(peer.state(), 'probing');
  peer.accepts(6);
  assert.deepEqual(peer.state(), { streaming: 'flowing' });
});

test('lost acknowledgements, a whole window of them, stop it no longer than until the next', () => {
  const peer = fullPeer();
  const last = 4 + limits.appendsInFlightMax;
  assert.deepEqual(peer.signOfLife(), [`append ${last}+0`]);
  peer.accepts(last);
  assert.deepEqual(peer.state(), { streaming: 'flowing' });
  assert.deepEqual(peer.grow(1), [`append ${last}+1`]);
});

test('a sign of life of a peer that holds everything asks for nothing', () => {
  assert.deepEqual(streamingPeer().signOfLife(), []);
});

test('a refusal of what the peer has confirmed since is old, and ignored', () => {
  const peer = streamingPeer();
  peer.grow(4);
  peer.accepts(8);
  const before = peer.progress();
  assert.deepEqual([...peer.refuses(8, 3, 2), ...peer.refuses(4, 3, 2)], []);
  assert.deepEqual(peer.state(), { streaming: 'flowing' });
  assert.equal(peer.progress(), before);
});

test('a gap while streaming goes back to asking, never below what is known to match', () => {
  const peer = streamingPeer();
  peer.grow(4);
  assert.deepEqual(peer.refuses(8, 1, 1), ['append 4+4']);
  assert.equal(peer.progress().matchIndex, 4);
});

test('an acknowledgement that was overtaken takes nothing back', () => {
  const peer = streamingPeer();
  peer.grow(1);
  peer.grow(1);
  peer.accepts(6);
  peer.accepts(5);
  assert.equal(peer.progress().matchIndex, 6);
  assert.deepEqual(peer.grow(1), ['append 6+1']);
});

test('the commit index is told with the next append, else by a notice, never beyond the match', () => {
  const peer = streamingPeer();
  assert.deepEqual(peer.commit(4), ['commit 4']);
  assert.deepEqual(peer.commit(4), [], 'once');
  peer.grow(2);
  assert.deepEqual(peer.commit(6), [], 'it is not known to hold that much');
  peer.accepts(5);
  assert.deepEqual(peer.tells(), ['commit 5']);
  peer.accepts(6);
  assert.deepEqual(peer.tells(), ['commit 6']);
  assert.deepEqual(peer.tells(), []);
});

test('a heartbeat says no more of the commit index than the match proves (Raft §5.3)', () => {
  const peer = peerOf(logOfTerms(1, 1, 2, 4), 3);
  peer.asked();
  assert.deepEqual(peer.pulse(7), ['heartbeat 7 0']);
  peer.accepts(2);
  assert.deepEqual(peer.pulse(8), ['heartbeat 8 2']);
});

test('a missed commit notice is made good by the next heartbeat (lagging_commit)', () => {
  const peer = streamingPeer();
  peer.commit(4);
  assert.deepEqual(peer.pulse(1), ['heartbeat 1 4']);
});

test('a link that was lost takes with it what was in flight; a new one begins behind the match', () => {
  const peer = streamingPeer();
  peer.commit(4);
  peer.grow(4);
  assert.deepEqual(peer.hear({ type: 'link.lost' }), ['append 4+4']);
  assert.equal(peer.state(), 'probing');
  assert.deepEqual(peer.hear({ type: 'link.opened' }), ['append 4+4']);
  peer.accepts(8);
  assert.deepEqual(peer.commit(8), ['commit 8']);
});

test('a follower that lacks everything gets it all, whatever gets lost on the way', () => {
  // A third of the messages is lost, in both directions; a heartbeat is answered now and then.
  const peer = peerOf(logOf(entriesOf(many(40, 4))));
  let holds = 0;
  let random: RandomState = { seed: 20_261_122 };
  const isLost = (): boolean => {
    const [drawn, next] = drawInteger(random, 0, 2);
    random = next;
    return drawn === 0;
  };
  const queue = peer.asked();
  for (let turn = 0; turn < 400 && peer.progress().matchIndex < 40; turn += 1) {
    const next = queue.shift();
    if (next === undefined) {
      queue.push(...peer.signOfLife());
      continue;
    }
    const [, after = 0, count = 0] = /append (\d+)\+(\d+)/.exec(next)?.map(Number) ?? [];
    if (isLost()) continue;
    if (after <= holds) {
      // It takes five at most, so that it needs several.
      holds = Math.max(holds, Math.min(after + count, holds + 5));
      const proven = Math.min(after + count, holds);
      if (!isLost()) queue.push(...peer.accepts(proven));
    } else if (!isLost()) queue.push(...peer.refuses(after, holds, holds === 0 ? 0 : 4));
  }
  assert.equal(peer.progress().matchIndex, 40);
});

// XState drops an event that no state mentions, without a word. So every pair is decided.
const waysTo: Readonly<Record<string, () => ReturnType<typeof peerOf>>> = {
  probing: peerOf,
  'streaming.flowing': streamingPeer,
  'streaming.full': fullPeer,
};
const events: readonly PeerEvent[] = [
  { type: 'log.grew', log: logOfTerms(1), commitIndex: toIndex(0) },
  { type: 'lead.pulse', round: 1, commitIndex: toIndex(0) },
  { type: 'lead.round', round: 1, commitIndex: toIndex(0) },
  { type: 'lead.tellsCommit', commitIndex: toIndex(0) },
  { type: 'wire.appendAccepted', matchIndex: toIndex(1) },
  { type: 'wire.appendRefused', prevIndex: toIndex(2), hint: place(0, 0) },
  { type: 'wire.heartbeatAck' },
  { type: 'link.opened' },
  { type: 'link.lost' },
];
const ignoredOnPurpose = {
  // Nothing is overdue: the answers are old, or confirm what is known.
  probing: ['wire.appendRefused', 'wire.heartbeatAck', 'link.lost'],
  'streaming.flowing': ['wire.appendRefused', 'wire.heartbeatAck', 'link.opened'],
  'streaming.full': ['wire.appendRefused', 'wire.heartbeatAck', 'link.opened'],
};

test('each state has decided about each event, and ignores only what it ignores on purpose', () => {
  const ignored: Record<string, string[]> = {};
  for (const [name, come] of Object.entries(waysTo)) {
    ignored[name] = [];
    for (const event of events) {
      const taken = peerMachine.getTransitionData(come().snapshot(), event);
      assert.notEqual(taken.length, 0, `${name} has decided about ${event.type}`);
      if (taken.every(({ target, actions }) => target === undefined && actions.length === 0)) {
        ignored[name].push(event.type);
      }
    }
  }
  assert.deepEqual(ignored, ignoredOnPurpose);
});

test('the walk above reaches every state, and each says what it is', () => {
  const nodesBelow = (node: AnyStateNode): AnyStateNode[] =>
    Object.values(node.states).flatMap((child) => [child, ...nodesBelow(child)]);
  const nodes = nodesBelow(peerMachine.root);
  const leaves = nodes.filter(({ type }) => type === 'atomic').map(({ path }) => path.join('.'));
  assert.deepEqual(leaves, Object.keys(waysTo));
  for (const { path, description } of nodes) assert.ok(description, path.join('.'));
  for (const [name, come] of Object.entries(waysTo)) {
    const [outer, inner] = name.split('.');
    assert.deepEqual(come().state(), inner === undefined ? outer : { [outer ?? '']: inner });
  }
});
