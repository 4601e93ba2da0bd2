/** The actors and effects that a machine can ask for by what stands in its definition. */
import type { AnyActorLogic, AnyStateMachine } from 'xstate';
import { builtinOf, implementationOf, referenced } from './replicable-references.ts';
import { listed, referencesOf } from './replicable-states.ts';
import { isMachine, isStepped } from './xstate5-effects.ts';
import { isXState5Machine } from './xstate5-probe.ts';
import { statesOf } from './xstate5-snapshot.ts';

/** By its name where it has one, else by the id that it gets. */
export type NamedLogic = readonly [name: string, logic: unknown];

export const actorsOf = (machine: AnyStateMachine): readonly NamedLogic[] => [
  ...Object.entries(machine.implementations.actors),
  ...inlineInvokes(machine),
  ...inlineSpawns(machine),
];

const inlineInvokes = (machine: AnyStateMachine): readonly NamedLogic[] =>
  statesOf(machine.root).flatMap((node) =>
    listed(node.config.invoke).flatMap((invoke, place): NamedLogic[] => {
      const { src } = (invoke ?? {}) as { src?: unknown };
      const id = node.invoke[place]?.id;
      return typeof src === 'object' && id !== undefined ? [[id, src]] : [];
    }),
  );

const inlineSpawns = (machine: AnyStateMachine): readonly NamedLogic[] =>
  actionsOf(machine).flatMap(([, code]): NamedLogic[] => {
    if (builtinOf(code) !== 'xstate.spawnChild') return [];
    const { src, id } = code as { src?: unknown; id?: unknown };
    return typeof src === 'object' ? [[typeof id === 'string' ? id : '(spawned)', src]] : [];
  });

/** Every action, with the name that XState gives it: those that are implemented, and the inline ones. */
function actionsOf(machine: AnyStateMachine): readonly NamedLogic[] {
  const implemented = Object.entries(machine.implementations.actions);
  const mentioned = statesOf(machine.root)
    .flatMap(referencesOf)
    .flatMap(({ actions }) => actions)
    .map((action): NamedLogic => {
      const name = referenced(action);
      return name === null
        ? [(action as { name?: string } | null)?.name ?? '', action]
        : [name, implementationOf(machine, 'actions', name)];
    });
  return [...implemented, ...mentioned];
}

/** Under what names an effect of this machine, or of a child machine, can have a policy. */
export function effectNames(machine: AnyStateMachine): ReadonlySet<string> {
  const names = new Set<string>();
  const seen = new Set<unknown>();
  const add = (within: AnyStateMachine): void => {
    seen.add(within);
    for (const [name, code] of actionsOf(within)) {
      const isOwn = typeof code === 'function' && builtinOf(code) === null;
      if (isOwn && name !== '') names.add(name);
    }
    for (const [name, logic] of actorsOf(within)) {
      if (isMachine(logic)) {
        if (!seen.has(logic) && isXState5Machine(logic)) add(logic);
      } else if (isEffect(logic)) names.add(name);
    }
    for (const node of statesOf(within.root)) {
      for (const { src, id } of node.invoke) {
        const logic = typeof src === 'string' ? implementationOf(within, 'actors', src) : src;
        if (isEffect(logic)) names.add(id);
      }
    }
  };
  add(machine);
  return names;
}

const isEffect = (logic: unknown): boolean =>
  typeof logic === 'object' && logic !== null && !isStepped(logic as AnyActorLogic);
