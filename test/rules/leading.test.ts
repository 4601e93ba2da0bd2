import assert from 'node:assert/strict';
import { test } from 'vitest';
import { toIndex, toTerm, type LogEnd } from '../../machines/protocol/ids.ts';
import {
  beat,
  countAnew,
  hasHeardMajority,
  heirFor,
  isHeirReady,
  learnMatch,
  learnOwnMatch,
  learnRefusal,
  leaveOffice,
  nameHeir,
  noteHeard,
  stayInOffice,
  summonHeir,
  takeOffice,
} from '../../machines/rules/leading.ts';
import type { NodeState } from '../../machines/rules/node-state.ts';
import { endOf } from '../../machines/rules/log.ts';
import { noReads } from '../../machines/rules/reading.ts';
import { entriesOf, entry, logOfTerms, place, termsIn } from './logs.ts';
import { after, alpha, bravo, carol, delta, saidIn, stateOf, three } from './states.ts';

/** Alpha leads in term 3; its log ends with two entries of its own. */
const leading = (known: Partial<NodeState> = {}): NodeState =>
  stateOf({ leader: alpha, log: logOfTerms(1, 1, 2, 3, 3), heard: new Set([alpha]), ...known });

const accepted = (from: typeof alpha, matchIndex: number) => ({
  from,
  message: { kind: 'appendAccepted', term: three, matchIndex: toIndex(matchIndex) } as const,
});
const flushed = (last: LogEnd | null) =>
  ({ type: 'disk.flushed', nowMs: 0, hardState: null, last }) as const;

test('a leader begins with an entry of its own term, and counts nothing before (§5.4.2, §8)', () => {
  const log = logOfTerms(1);
  log.shared[0] = entry(1, 1, { timeMs: 900 });
  const state = stateOf({
    log,
    matched: { [bravo]: toIndex(9) },
    heard: new Set([bravo, carol]),
    reads: { ...noReads, round: 8 },
    heir: bravo,
  });
  const { now, wishes = [] } = takeOffice(state, 5_000);
  const next = after(state, { now: now ?? {} });
  assert.deepEqual(endOf(next.log), place(2, 3));
  assert.equal(next.noopIndex, 2);
  assert.equal(next.leader, alpha);
  assert.deepEqual(next.matched, {}, 'not even its own copy, which is not on disk yet');
  assert.deepEqual(next.heard, new Set([alpha]));
  assert.equal(next.reads, noReads);
  assert.equal(next.heir, null);
  assert.deepEqual(next.reign, { sinceMs: 5_000, fromTimeMs: 900 });
  const [persist, changed] = wishes;
  assert.ok(persist?.type === 'persist' && persist.thenSend.length === 0);
  assert.deepEqual(
    persist.entries.map(({ index, term, kind, timeMs, payload }) => [
      index,
      term,
      kind,
      timeMs,
      payload.length,
    ]),
    [[2, 3, 'noop', 900, 0]],
  );
  assert.deepEqual(changed, { type: 'leaderChanged', leader: alpha });
});

test('a majority of copies commits an entry of ours, applies it, and those who wait for it are told (§5.3)', () => {
  const state = leading({
    matched: { [alpha]: toIndex(5), [bravo]: toIndex(5) },
    awaitedBy: { [delta]: toIndex(4) },
  });
  const { now, wishes = [], tell = [] } = learnMatch(state, accepted(carol, 4));
  assert.equal(now?.commitIndex, 4);
  assert.ok(wishes[0]?.type === 'apply');
  assert.deepEqual(wishes[0].entries, entriesOf([1, 1, 2, 3]));
  assert.deepEqual(
    tell.map(({ peer, event }) => [peer, event]),
    [
      [carol, { type: 'wire.appendAccepted', matchIndex: 4 }],
      [delta, { type: 'lead.tellsCommit', commitIndex: 4 }],
    ],
  );
});

test('copies of an older term on every disk commit nothing (Raft §5.4.2)', () => {
  let state = leading();
  for (const who of [alpha, bravo, carol, delta]) {
    state = after(state, learnMatch(state, accepted(who, 3)));
  }
  assert.equal(state.commitIndex, 0);
});

