/** Counts which parts of the charts a simulation visits. */
import type { AnyStateNode, AnyTransitionDefinition, InspectionEvent } from 'xstate';
import { overhear } from '../../world/inspection.ts';
import type { World } from '../../world/world.ts';
import { allParts, charts, guardName, stateName, transitionName } from './parts.ts';

export type Visits = Readonly<Record<string, number>>;

type Microstep = Readonly<{
  snapshot: { _nodes?: readonly AnyStateNode[] };
  _transitions: readonly AnyTransitionDefinition[];
}>;

export class Coverage {
  readonly #visits = new Map<string, number>();
  readonly #names = new WeakMap<object, string>();

  /** From now on the guards of all charts in this process tell what they answered. */
  listenToGuards(): void {
    for (const { id, implementations } of charts) {
      const guards = implementations.guards as Record<string, (...args: unknown[]) => boolean>;
      for (const [name, guard] of Object.entries(guards)) {
        const [yes, no] = [guardName(id, name, true), guardName(id, name, false)];
        guards[name] = (...args) => {
          const holds = guard(...args);
          this.#count(holds ? yes : no);
          return holds;
        };
      }
    }
  }

  watch(world: World): void {
    const { onUp } = world;
    world.onUp = (process) => {
      onUp(process);
      overhear(process.core.actor.system, (event) => this.#seen(event));
    };
  }

  add(visits: Visits): void {
    for (const [name, count] of Object.entries(visits)) {
      this.#visits.set(name, (this.#visits.get(name) ?? 0) + count);
    }
  }

  /** Since the last time. */
  take(): Visits {
    const visits = Object.fromEntries(this.#visits);
    this.#visits.clear();
    return visits;
  }

  unvisited(): readonly string[] {
    return allParts().filter((name) => !this.#visits.has(name));
  }

  #seen(event: InspectionEvent): void {
    if (event.type !== '@xstate.microstep') return;
    const { snapshot, _transitions } = event as unknown as Microstep;
    for (const node of snapshot._nodes ?? []) this.#count(this.#nameOf(node, stateName));
    for (const transition of _transitions) {
      this.#count(this.#nameOf(transition, transitionName));
    }
  }

  #nameOf<Part extends object>(part: Part, name: (part: Part) => string): string {
    const known = this.#names.get(part) ?? name(part);
    this.#names.set(part, known);
    return known;
  }

  #count(name: string): void {
    this.#visits.set(name, (this.#visits.get(name) ?? 0) + 1);
  }
}
