/** One instance of the same machine, as a replica has it. */
import assert from 'node:assert/strict';
import { parse, stringify } from 'devalue';
import type { AnyMachineSnapshot, AnyStateMachine } from 'xstate';
import type { MachineEvent } from '../../../machines/protocol/entry.ts';
import { toIndex, toTerm } from '../../../machines/protocol/ids.ts';
import {
  type At,
  createInstances,
  type Instance,
  type Taken,
} from '../../../machines/replica/instances.ts';
import type { Effect } from '../../../machines/replica/pending.ts';
import { xstate5Engine } from '../../../machines/replica/xstate5-engine.ts';
import { labelOf, type Word } from './effects.ts';
import type { Seen } from './local.ts';
import { shownFrom } from './seen.ts';

const shown = shownFrom('x:0');
const key = 'one';

const engineOf = (machine: AnyStateMachine) =>
  xstate5Engine(machine, { microstepsPerEventMax: 100_000 });

const errorFields = (value: unknown) => value instanceof Error && [value.name, value.message];
const errorOf = ([name, message]: [string, string]) => Object.assign(new Error(message), { name });

export class Replicated {
  #engine;
  #instances;
  #words = 0;
  #index = 0;
  #nowMs = 0;
  readonly #callbacks = new Set<string>();
  #last: Pick<Taken, 'emitted' | 'logged' | 'accepted'> | null = null;

  constructor(machine: AnyStateMachine) {
    this.#engine = engineOf(machine);
    this.#instances = createInstances(this.#engine);
  }

  /** Goes on as another node would that was told of it, and has made the machine itself. */
  moveTo(machine: AnyStateMachine): void {
    const { snapshot, pending, latestIndex } = this.#instance;
    const told = stringify(this.#engine.serialize(snapshot, pending), { Error: errorFields });
    this.#engine = engineOf(machine);
    this.#instances = createInstances(this.#engine);
    this.#instances.restore(key, latestIndex, parse(told, { Error: errorOf }));
    const again = stringify(
      this.#engine.serialize(this.#instance.snapshot, this.#instance.pending),
      {
        Error: errorFields,
      },
    );
    if (again !== told)
      assert.deepEqual(parse(again, { Error: errorOf }), parse(told, { Error: errorOf }));
  }

  /** Goes over to the same definition, as if it were the next one. */
  upgradeTo(machine: AnyStateMachine): void {
    this.#engine = engineOf(machine);
    this.#instances.goOver(this.#at(this.#nowMs), this.#engine, undefined);
  }

  get #instance(): Instance {
    const instance = this.#instances.get(key);
    if (instance === undefined) throw new Error('it has not begun');
    return instance;
  }

  get status(): string {
    return this.#instance.view.status;
  }

  #at(timeMs: number): At {
    this.#nowMs = timeMs;
    this.#index += 1;
    return { index: toIndex(this.#index), term: toTerm(1), timeMs };
  }

  send(event: MachineEvent): boolean {
    this.#last = this.#instances.take(this.#at(this.#nowMs), key, event, undefined);
    return this.#last.accepted;
  }

  fire(untilMs: number): number | null {
    const [next] = this.#instance.pending.timers.toSorted(
      (a, b) => a.dueMs - b.dueMs || a.timer - b.timer,
    );
    if (next === undefined || next.dueMs > untilMs) {
      this.#nowMs = untilMs;
      return null;
    }
    this.#last = this.#instances.fire(this.#at(next.dueMs), key, next.timer);
    return next.dueMs;
  }

  get #running(): readonly Effect[] {
    return this.#instance.pending.effects.filter(({ wish }) => wish.kind === 'invocation');
  }

  hear(nth: number, { said }: Word): void {
    const effect = this.#running[nth];
    if (effect === undefined) throw new Error('no such effect');
    this.#words += 1;
    this.#last = this.#instances.hear(this.#at(this.#nowMs), key, effect.id, said, this.#words);
  }

  seen(): Seen {
    const { snapshot, pending } = this.#instance;
    const { root } = snapshot as unknown as { root: AnyMachineSnapshot };
    const told: unknown[] = [];
    const acted: unknown[] = [];
    const running: unknown[] = [];
    const done: Effect['id'][] = [];
    for (const { id, wish } of pending.effects) {
      if (wish.kind === 'invocation') {
        const { logic, actorId, session, input } = wish;
        if (labelOf(logic) === 'callback') this.#callbacks.add(session);
        running.push(shown({ label: labelOf(logic), id: actorId, session, given: input }));
      } else done.push(id);
      if (wish.kind === 'action') {
        const { context, event } = wish.args;
        acted.push({
          name: wish.name === 'act' ? 'act' : 'inline',
          context,
          event,
          params: wish.params,
        });
      }
      // All others are deaf.
      if (wish.kind === 'telling' && this.#callbacks.has(wish.session)) {
        told.push({ session: wish.session, event: wish.event });
      }
    }
    this.#instances.finish(key, done);
    const last = this.#last ?? { emitted: [], logged: [] };
    this.#last = null;
    return {
      snapshot: shown(root),
      emitted: shown(last.emitted),
      logged: shown(last.logged),
      timers: pending.timers
        .toSorted((a, b) => a.dueMs - b.dueMs || a.timer - b.timer)
        .map(({ dueMs }) => dueMs),
      running,
      told: shown(told),
      acted: shown(acted),
    };
  }
}
