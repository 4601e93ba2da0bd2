import assert from 'node:assert/strict';
import { test } from 'vitest';
import { limits } from '../../machines/protocol/limits.ts';
import { drawPatience, withVotersRecording } from '../../machines/rules/patience.ts';
import { drawInteger, type RandomState } from '../../machines/rules/random.ts';

const { electionTimeoutMsMin, electionTimeoutMsMax } = limits;

/** The patience of one node, election after election. */
function patienceOf(seed: number): () => number {
  let random: RandomState = { seed };
  return () => {
    const [patienceMs, next] = drawPatience(random);
    random = next;
    return patienceMs;
  };
}

/** Seeds as unlike as those that nodes draw for themselves. */
function seedsFrom(seed: number, count: number): number[] {
  let random: RandomState = { seed };
  return Array.from({ length: count }, () => {
    const [drawn, next] = drawInteger(random, 0, 0xffff_ffff);
    random = next;
    return drawn ^ 0x5bd1_e995;
  });
}

test('patience is drawn from the whole of its range, evenly (Raft §5.2)', () => {
  const draw = patienceOf(7);
  const quarters = [0, 0, 0, 0];
  const width = (electionTimeoutMsMax - electionTimeoutMsMin + 1) / 4;
  for (let round = 0; round < 10_000; round += 1) {
    const patienceMs = draw();
    assert.ok(patienceMs >= electionTimeoutMsMin && patienceMs <= electionTimeoutMsMax);
    const quarter = Math.floor((patienceMs - electionTimeoutMsMin) / width);
    quarters[quarter] = (quarters[quarter] ?? 0) + 1;
  }
  for (const count of quarters) assert.ok(count > 2_300 && count < 2_700, `drawn ${count} times`);
});

test('it is drawn anew each time, so rivals that split a vote draw apart geometrically (Raft §5.2)', () => {
  // Within this time of each other neither has its votes before the other stands.
  const tooCloseMs = 30;
  const rounds = (one: number, other: number): number => {
    const [mine, theirs] = [patienceOf(one), patienceOf(other)];
    let round = 1;
    while (Math.abs(mine() - theirs()) < tooCloseMs) round += 1;
    return round;
  };
  const seeds = seedsFrom(11, 2_000);
  const taken = Array.from({ length: 1_000 }, (_, nth) =>
    rounds(seeds[2 * nth] ?? 0, seeds[2 * nth + 1] ?? 1),
  );
  const longer = (than: number): number => taken.filter((count) => count > than).length;
  // Two even draws over 500 ms fall within 30 ms of each other about once in nine times.
  assert.ok(longer(1) < 170, `${longer(1)} of 1000 elections needed a second round`);
  assert.ok(longer(2) < 40, `${longer(2)} needed a third`);
  assert.ok(longer(4) < 5, `${longer(4)} needed more than four`);
});

test('the voters get as long for their record as ours took, within reason (Raft §5.6)', () => {
  assert.equal(withVotersRecording(700, 0), 700);
  assert.equal(withVotersRecording(700, 600), 1_300);
  assert.equal(withVotersRecording(700, limits.recordingMsMax), 700 + limits.recordingMsMax);
  assert.equal(withVotersRecording(700, 3_600_000), 700 + limits.recordingMsMax);
});
