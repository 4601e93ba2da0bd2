/**
 * The surroundings that XState wants for a step: an actor, its system, someone to run actions.
 * Here nothing is run and nobody is there. Actions are written down; whatever would reach out
 * of the machine is forbidden on the spot. One scope serves all steps of one machine in turn.
 *
 * `_sendInspectionEvent` is how XState tells of every microstep together with the transitions
 * that it took. Hearing it ourselves answers two questions at no cost: was there a transition
 * for this event, and will this ever come to rest?
 */
import type { AnyActorScope, AnyTransitionDefinition, ExecutableActionObject } from 'xstate';
import type { MachineEvent } from '../protocol/entry.ts';
import { MachineFailure, type Logged } from './engine.ts';
import { forbiddenAction } from './unsupported.ts';

const none: readonly never[] = Object.freeze([]);

/** What one step brought to light. Reset before each. */
export type Findings = {
  emitted: readonly MachineEvent[];
  logged: readonly Logged[];
  microsteps: number;
  accepted: boolean;
  /** Why the step is void, even where user code caught what was thrown at it. */
  forbidden: string | null;
};

export const resetFindings = (findings: Findings): void => {
  findings.emitted = none;
  findings.logged = none;
  findings.microsteps = 0;
  findings.accepted = false;
  findings.forbidden = null;
};

export function inertScope(microstepsMax: number): { scope: AnyActorScope; findings: Findings } {
  const findings: Findings = {
    emitted: none,
    logged: none,
    microsteps: 0,
    accepted: false,
    forbidden: null,
  };

  const forbid = (what: string): never => {
    findings.forbidden ??= what;
    throw new MachineFailure(what);
  };

  const actionExecutor = ({ type, params }: Pick<ExecutableActionObject, 'type' | 'params'>) => {
    const asked = (params ?? {}) as Asked;
    if (type === 'xstate.raise' && typeof asked.delay !== 'number') return;
    if (type === 'xstate.emit') {
      const event = isEvent(asked.event) ? asked.event : forbid('it emits what is not an event');
      findings.emitted = added(findings.emitted, event);
      return;
    }
    if (type === 'xstate.log') {
      findings.logged = added(findings.logged, { label: asked.label, value: asked.value });
      return;
    }
    forbid(`it ${forbiddenAction(type).what}`);
  };

  const system = standIn(systemMembers, (member) => forbid(`it asks for \`system.${member}\``));
  Object.defineProperty(system, '_sendInspectionEvent', { value: heedMicrostep });
  function heedMicrostep({ _transitions }: { _transitions: readonly AnyTransitionDefinition[] }) {
    findings.microsteps += 1;
    if (findings.microsteps > microstepsMax) {
      forbid(`it took more than ${microstepsMax} microsteps without coming to rest`);
    }
    if (findings.accepted) return;
    // The same question that XState's own `snapshot.can()` asks: `{}` forbids, it does not accept.
    for (const { target, actions } of _transitions) {
      if (target !== undefined || actions.length > 0) findings.accepted = true;
    }
  }

  const self = standIn(selfMembers, (member) =>
    // Nobody but `spawn` has a reason to look at the system through its parent.
    forbid(member === 'system' ? 'it spawns an actor' : `it asks for \`self.${member}\``),
  );

  const scope = {
    self,
    system,
    id: '',
    sessionId: '',
    actionExecutor,
    // Only ever called when an action is run, and none is.
    logger: ignore,
    defer: ignore,
    emit: ignore,
    stopChild: ignore,
  } as unknown as AnyActorScope;
  return { scope, findings };
}

type Asked = Readonly<{ delay?: unknown; event?: unknown; label?: string; value?: unknown }>;

const ignore = (): void => {};

const added = <Item>(list: readonly Item[], item: Item): readonly Item[] => {
  if (list === none) return [item];
  (list as Item[]).push(item);
  return list;
};

const isEvent = (value: unknown): value is MachineEvent =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';

/**
 * An object whose members throw when asked for. They are not enumerable, so that one kept in
 * a context is `{}` to whoever encodes it.
 */
function standIn(members: readonly string[], refuse: (member: string) => never): object {
  return Object.defineProperties(
    {},
    Object.fromEntries(members.map((member) => [member, { get: () => refuse(member) }])),
  );
}

const selfMembers = [
  'id',
  'sessionId',
  'systemId',
  'system',
  'src',
  'ref',
  'clock',
  'logger',
  'options',
  'send',
  'on',
  'subscribe',
  'select',
  'start',
  'stop',
  'getSnapshot',
  'getPersistedSnapshot',
  '_parent',
  '_snapshot',
  '_send',
];
const systemMembers = ['get', 'getAll', 'getSnapshot', 'inspect', 'scheduler', 'start'];
