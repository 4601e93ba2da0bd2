/**
 * The actions and guards that a chart refers to: inline, by name, or nested in each other.
 * Names are looked up where XState would look, because a name without code is silence there
 * for an action and an exception for a guard.
 */
import type { AnyStateMachine } from 'xstate';
import { forbiddenAction } from './unsupported.ts';

/** A problem without its place. */
export type Finding = Readonly<{ what: string; remedy: string }>;

export const inspectActions = (
  machine: AnyStateMachine,
  actions: readonly unknown[],
  /** Where we are, and who: "on entry it". */
  when: string,
): readonly Finding[] =>
  actions.flatMap((action) => inspectAction(machine, action).map((finding) => told(finding, when)));

export const inspectGuard = (
  machine: AnyStateMachine,
  guard: unknown,
  when: string,
): readonly Finding[] =>
  (guard === undefined ? [] : inspectGuards(machine, guard, new Set())).map((finding) =>
    told(finding, when),
  );

const told = ({ what, remedy }: Finding, when: string): Finding => ({
  what: `${when} ${what}`,
  remedy,
});

function inspectAction(machine: AnyStateMachine, action: unknown): readonly Finding[] {
  if (typeof action === 'function') return inspectCode(action, nameOf(action));
  const name = referenced(action);
  if (name === null) {
    return [{ what: 'has an action that is none', remedy: 'Use a name or an action of XState.' }];
  }
  const code: unknown = own(machine.implementations.actions, name);
  if (typeof code === 'function') return inspectCode(code, name);
  return [
    {
      what: `runs the action "${name}", which is not implemented`,
      remedy: 'Implement it in `setup({ actions })` or with `machine.provide({ actions })`.',
    },
  ];
}

const harmless = new Set([
  'xstate.assign',
  'xstate.raise',
  'xstate.emit',
  'xstate.log',
  'xstate.enqueueActions',
]);

function inspectCode(code: object, name: string): readonly Finding[] {
  const builtin = 'resolve' in code && 'type' in code ? String(code.type) : null;
  const delayed = builtin === 'xstate.raise' && 'delay' in code && code.delay !== undefined;
  if (builtin !== null && harmless.has(builtin) && !delayed) return [];
  return [forbiddenAction(builtin ?? name)];
}

/** Guards may hold guards, and a name may stand for another name. */
function inspectGuards(
  machine: AnyStateMachine,
  guard: unknown,
  above: ReadonlySet<string>,
): readonly Finding[] {
  if (typeof guard === 'function') {
    const inside: unknown = 'check' in guard && 'guards' in guard ? guard.guards : [];
    return Array.isArray(inside)
      ? inside.flatMap((each) => inspectGuards(machine, each, above))
      : [];
  }
  const name = referenced(guard);
  if (name === null) {
    return [{ what: 'has a guard that is none', remedy: 'Use a name or a function.' }];
  }
  if (above.has(name)) {
    return [
      {
        what: `asks the guard "${name}", which asks itself`,
        remedy: 'Implement it with a function.',
      },
    ];
  }
  const code: unknown = own(machine.implementations.guards, name);
  if (code !== undefined) return inspectGuards(machine, code, new Set([...above, name]));
  return [
    {
      what: `asks the guard "${name}", which is not implemented`,
      remedy: 'Implement it in `setup({ guards })` or with `machine.provide({ guards })`.',
    },
  ];
}

function referenced(reference: unknown): string | null {
  if (typeof reference === 'string') return reference;
  const named = typeof reference === 'object' && reference !== null && 'type' in reference;
  return named && typeof reference.type === 'string' ? reference.type : null;
}

const own = (implementations: object, name: string): unknown =>
  Object.hasOwn(implementations, name) ? Reflect.get(implementations, name) : undefined;

const nameOf = (code: { name: string }): string => code.name || '(anonymous)';
