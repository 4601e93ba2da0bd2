/** What one step of a chart brought to light. Made anew for each. */
import type { AnyTransitionDefinition } from 'xstate';
import type { MachineEvent } from '../protocol/entry.ts';
import { MachineFailure, type Logged } from './engine.ts';
import type { Change, CustomAction } from './pending.ts';
import { sendingOf } from './sending.ts';
import type { Actor } from './xstate5-internals.ts';

const none: readonly never[] = Object.freeze([]);

/** An action as XState hands it to whoever is to carry it out. */
export type AskedAction = Readonly<{
  type: string;
  info: CustomAction['args'];
  params: unknown;
  exec: ((args: unknown, params: unknown) => unknown) | undefined;
}>;

export type Microstep = Readonly<{
  event: MachineEvent;
  transitions: readonly AnyTransitionDefinition[];
}>;

type Parameters = Readonly<{ event?: unknown; label?: string; value?: unknown }>;

export class Findings {
  emitted: readonly MachineEvent[] = none;
  logged: readonly Logged[] = none;
  changes: readonly Change[] = none;
  accepted = false;
  /** Why the step is void, even where user code caught what was thrown at it. */
  forbidden: string | null = null;
  /** The step looks at actors, so it must be taken among them. */
  needsActors = false;
  /** The machine's own actor, while a step is taken among actors. */
  root: Actor | null = null;
  /** The machine's own microsteps, for whoever wants a step explained; null while nobody does. */
  tape: Microstep[] | null = null;
  #isOpen = false;
  #steps = 0;
  readonly #stepsMax: number;

  constructor(microstepsMax: number) {
    this.#stepsMax = microstepsMax;
  }

  begin(): void {
    this.emitted = none;
    this.logged = none;
    this.changes = none;
    this.accepted = false;
    this.forbidden = null;
    this.needsActors = false;
    this.root = null;
    if (this.tape !== null) this.tape = [];
    this.#isOpen = true;
    this.#steps = 0;
  }

  end(): void {
    this.root = null;
    this.#isOpen = false;
  }

  /** Charts hand actors to the code of their effects, which runs outside. */
  mustBeOpen(): void {
    if (!this.#isOpen) {
      throw new Error(
        'an actor of a replicated machine was used outside of its steps; let an effect answer by what it returns, or by sendBack',
      );
    }
  }

  /** For whoever cannot throw: what it throws would be reported as unhandled. */
  spoil(why: string): void {
    this.forbidden ??= why;
  }

  forbid(what: string): never {
    this.mustBeOpen();
    this.spoil(what);
    throw new MachineFailure(what);
  }

  /** The machine's own actor, for code that looks at it. */
  lookAtActors(): Actor {
    this.mustBeOpen();
    if (this.root !== null) return this.root;
    this.needsActors = true;
    throw new MachineFailure('it looks at an actor');
  }

  change(change: Change): void {
    this.changes = added(this.changes, change);
  }

  /** One more step of whichever actor. False: together they do not come to rest. */
  mayGoOn(): boolean {
    this.#steps += 1;
    if (this.#steps <= this.#stepsMax) return true;
    this.spoil(`it took more than ${this.#stepsMax} microsteps without coming to rest`);
    return false;
  }

  heedMicrostep(transitions: readonly AnyTransitionDefinition[]): void {
    if (!this.mayGoOn()) throw new MachineFailure('it does not come to rest');
    if (this.accepted) return;
    // The same question that XState's own `snapshot.can()` asks: `{}` forbids, it does not accept.
    for (const { target, actions } of transitions) {
      if (target !== undefined || actions.length > 0) this.accepted = true;
    }
  }

  emit(params: unknown): void {
    const { event } = params as Parameters;
    this.emitted = added(
      this.emitted,
      isEvent(event) ? event : this.forbid('it emits what is not an event'),
    );
  }

  log(params: unknown): void {
    const { label, value } = params as Parameters;
    this.logged = added(this.logged, { label, value });
  }

  /** An action of the user's own, or one for another instance. */
  custom({ type, info, params, exec }: AskedAction): void {
    if (exec === undefined) {
      return this.forbid(`it runs the action "${type}", which is not implemented`);
    }
    const { context, event } = info;
    const args = { context, event };
    const wish = sendingOf(exec, args, params) ?? {
      kind: 'action' as const,
      name: type,
      run: exec,
      args,
      params,
    };
    this.change({ type: 'wish', wish });
  }
}

function added<Item>(list: readonly Item[], item: Item): readonly Item[] {
  if (list === none) return [item];
  (list as Item[]).push(item);
  return list;
}

const isEvent = (value: unknown): value is MachineEvent =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