test('an acknowledgement that comes late takes nothing back', () => {
  const state = leading({ matched: { [bravo]: toIndex(5) } });
  const { now } = learnMatch(state, accepted(bravo, 2));
  assert.equal(now?.matched?.[bravo], 5);
});

test('nobody holds more than was ever sent', () => {
  const { now } = learnMatch(leading(), accepted(bravo, 99));
  assert.equal(now?.matched?.[bravo], 5);
});

test('our own copy counts once flushed, if it is still what our log says there (ABA)', () => {
  const matched = { [bravo]: toIndex(5), [carol]: toIndex(5) };
  const learned = (last: LogEnd | null) =>
    after(leading({ matched }), learnOwnMatch(leading({ matched }), flushed(last)));
  assert.equal(learned(place(5, 3)).commitIndex, 5);
  assert.equal(learned(place(4, 3)).commitIndex, 4);
  assert.equal(learned(place(5, 2)).commitIndex, 0, 'flushed, but replaced since');
  assert.equal(learned(place(9, 3)).commitIndex, 0, 'flushed, but cut off since');
  assert.equal(learned(null).commitIndex, 0, 'a vote alone is no entry');
});

test('a leader goes on as long as a majority answered since it last looked (dissertation §6.2)', () => {
  const heardFrom = (...names: (typeof alpha)[]) =>
    names.reduce((state, from) => after(state, noteHeard(state, from)), leading());
  assert.equal(hasHeardMajority(heardFrom(bravo, bravo)), false);
  assert.equal(hasHeardMajority(heardFrom(bravo, carol)), true);
  const anew = after(heardFrom(bravo, carol), countAnew(heardFrom(bravo, carol)));
  assert.equal(hasHeardMajority(anew), false);
  assert.deepEqual(anew.heard, new Set([alpha]));
  assert.deepEqual(noteHeard(heardFrom(bravo), bravo), {});
});

test('a heartbeat goes to every peer, with the round that reads wait for (§6.4)', () => {
  const { tell = [] } = beat(leading({ reads: { ...noReads, round: 6 } }));
  assert.equal(tell.length, 4);
  for (const { event } of tell) {
    assert.deepEqual(event, { type: 'lead.pulse', round: 6, commitIndex: 0 });
  }
});

test('a refusal concerns the peer that refused, and moves no match', () => {
  const message = {
    kind: 'appendRefused',
    term: three,
    prevIndex: toIndex(5),
    hint: place(3, 2),
  } as const;
  assert.deepEqual(learnRefusal({ from: bravo, message }), {
    tell: [{ peer: bravo, event: { type: 'wire.appendRefused', prevIndex: 5, hint: place(3, 2) } }],
  });
});

test('an heir is told to stand once it holds the whole log, and not before (§3.10)', () => {
  const state = leading({ heard: new Set([alpha, bravo]), matched: { [bravo]: toIndex(4) } });
  assert.equal(heirFor(state, null), bravo);
  const named = after(state, nameHeir(state, null));
  assert.equal(named.heir, bravo);
  assert.equal(isHeirReady(named), false);
  const ready = after(named, learnMatch(named, accepted(bravo, 5)));
  assert.equal(isHeirReady(ready), true);
  assert.deepEqual(saidIn(summonHeir(ready).wishes), [{ kind: 'timeoutNow', term: 3 }]);
  assert.equal(isHeirReady(leading()), false, 'nobody was named');
  assert.deepEqual(summonHeir(leading()), {});
});

test('who stays in office names itself, who leaves it names nobody', () => {
  assert.deepEqual(stayInOffice(leading({ heir: bravo })), {
    now: { heir: null },
    wishes: [{ type: 'leaderChanged', leader: alpha }],
  });
  assert.deepEqual(leaveOffice(), {
    now: { leader: null, heir: null },
    wishes: [{ type: 'leaderChanged', leader: null }],
  });
});

test('every leader draws a seed for its entry, and leaves chance where it stopped', () => {
  const first = after(stateOf(), takeOffice(stateOf(), 0));
  const second = after(
    first,
    takeOffice({ ...first, hardState: { term: toTerm(4), votedFor: alpha } }, 0),
  );
  assert.deepEqual(termsIn(second.log), [1, 1, 2, 3, 4]);
  const seeds = second.log.shared.slice(3).map(({ seed }) => seed);
  assert.notEqual(seeds[0], seeds[1]);
});
