/** Objects that are atomic because there is one of each, with what clients may ask of them. */
import * as fc from 'fast-check';
import { assign, setup } from 'xstate';
import type { Command, Entry, MachineEvent } from '../../../machines/protocol/entry.ts';
import { proposalId, toIndex, toTerm } from '../../../machines/protocol/ids.ts';
import { invariant } from '../../../machines/protocol/invariant.ts';
import { createReplica } from '../../../machines/replica/replica.ts';
import type { InstanceInput, InstanceOutput } from './models/instance.ts';
import type { KvInput, KvOutput } from './models/kv.ts';
import type { RegisterInput, RegisterOutput } from './models/register.ts';
import type { AtomicObject } from './simulated-clients.ts';

const value = fc.nat(2);
const key = fc.constantFrom('a', 'b', 'c');

export const registerInputs: fc.Arbitrary<RegisterInput> = fc.oneof(
  fc.constant({ op: 'read' as const }),
  fc.record({ op: fc.constant('write' as const), value }),
  fc.record({ op: fc.constant('cas' as const), from: value, to: value }),
);

export function createRegister(): AtomicObject<RegisterInput, RegisterOutput> {
  let held: number | null = null;
  return {
    perform(input) {
      if (input.op === 'read') return { output: held };
      const swaps = input.op === 'write' || held === input.from;
      if (swaps) held = input.op === 'write' ? input.value : input.to;
      return { output: input.op === 'write' ? null : swaps };
    },
  };
}

export const kvInputs: fc.Arbitrary<KvInput> = fc.oneof(
  fc.record({ op: fc.constant('get' as const), key }),
  fc.record({
    op: fc.constantFrom('put' as const, 'append' as const, 'append' as const),
    key,
    value: fc.constantFrom('x', 'y'),
  }),
);

export function createKv(): AtomicObject<KvInput, KvOutput> {
  const texts: Record<string, string> = {};
  return {
    perform(input) {
      const text = texts[input.key] ?? '';
      if (input.op === 'get') return { output: text };
      texts[input.key] = (input.op === 'append' ? text : '') + input.value;
      return { output: null };
    },
  };
}

export const accountMachine = setup({
  types: {
    context: {} as { balance: number; owner: string | null },
    input: {} as { owner: string } | undefined,
    events: {} as
      | { type: 'PUT'; amount: number }
      | { type: 'TAKE'; amount: number }
      | { type: 'FREEZE' | 'THAW' | 'BREAK' },
  },
  guards: {
    isCovered: ({ context, event }) => event.type === 'TAKE' && context.balance >= event.amount,
  },
  actions: {
    put: assign({
      balance: ({ context, event }) => context.balance + ('amount' in event ? event.amount : 0),
    }),
    take: assign({
      balance: ({ context, event }) => context.balance - ('amount' in event ? event.amount : 0),
    }),
    fail: assign(() => {
      throw new Error('boom');
    }),
  },
}).createMachine({
  id: 'account',
  context: ({ input }) => ({ balance: 0, owner: input?.owner ?? null }),
  initial: 'open',
  states: {
    open: {
      on: {
        PUT: { actions: 'put' },
        TAKE: { guard: 'isCovered', actions: 'take' },
        FREEZE: 'frozen',
        BREAK: { target: 'frozen', actions: 'fail' },
      },
    },
    frozen: { on: { THAW: 'open' } },
  },
});

const accountEvents: fc.Arbitrary<MachineEvent> = fc.oneof(
  fc.record({
    type: fc.constantFrom('PUT', 'TAKE'),
    amount: fc.integer({ min: 1, max: 3 }),
  }),
  fc.constantFrom('FREEZE', 'THAW', 'THAW', 'BREAK').map((type) => ({ type })),
);

export const accountInputs: fc.Arbitrary<InstanceInput> = fc.oneof(
  fc.record({ op: fc.constant('read' as const), key }),
  fc.record({
    op: fc.constant('propose' as const),
    key,
    event: accountEvents,
    input: fc.constantFrom({ owner: 'ann' }, { owner: 'bob' }),
  }),
);

/** Accounts on a replica that is fed as a log would feed it. */
export function createAccounts(): AtomicObject<InstanceInput, InstanceOutput> {
  const replica = createReplica({ machines: { account: accountMachine } });
  let index = 0;

  const commit = (command: Pick<Command, 'machine' | 'key' | 'event' | 'input'>) => {
    const since = toIndex(index);
    index += 1;
    const entry: Entry = {
      index: toIndex(index),
      term: toTerm(1),
      kind: 'command',
      timeMs: 0,
      seed: 0,
      payload: new Uint8Array(),
    };
    return replica.apply(entry, { proposalId: proposalId(`p${index}`), since, ...command }).outcome;
  };
  commit({ machine: 'lifecycle', key: 'cluster', event: { type: 'RUN' } });

  return {
    perform(input) {
      if (input.op === 'read') {
        const reading = replica.read('account', input.key);
        invariant(reading !== 'unknown-machine', 'the replica hosts accounts');
        return { output: { view: reading.view } };
      }
      const { key: instance, event } = input;
      const outcome = commit({ machine: 'account', key: instance, event, input: input.input });
      if (outcome.end !== 'committed') return 'refused';
      return { output: { accepted: outcome.accepted, view: outcome.view } };
    },
  };
}
