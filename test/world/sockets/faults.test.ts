import assert from 'node:assert/strict';
import { test } from 'vitest';
import { dial, met, numbers, watched, words } from './parties.ts';
import { fairSockets } from './route.ts';

test('in any weather what is sent arrives once and in order, each in its own time', async () => {
  const { run, dialed, accepted } = await met({
    weather: { ...fairSockets, delayMs: [1, 50] },
  });
  for (const number of numbers(200)) {
    dialed.socket.send(number);
    await run(1);
  }
  await run(100);
  assert.deepEqual(words(accepted.seen), numbers(200));
  assert.ok(new Set(accepted.seen.map((line) => line.split(' ')[0])).size > 10, 'not all at once');
});

test('a narrow line carries so many bytes in a millisecond, and more waits in the process', async () => {
  const { run, network, stage, a, b } = await met({ systemBytesMax: 10_000 });
  network.setWeather('a', 'b', { ...fairSockets, bytesPerMs: 100 });
  const dialed = dial(stage, a, 'b');
  await run(5);
  const sentMs = stage.timeline.nowMs;
  const left: number[] = [];
  for (const _ of numbers(10)) {
    dialed.socket.send('x'.repeat(4_996), () => left.push(stage.timeline.nowMs - sentMs));
  }
  assert.equal(dialed.socket.bufferedAmount, 8 * 5_000);
  await run(600);
  assert.equal(dialed.socket.bufferedAmount, 0);
  assert.deepEqual(left, [0, 0, 52, 102, 152, 202, 252, 302, 352, 402]);
  assert.deepEqual(
    b.taken[1]?.seen.map((line) => Number(line.split(' ')[0]) - sentMs),
    numbers(10).map((_, place) => 51 + 50 * place),
  );
});

test('a process that stands still reads nothing and answers no ping; what it did not read is there when it wakes', async () => {
  const { run, b, dialed, accepted, timeline } = await met({ systemBytesMax: 1_000 });
  const rung: string[] = [];
  b.life.clock.setTimeout(() => rung.push('alarm'), 500);
  accepted.socket.on('message', () => rung.push('message'));
  b.life.pause();
  dialed.socket.ping();
  for (const _ of numbers(10)) dialed.socket.send('x'.repeat(400));
  await run(1_000);
  assert.deepEqual([dialed.seen, accepted.seen], [[], []]);
  assert.ok(dialed.socket.bufferedAmount > 3_000, 'the rest found no room');

  b.life.wake();
  const wokenMs = timeline.nowMs;
  await run(100);
  assert.deepEqual(rung, ['alarm', ...Array<string>(10).fill('message')], 'alarms ring first');
  assert.equal(dialed.seen[0], `${wokenMs + 1} pong`);
  assert.equal(dialed.socket.bufferedAmount, 0);
});

test('a dial to a process that stands still is answered when it wakes', async () => {
  const { stage, run, a, b } = await met();
  b.life.pause();
  const patient = dial(stage, a, 'b');
  const impatient = watched(
    stage,
    a.host.dial(new URL('ws://b/v1/peer'), { closeTimeoutMs: 1_000, patienceMs: 100 }),
  );
  await run(200);
  assert.deepEqual(patient.seen, []);
  assert.deepEqual(words(impatient.seen), ['error', 'close']);
  b.life.wake();
  await run(10);
  assert.deepEqual(words(patient.seen), ['open']);
  assert.deepEqual(
    b.taken.slice(1).map(({ seen }) => words(seen)),
    [[], ['close']],
    'it takes both calls, and learns that one of them was given up',
  );
});

test('cut silently, nothing arrives that way and nobody is told; healed, all of it does', async () => {
  const { run, network, dialed, accepted } = await met();
  network.cut('a', 'b');
  dialed.socket.send('1');
  dialed.socket.ping();
  accepted.socket.send('back');
  await run(60_000);
  assert.deepEqual(accepted.seen, []);
  assert.deepEqual(words(dialed.seen), ['back'], 'the other way is whole');
  dialed.socket.send('2');
  network.heal('a', 'b');
  await run(10);
  assert.deepEqual(words(accepted.seen), ['1', 'ping', '2']);
  assert.deepEqual(words(dialed.seen), ['back', 'pong']);
});

test('what is under way when the silence begins waits as well, what has arrived does not', async () => {
  const { run, network, timeline, b, dialed, accepted } = await met({
    weather: { ...fairSockets, delayMs: [10, 10], retryMs: [200, 200] },
  });
  dialed.socket.send('arrived');
  await run(5);
  dialed.socket.send('under way');
  b.life.pause();
  await run(6);
  network.cut('a', 'b');
  b.life.wake();
  await run(1_000);
  assert.deepEqual(words(accepted.seen), ['arrived']);
  network.heal('a', 'b');
  const healedMs = timeline.nowMs;
  await run(1_000);
  assert.equal(accepted.seen[1], `${healedMs + 200} under way`);
});

test('one that only hears loses its voice when the news of its reading cannot come back', async () => {
  const { run, network, dialed, accepted } = await met({ systemBytesMax: 1_000 });
  network.cut('b', 'a');
  for (const _ of numbers(10)) {
    dialed.socket.send('x'.repeat(400));
    await run(100);
  }
  assert.equal(accepted.seen.length, 2, 'as much as may be under way unconfirmed');
  assert.ok(dialed.socket.bufferedAmount > 3_000);
  network.heal('b', 'a');
  await run(100);
  assert.equal(accepted.seen.length, 10);
  assert.equal(dialed.socket.bufferedAmount, 0);
});

