/** What the duties of a leader stand on, all of it played by the test: clock, log and charts. */
import { createActor, createMachine, type AnyActorLogic } from 'xstate';
import type { Chore, EffectId } from '../../machines/protocol/chore.ts';
import { toTerm } from '../../machines/protocol/ids.ts';
import type { PendingEffect } from '../../machines/replica/agenda.ts';
import type { Effect, Invocation, Wish } from '../../machines/replica/pending.ts';
import type { ChoreDesk } from '../../runtime/duties/chore-desk.ts';
import type { Logger } from '../../runtime/logger.ts';

export const term = toTerm(4);

export const parentActor = () => createActor(createMachine({})).start();

export type Put = Readonly<{ chore: Chore; end: (isInLog: boolean) => void }>;

/** A desk whose chores come to what the test says. */
export function fakeDesk() {
  const puts: Put[] = [];
  let refuse: (chore: Chore) => void = () => {};
  const desk: ChoreDesk = {
    put(chore, end) {
      refuse(chore);
      puts.push({ chore, end });
    },
  };
  return {
    desk,
    /** Since this was last asked. */
    puts: () => puts.splice(0),
    /** The types of those, in order. */
    types: () => puts.map(({ chore }) => chore.type),
    refuseBy: (check: (chore: Chore) => void) => (refuse = check),
  };
}

export function fakeLogger() {
  const lines: string[] = [];
  const write = (_fields: unknown, text?: string): void => void lines.push(text ?? '');
  const logger: Logger = { debug: write, info: write, warn: write, error: write };
  return { logger, lines };
}

export const invocationOf = (logic: AnyActorLogic, input?: unknown): Invocation => ({
  kind: 'invocation',
  session: 'x:1',
  name: 'worker',
  actorId: 'worker',
  systemId: undefined,
  logic,
  input,
});

export const effectOf = (wish: Wish, changes: Partial<Effect> = {}): Effect => ({
  id: '7.0',
  wish,
  isOnce: false,
  claimedIn: null,
  heard: null,
  ...changes,
});

export const pendingOf = (wish: Wish, changes: Partial<Effect> = {}): PendingEffect => ({
  machine: 'order',
  key: '42',
  effect: effectOf(wish, changes),
});

export const nth = (index: number): EffectId => `7.${index}`;

/** Until all promises that can have settled. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
