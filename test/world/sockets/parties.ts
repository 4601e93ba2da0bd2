/** Programs that talk by hand on simulated sockets, and note what they hear, and when. */
import assert from 'node:assert/strict';
import type { Life } from '../life.ts';
import type { Host } from './network.ts';
import type { Plane } from './route.ts';
import type { SimulatedSocket } from './simulated-socket.ts';
import { createStage, type Stage } from './stage.ts';

type End = { socket: SimulatedSocket; seen: string[] };
type Party = Readonly<{ life: Life; host: Host; taken: End[] }>;

/** What it hears, and when. */
export function watched(stage: Stage, socket: SimulatedSocket): End {
  const seen: string[] = [];
  const note = (what: string): void => void seen.push(`${stage.timeline.nowMs} ${what}`);
  socket.on('open', () => note('open'));
  socket.on('message', (data: Buffer) => note(data.toString()));
  socket.on('ping', () => note('ping'));
  socket.on('pong', () => note('pong'));
  socket.on('error', (error: Error) => note(`error ${error.message}`));
  socket.on('close', (code: number) => note(`close ${code}`));
  return { socket, seen };
}

function party(stage: Stage, name: string): Party {
  const life = stage.life(name);
  const host = stage.network.join(name, life);
  const taken: End[] = [];
  for (const plane of ['peer', 'client'] as const) {
    host.listen(plane, { accept: (socket) => taken.push(watched(stage, socket)) });
  }
  return { life, host, taken };
}

export const dial = (stage: Stage, { host }: Party, to: string, plane: Plane = 'peer'): End =>
  watched(
    stage,
    host.dial(new URL(`ws://${to}/v1/${plane}`), { closeTimeoutMs: 1_000, patienceMs: 5_000 }),
  );

/** Two that have a connection, at 2 ms. */
export async function met(options: Parameters<typeof createStage>[0] = {}, seed = 1) {
  const stage = createStage(options, seed);
  const a = party(stage, 'a');
  const b = party(stage, 'b');
  const dialed = dial(stage, a, 'b');
  await stage.until(() => dialed.seen.length > 0);
  const [accepted] = b.taken;
  assert.ok(accepted);
  dialed.seen.length = 0;
  return { ...stage, stage, a, b, dialed, accepted };
}

export const numbers = (count: number): string[] =>
  Array.from({ length: count }, (_, n) => String(n));
export const words = (seen: readonly string[]): string[] =>
  seen.map((line) => line.split(' ')[1] ?? '');
