import assert from 'node:assert/strict';
import { test } from 'vitest';
import { dial, met, numbers, words } from './parties.ts';

test('a process that is killed leaves a closed connection; what it had sent still arrives', async () => {
  const { stage, run, a, b, dialed, accepted } = await met();
  accepted.socket.send('last words');
  b.life.end();
  b.host.exit('process');
  accepted.socket.send('from beyond');
  accepted.socket.close(1001);
  dialed.socket.send('who is there?');
  await run(10);
  assert.deepEqual(words(dialed.seen), ['last', 'close']);
  assert.deepEqual(accepted.seen, []);
  const said = stage.sent.filter(({ from }) => from === 'b').map(({ kind }) => kind);
  assert.deepEqual(said, ['upgraded', 'text', 'end'], 'the dead say nothing');
  const next = dial(stage, a, 'b');
  await run(10);
  assert.match(next.seen[0] ?? '', /ECONNREFUSED/);
});

test('a power cut is not seen from outside, until the computer is up again and disowns the connection', async () => {
  const { stage, run, network, a, b, dialed } = await met({ systemBytesMax: 1_000 });
  const quiet = dial(stage, a, 'b');
  await run(10);
  b.life.end();
  b.host.exit('power');
  dialed.socket.send('x'.repeat(900));
  dialed.socket.send('x'.repeat(900));
  const dark = dial(stage, a, 'b');
  await run(3_000);
  assert.deepEqual([dialed.seen, words(quiet.seen), dark.seen], [[], ['open'], []]);
  assert.ok(dialed.socket.bufferedAmount > 900, 'nobody confirms anything');

  network.join('b', stage.life('b again')).listen('peer', { accept: () => {} });
  await run(10);
  assert.deepEqual(words(dialed.seen), ['close'], 'it had something to say');
  assert.deepEqual(words(quiet.seen), ['open']);
  quiet.socket.ping();
  await run(10);
  assert.deepEqual(words(quiet.seen), ['open', 'close']);
});

test('a computer that comes back behind a silence disowns its connections once that is over', async () => {
  const { stage, run, network, b, dialed, accepted } = await met();
  network.cut('a', 'b');
  network.cut('b', 'a');
  accepted.socket.send('never on the wire');
  dialed.socket.send('anybody?');
  await run(10);
  b.life.end();
  b.host.exit('power');
  network.join('b', stage.life('b again')).listen('peer', { accept: () => {} });
  await run(1_000);
  network.heal('b', 'a');
  await run(1_000);
  assert.deepEqual(dialed.seen, []);
  network.heal('a', 'b');
  await run(10);
  assert.deepEqual(words(dialed.seen), ['close']);
});

test('who hangs up hears no more, and what has not left it never will', async () => {
  const { run, dialed, accepted } = await met({ systemBytesMax: 1_000 });
  accepted.socket.send('1');
  accepted.socket.send('2');
  dialed.socket.on('message', () => dialed.socket.terminate());
  const left: boolean[] = [];
  await run(0);
  for (const _ of numbers(5)) dialed.socket.send('x'.repeat(400), (error) => left.push(!error));
  await run(1);
  assert.deepEqual(words(dialed.seen), ['1', 'close']);
  assert.deepEqual(left, [true, true, false, false, false]);
  assert.equal(dialed.socket.bufferedAmount, 0);
  await run(10);
  assert.deepEqual(words(accepted.seen), ['x'.repeat(400), 'x'.repeat(400), 'close']);
});

test('a call that was given up before it arrives is not taken', async () => {
  const { stage, run, a, b } = await met();
  const early = dial(stage, a, 'b');
  early.socket.terminate();
  await run(10);
  assert.deepEqual(words(early.seen), ['error', 'close']);
  assert.equal(b.taken.length, 1);
});

test('a connection that is over at both ends is forgotten', async () => {
  const { stage, run, network, a, b, dialed } = await met();
  for (const to of ['b', 'nobody']) dial(stage, a, to).socket.terminate();
  const left = dial(stage, a, 'b');
  const cut = dial(stage, a, 'b');
  const killed = dial(stage, b, 'a');
  await run(10);
  assert.equal(network.waysInUse, 8);
  left.socket.close(1000);
  cut.socket.terminate();
  await run(10);
  assert.equal(network.waysInUse, 4);
  a.life.end();
  a.host.exit('process');
  await run(10);
  assert.deepEqual([words(killed.seen), words(dialed.seen)], [['open', 'close'], []]);
  assert.equal(network.waysInUse, 0);
});

test('a leave that nobody answers ends when its time is up', async () => {
  const { run, network, dialed } = await met();
  network.cut('b', 'a');
  dialed.socket.close(1001);
  await run(999);
  assert.deepEqual(dialed.seen, []);
  await run(2);
  assert.deepEqual(words(dialed.seen), ['close']);
});
