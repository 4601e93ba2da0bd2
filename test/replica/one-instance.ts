/** One instance of a machine, stepped as a log would: with a clock and effects in our hands. */
import assert from 'node:assert/strict';
import { parse, stringify } from 'devalue';
import type { AnyActorRef, AnyMachineSnapshot, AnyStateMachine } from 'xstate';
import type { Said } from '../../machines/protocol/chore.ts';
import type { MachineEvent } from '../../machines/protocol/entry.ts';
import { toIndex, toTerm } from '../../machines/protocol/ids.ts';
import { createInstances, type Instance, type Taken } from '../../machines/replica/instances.ts';
import type { Effect, Invocation } from '../../machines/replica/pending.ts';
import { isOnceBy, type ReplicationOptions } from '../../machines/replica/replicated.ts';
import { xstate5Engine } from '../../machines/replica/xstate5-engine.ts';

const key = '1';

export class OneInstance {
  readonly #machine: AnyStateMachine;
  #engine;
  #instances;
  #words = 0;
  #index = 0;
  timeMs = 0;

  constructor(machine: AnyStateMachine, options: ReplicationOptions = {}) {
    this.#machine = machine;
    this.#engine = xstate5Engine(machine);
    this.#instances = createInstances(this.#engine, { isOnce: isOnceBy(options) });
  }

  #at() {
    this.#index += 1;
    return { index: toIndex(this.#index), term: toTerm(1), timeMs: this.timeMs };
  }

  get instance(): Instance {
    const instance = this.#instances.get(key);
    assert.ok(instance !== undefined, 'it has begun');
    return instance;
  }

  get value(): unknown {
    return this.instance.view.value;
  }

  get context(): Record<string, unknown> {
    return this.instance.view.context as Record<string, unknown>;
  }

  get status(): string {
    return this.instance.view.status;
  }

  /** XState's own snapshot: what no client sees. */
  get root(): AnyMachineSnapshot {
    return (this.instance.snapshot as unknown as { root: AnyMachineSnapshot }).root;
  }

  /** The snapshot of a child, or of a child's child. */
  inside(...path: readonly string[]): AnyMachineSnapshot | undefined {
    let snapshot: AnyMachineSnapshot | undefined = this.root;
    for (const id of path) {
      const children = snapshot?.children as Record<string, AnyActorRef> | undefined;
      snapshot = children?.[id]?.getSnapshot() as AnyMachineSnapshot | undefined;
    }
    return snapshot;
  }

  send(event: MachineEvent | string, input?: unknown): Taken {
    const full = typeof event === 'string' ? { type: event } : event;
    return this.#instances.take(this.#at(), key, full, input);
  }

  /** Lets time pass, and whatever is due in it come due. */
  wait(ms: number): void {
    const untilMs = this.timeMs + ms;
    for (;;) {
      const [next] = this.instance.pending.timers.toSorted(
        (a, b) => a.dueMs - b.dueMs || a.timer - b.timer,
      );
      if (next === undefined || next.dueMs > untilMs) break;
      this.timeMs = next.dueMs;
      this.#instances.fire(this.#at(), key, next.timer);
    }
    this.timeMs = untilMs;
  }

  get timers(): readonly (readonly [type: string, dueMs: number])[] {
    return this.instance.pending.timers.map(({ event, dueMs }) => [event.type, dueMs]);
  }

  get effects(): readonly Effect[] {
    return this.instance.pending.effects;
  }

  /** Invocations that are running, by the ids that the chart gave them. */
  get running(): readonly string[] {
    return this.#invocations().map(({ wish }) => (wish as Invocation).actorId);
  }

  #invocations(): readonly Effect[] {
    return this.effects.filter(({ wish }) => wish.kind === 'invocation');
  }

  idOf(actorId: string): Effect['id'] {
    const found = this.#invocations().find(({ wish }) => (wish as Invocation).actorId === actorId);
    assert.ok(found !== undefined, `"${actorId}" is running`);
    return found.id;
  }

  hear(actorId: string, said: Said): Taken | null {
    return this.hearFrom(this.idOf(actorId), said);
  }

  hearFrom(id: Effect['id'], said: Said): Taken | null {
    this.#words += 1;
    return this.#instances.hear(this.#at(), key, id, said, this.#words);
  }

  resolve(actorId: string, data: unknown): Taken | null {
    return this.hear(actorId, itself({ type: 'xstate.promise.resolve', data }));
  }

  reject(actorId: string, data: unknown): Taken | null {
    return this.hear(actorId, itself({ type: 'xstate.promise.reject', data }));
  }

  sendBack(actorId: string, event: MachineEvent): Taken | null {
    return this.hear(actorId, { to: 'parent', event });
  }

  serialized(): unknown {
    const { snapshot, pending } = this.instance;
    return this.#engine.serialize(snapshot, pending);
  }

  /** The same, in print. */
  told(): string {
    return stringify(this.serialized(), { Error: errorFields });
  }

  /** Goes on as another node would that was told of it. */
  moved(machine = this.#machine): this {
    const told = this.told();
    const { latestIndex } = this.instance;
    this.#engine = xstate5Engine(machine);
    this.#instances = createInstances(this.#engine);
    this.#instances.restore(key, latestIndex, parse(told, { Error: errorOf }));
    assert.equal(this.told(), told);
    return this;
  }
}

export const itself = (event: MachineEvent): Said => ({ to: 'itself', event });

const errorFields = (value: unknown) => value instanceof Error && [value.name, value.message];
const errorOf = ([name, message]: [string, string]) => Object.assign(new Error(message), { name });
