/**
 * Durable before audible, seen from outside: the system calls of three real nodes. Nothing that
 * says "it is on my disk" leaves a process before a flush has ended that began after the bytes
 * were written, and no client hears `committed` before that is so on two of the three.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { test } from 'vitest';
import { WebSocket } from 'ws';
import { decodeFrame } from '../../runtime/transport/codec.ts';
import { Cluster } from './cluster.ts';

/** One finished system call, at the moment it ended; `beganMs` is when it was made. */
type Call = Readonly<{
  name: string;
  fd: number;
  on: string;
  data: Buffer;
  ok: boolean;
  beganMs: number;
  endedMs: number;
}>;

const events = 40;
const marker = (n: number): string => `marker-${String(n).padStart(4, '0')}-end`;

test('no acknowledgement leaves a node before the flush that covers it', async () => {
  execFileSync('strace', ['-V'], { stdio: 'ignore' });
  await using cluster = await Cluster.start({ traced: true });
  const leader = await cluster.leader();
  const indexes = await write(leader.port);
  for (const node of cluster.nodes) await cluster.signal(node, 'SIGTERM');

  const durableAt = new Map<string, Map<number, number>>();
  const replyTimes: { n: number; atMs: number }[] = [];
  let acknowledgements = 0;
  for (const node of cluster.nodes) {
    const { durable, promised, replied } = follow(
      parse(await readFile(cluster.traceOf(node), 'latin1')),
      indexes,
    );
    durableAt.set(node.id, durable);
    for (const { matchIndex, atMs } of promised) {
      for (const [written, index] of indexes.entries()) {
        if (index > matchIndex) continue;
        acknowledgements += 1;
        const flushedMs = durable.get(written);
        assert.ok(
          flushedMs !== undefined && flushedMs <= atMs,
          `${node.id} acknowledged ${index} before it was flushed`,
        );
      }
    }
    for (const { n, atMs } of replied) {
      replyTimes.push({ n, atMs });
    }
  }
  for (const { n, atMs } of replyTimes) {
    const flushed = cluster.nodes.filter(
      ({ id }) => (durableAt.get(id)?.get(n) ?? Infinity) <= atMs,
    );
    assert.ok(
      flushed.length >= 2,
      `event ${n} was confirmed with ${flushed.length} flushed copies`,
    );
  }
  // The followers acknowledged and the client was answered, or this has looked at nothing.
  assert.ok(acknowledgements >= events, `${acknowledgements} acknowledgements seen`);
  assert.equal(replyTimes.length, events);
}, 60_000);

/** Writes the marked events one after the other. Returns their log indexes. */
async function write(port: number): Promise<readonly number[]> {
  const client = new WebSocket(`ws://127.0.0.1:${port}/v1/client`);
  await new Promise((opened) => client.once('open', opened));
  const indexes: number[] = [];
  for (let n = 0; n < events; n += 1) {
    const event = { type: 'APPEND', value: marker(n) };
    client.send(
      JSON.stringify({
        type: 'propose',
        id: `id-${n}-end`,
        machine: 'ledger',
        key: 'a',
        event,
        reply: 'none',
      }),
    );
    const answer = await new Promise<string>((heard) =>
      client.once('message', (data: Buffer) => heard(data.toString())),
    );
    const { type, index } = JSON.parse(answer) as { type: string; index: number };
    assert.equal(type, 'committed');
    indexes.push(index);
  }
  client.close();
  return indexes;
}

/** What one process wrote, flushed and said, in the order in which its calls ended. */
function follow(calls: readonly Call[], indexes: readonly number[]) {
  const durable = new Map<number, number>();
  const written = new Map<number, number>();
  const promised: { matchIndex: number; atMs: number }[] = [];
  const replied: { n: number; atMs: number }[] = [];
  for (const call of calls) {
    if (call.on.endsWith('.segment')) {
      if (call.name === 'pwrite64') {
        for (const n of indexes.keys())
          if (call.data.includes(marker(n))) written.set(n, call.endedMs);
      } else if (call.ok) {
        for (const [n, atMs] of written) {
          if (atMs <= call.beganMs && !durable.has(n)) durable.set(n, call.endedMs);
        }
      }
    } else {
      // The call is made before it ends: its beginning is when the words may be heard.
      for (const message of framesIn(call.data))
        promised.push({ matchIndex: message, atMs: call.beganMs });
      for (const n of indexes.keys()) {
        if (call.data.includes(`"committed"`) && call.data.includes(`id-${n}-end`))
          replied.push({ n, atMs: call.beganMs });
      }
    }
  }
  return { durable, promised, replied };
}

/** The match indexes of all append acknowledgements in what was written to a socket. */
function framesIn(bytes: Buffer): readonly number[] {
  const found: number[] = [];
  for (let at = 0; at + 2 <= bytes.length;) {
    const [first = 0, second = 0] = bytes.subarray(at, at + 2);
    const short = second & 127;
    const size = short === 126 ? 2 : short === 127 ? 8 : 0;
    if (at + 2 + size > bytes.length) break;
    const length =
      size === 0
        ? short
        : size === 2
          ? bytes.readUInt16BE(at + 2)
          : Number(bytes.readBigUInt64BE(at + 2));
    const mask = second & 128 ? bytes.subarray(at + 2 + size, at + 6 + size) : null;
    const start = at + 2 + size + (mask === null ? 0 : 4);
    const payload = Buffer.from(bytes.subarray(start, start + length));
    if (mask !== null) payload.forEach((byte, n) => (payload[n] = byte ^ (mask[n % 4] ?? 0)));
    if ((first & 15) === 2) {
      const decoded = decodeFrame(payload);
      if (decoded.ok) {
        for (const message of decoded.messages) {
          if (message.kind === 'appendAccepted') found.push(message.matchIndex);
        }
      }
    }
    at = start + length;
  }
  return found;
}

/** `-xx` writes every byte as `\\x2a`, the names of files too. */
const unescape = (hex: string): Buffer => Buffer.from(hex.replaceAll('\\x', ''), 'hex');

/** Reads `strace -f -ttt -T -y -xx` output; calls of other threads interleave as unfinished and resumed. */
function parse(trace: string): readonly Call[] {
  const calls: Call[] = [];
  const unfinished = new Map<string, { text: string; beganMs: number }>();
  for (const line of trace.split('\n')) {
    const match = /^(\d+) +(\d+\.\d+) (.*)$/.exec(line);
    if (match === null) continue;
    const [, thread = '', seconds = '', rest = ''] = match;
    const nowMs = Number(seconds) * 1_000;
    if (rest.endsWith('<unfinished ...>')) {
      unfinished.set(thread, { text: rest.slice(0, -'<unfinished ...>'.length), beganMs: nowMs });
      continue;
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest);
    const begun = resumed === null ? undefined : unfinished.get(thread);
    const text = begun === undefined ? rest : begun.text + (resumed?.[1] ?? '');
    const parts = /^(\w+)\((\d+)<([^>]*)>(.*)\) += (-?\d+).*<(\d+\.\d+)>$/.exec(text);
    if (parts === null) continue;
    const [, name = '', fd = '', on = '', args = '', result = '', took = ''] = parts;
    const beganMs = begun?.beganMs ?? nowMs;
    const hex = [...args.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)]
      .map(([, bytes = '']) => bytes)
      .join('');
    calls.push({
      name,
      fd: Number(fd),
      on: unescape(on).toString('latin1'),
      data: unescape(hex),
      ok: Number(result) >= 0,
      beganMs,
      endedMs: beganMs + Number(took) * 1_000,
    });
  }
  return calls.toSorted((a, b) => a.endedMs - b.endedMs);
}