test('after a silence some connections turn out to be reset, those that said nothing in it never', async () => {
  const ends = { reset: 0, whole: 0 };
  for (let seed = 1; seed <= 40; seed += 1) {
    const { stage, run, network, a, dialed, accepted } = await met(
      { weather: { ...fairSockets, resetAfterSilence: 0.5 } },
      seed,
    );
    const quiet = dial(stage, a, 'b');
    await run(10);
    network.cut('a', 'b');
    dialed.socket.send('1');
    await run(1_000);
    network.heal('a', 'b');
    await run(10);
    assert.deepEqual(words(quiet.seen), ['open']);
    if (words(dialed.seen).join() === 'close') {
      ends.reset += 1;
      assert.deepEqual(words(accepted.seen), ['close']);
    } else {
      ends.whole += 1;
      assert.deepEqual(words(accepted.seen), ['1']);
    }
  }
  assert.ok(ends.reset > 5 && ends.whole > 5);
});

test('cut with a reset, both ends see the end, and dials are refused until it is healed', async () => {
  const { stage, run, network, a, b, dialed, accepted } = await met();
  network.cut('a', 'b', 'reset');
  await run(10);
  assert.deepEqual([words(dialed.seen), words(accepted.seen)], [['close'], ['close']]);
  const there = dial(stage, a, 'b');
  const back = dial(stage, b, 'a');
  await run(10);
  assert.match(there.seen[0] ?? '', /ECONNREFUSED/);
  assert.match(back.seen[0] ?? '', /ECONNRESET/, 'the answer met the reset');
  assert.deepEqual(words(a.taken[0]?.seen ?? []), ['close']);
  network.heal('a', 'b');
  const healed = dial(stage, a, 'b');
  await run(10);
  assert.deepEqual(words(healed.seen), ['open']);
});

test('a single reset leaves the network whole', async () => {
  const { stage, run, network, a, dialed, accepted } = await met();
  network.reset('b', 'a');
  await run(10);
  assert.deepEqual([words(dialed.seen), words(accepted.seen)], [['close'], ['close']]);
  const next = dial(stage, a, 'b');
  await run(10);
  assert.deepEqual(words(next.seen), ['open']);
});

test('a dial may meet nobody, silence, a full house, or someone who never answers', async () => {
  const { stage, run, network, a } = await met();
  const full = network.join('full', stage.life('full'));
  full.listen('peer', { accept: () => assert.fail('there is no room'), hasRoom: () => false });
  network.join('deaf', stage.life('deaf'));
  network.cut('a', 'far');
  network.join('far', stage.life('far')).listen('peer', { accept: () => {} });
  network.join('mute', stage.life('mute')).listen('peer', { accept: () => {} });
  network.ignoreDials('a', 'mute');
  const dials = ['nobody', 'deaf', 'far', 'full', 'mute'].map((to) => dial(stage, a, to));
  const seen = () => dials.map((dialed) => dialed.seen.map((line) => line.slice(2)));
  await run(100);
  const refused = ['error connect ECONNREFUSED', 'close 1006'];
  const house = ['error Unexpected server response: 503', 'close 1006'];
  assert.deepEqual(seen(), [refused, refused, [], house, []]);
  network.setWeather('a', 'far', { ...fairSockets, retryMs: [700, 700] });
  network.heal('a', 'far');
  await run(10_000);
  assert.deepEqual(dials[2]?.seen, ['803 open'], 'TCP has called again');
  assert.deepEqual(
    dials[4]?.seen.map((line) => line.slice(5)),
    ['error Opening handshake has timed out', 'close 1006'],
  );
});

test('what is held back arrives in order when it is let go', async () => {
  const { run, network, timeline, dialed, accepted } = await met({
    weather: { ...fairSockets, resetAfterSilence: 1, retryMs: [500, 500] },
  });
  network.holdBack('a', 'b');
  dialed.socket.send('1');
  dialed.socket.send('2');
  await run(100);
  assert.deepEqual(accepted.seen, []);
  network.heal('a', 'b');
  const letGoMs = timeline.nowMs;
  await run(10);
  assert.deepEqual(accepted.seen, [`${letGoMs + 1} 1`, `${letGoMs + 1} 2`]);
});

test('clients may be cut off from a node while its peers talk with it', async () => {
  const { stage, run, network, a, dialed, accepted } = await met();
  const client = dial(stage, a, 'b', 'client');
  await run(10);
  network.cut('a', 'b', 'reset', { plane: 'client' });
  dialed.socket.send('1');
  await run(10);
  assert.deepEqual(words(client.seen), ['open', 'close']);
  assert.deepEqual(words(accepted.seen), ['1']);
});

test('the same seed gives the same frames at the same times, another seed does not', async () => {
  const story = async (seed: number): Promise<readonly string[]> => {
    const { stage, run, network, a, dialed, log } = await met(
      { weather: { delayMs: [1, 20], bytesPerMs: 50, retryMs: [0, 200], resetAfterSilence: 0.5 } },
      seed,
    );
    for (const number of numbers(50)) {
      dialed.socket.send(number);
      if (number === '20') network.cut('a', 'b');
      if (number === '40') network.heal('a', 'b');
      if (number === '45') dial(stage, a, 'b');
      await run(7);
    }
    await run(1_000);
    return [...log, ...dialed.seen];
  };
  const first = await story(1);
  assert.ok(first.length > 40);
  assert.deepEqual(await story(1), first);
  assert.notDeepEqual(await story(2), first);
});
