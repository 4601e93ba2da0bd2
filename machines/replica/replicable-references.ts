/**
 * The actions, guards, actors and delays that a chart refers to: inline, by name, or nested in
 * each other. Names are looked up where XState would look, because a name without code is an
 * exception there for a guard, an immediate event for a delay, and silence for all others.
 */
import type { AnyStateMachine } from 'xstate';
import type { Finding } from './replicable-problem.ts';

type Kind = keyof AnyStateMachine['implementations'];

/** What a machine has under that name, and not what every object has. */
export function implementationOf(machine: AnyStateMachine, kind: Kind, name: string): unknown {
  const implementations: object = machine.implementations[kind];
  return Object.hasOwn(implementations, name) ? Reflect.get(implementations, name) : undefined;
}

/** The name that a reference is about; null where it brings its own code. */
export function referenced(reference: unknown): string | null {
  if (typeof reference === 'string') return reference;
  const named = typeof reference === 'object' && reference !== null && 'type' in reference;
  return named && typeof reference.type === 'string' ? reference.type : null;
}

/** The type of an action that XState made; null for the user's own code. */
export const builtinOf = (code: unknown): string | null =>
  typeof code === 'function' && 'resolve' in code && 'type' in code ? String(code.type) : null;

const notImplemented = (doing: string, kind: Kind, name: string): Finding => ({
  code: 'not-implemented',
  what: `${doing} "${name}", which is not implemented`,
  remedy: `Implement it in \`setup({ ${kind} })\` or with \`machine.provide({ ${kind} })\`.`,
});

export const inspectActions = (
  machine: AnyStateMachine,
  actions: readonly unknown[],
): readonly Finding[] => actions.flatMap((action) => inspectAction(machine, action));

function inspectAction(machine: AnyStateMachine, action: unknown): readonly Finding[] {
  if (typeof action === 'function') return inspectCode(machine, action);
  const name = referenced(action);
  if (name === null) {
    return [
      {
        code: 'malformed',
        what: 'has an action that is none',
        remedy: 'Use a name, a function or an action of XState.',
      },
    ];
  }
  const code = implementationOf(machine, 'actions', name);
  return typeof code === 'function'
    ? inspectCode(machine, code)
    : [notImplemented('runs the action', 'actions', name)];
}

const builtins = new Set([
  'xstate.assign',
  'xstate.raise',
  'xstate.cancel',
  'xstate.sendTo',
  'xstate.emit',
  'xstate.log',
  'xstate.enqueueActions',
  'xstate.spawnChild',
  'xstate.stopChild',
]);

function inspectCode(machine: AnyStateMachine, code: object): readonly Finding[] {
  const builtin = builtinOf(code);
  if (builtin === null) return [];
  if (!builtins.has(builtin)) {
    return [
      {
        code: 'unknown-part',
        what: `takes the action "${builtin}" of another version of XState`,
        remedy: 'Use actions of xstate 5.33.',
      },
    ];
  }
  const { delay, src } = code as { delay?: unknown; src?: unknown };
  if (builtin === 'xstate.spawnChild') return inspectLogic(machine, src, 'spawns the actor');
  return typeof delay === 'string' ? inspectDelay(machine, delay) : [];
}

export const inspectDelay = (machine: AnyStateMachine, name: string): readonly Finding[] =>
  implementationOf(machine, 'delays', name) === undefined
    ? [notImplemented('waits for the delay', 'delays', name)]
    : [];

/** What is invoked or spawned. */
export function inspectLogic(
  machine: AnyStateMachine,
  src: unknown,
  doing: string,
): readonly Finding[] {
  const logic = typeof src === 'string' ? implementationOf(machine, 'actors', src) : src;
  if (typeof src === 'string' && (logic === undefined || logic === null)) {
    return [notImplemented(doing, 'actors', src)];
  }
  const takesEvents =
    typeof logic === 'object' &&
    logic !== null &&
    'transition' in logic &&
    typeof logic.transition === 'function';
  if (takesEvents) return [];
  return [
    {
      code: 'malformed',
      what: typeof src === 'string' ? `${doing} "${src}", which is none` : `${doing} of no kind`,
      remedy:
        'Use a machine, or what `fromPromise`, `fromCallback`, `fromObservable` or `fromTransition` returns.',
    },
  ];
}

export const inspectGuard = (machine: AnyStateMachine, guard: unknown): readonly Finding[] =>
  guard === undefined ? [] : inspectGuards(machine, guard, new Set());

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
    return [
      {
        code: 'malformed',
        what: 'has a guard that is none',
        remedy: 'Use a name or a function.',
      },
    ];
  }
  if (above.has(name)) {
    return [
      {
        code: 'malformed',
        what: `asks the guard "${name}", which asks itself`,
        remedy: 'Implement it with a function.',
      },
    ];
  }
  const code = implementationOf(machine, 'guards', name);
  return code === undefined
    ? [notImplemented('asks the guard', 'guards', name)]
    : inspectGuards(machine, code, new Set([...above, name]));
}
