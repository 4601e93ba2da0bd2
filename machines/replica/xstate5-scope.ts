/**
 * The surroundings that XState wants for a step: an actor, its system, someone to carry out
 * actions. Here nothing is carried out and nobody is there. Actions are written down; a chart
 * that looks at an actor, itself included, must take the step again among actors. One scope
 * serves all steps of one machine in turn.
 *
 * `_sendInspectionEvent` is how XState tells of every microstep together with the transitions
 * that it took. Hearing it ourselves answers two questions at no cost: was there a transition
 * for this event, and will this ever come to rest?
 */
import type { AnyActorScope, AnyTransitionDefinition } from 'xstate';
import type { MachineEvent } from '../protocol/entry.ts';
import { rootSession } from './pending.ts';
import type { AskedAction, Findings } from './xstate5-findings.ts';

export function inertScope(findings: Findings): AnyActorScope {
  const actionExecutor = (action: AskedAction): void => {
    const asked = (action.params ?? {}) as Asked;
    switch (action.type) {
      case 'xstate.raise':
        if (typeof asked.delay === 'number') schedule(asked, asked.delay);
        return;
      case 'xstate.cancel':
        return findings.change({
          type: 'cancel',
          from: rootSession,
          id: String(asked.sendId),
        });
      case 'xstate.emit':
        return findings.emit(asked);
      case 'xstate.log':
        return findings.log(asked);
      case 'xstate.spawnChild':
      case 'xstate.stopChild':
      case 'xstate.sendTo':
        return void findings.lookAtActors();
      default:
        return findings.custom(action);
    }
  };

  const schedule = ({ id, event }: Asked, delayMs: number): void =>
    findings.change({
      type: 'schedule',
      delayed: {
        from: rootSession,
        to: rootSession,
        // Whoever gives no id cannot call it off either.
        id: id === undefined ? null : String(id),
        event: event as MachineEvent,
        delayMs,
      },
    });

  const self = standIn(selfMembers, () => findings.lookAtActors());
  Object.defineProperties(self, {
    id: { value: rootSession },
    sessionId: { value: rootSession },
    // As XState would print an actor.
    toJSON: { value: () => ({ xstate$$type: 1, id: rootSession }) },
  });
  const system = standIn(systemMembers, () => findings.lookAtActors().system);
  Object.defineProperty(system, '_sendInspectionEvent', {
    value: ({ event, _transitions }: Heard) => {
      findings.tape?.push({ event, transitions: _transitions });
      findings.heedMicrostep(_transitions);
    },
  });

  return {
    self,
    system,
    id: '',
    sessionId: rootSession,
    actionExecutor,
    // Only ever called when an action is carried out, and none is.
    logger: ignore,
    defer: ignore,
    emit: ignore,
    stopChild: ignore,
  } as unknown as AnyActorScope;
}

type Heard = Readonly<{ event: MachineEvent; _transitions: readonly AnyTransitionDefinition[] }>;

type Id = string | number;
type Asked = Readonly<{ delay?: unknown; event?: unknown; id?: Id; sendId?: Id }>;

const ignore = (): void => {};

/**
 * An object that has those members as soon as there is somebody who has them. A chart may keep
 * it in its context. They are not enumerable, so that whoever encodes it does not ask for them.
 */
const standIn = (members: readonly string[], whom: () => object): object =>
  Object.defineProperties(
    {},
    Object.fromEntries(
      members.map((member) => [member, { get: (): unknown => Reflect.get(whom(), member) }]),
    ),
  );

const selfMembers = [
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
  'logic',
  '_parent',
  '_snapshot',
  '_send',
];
const systemMembers = [
  'get',
  'getAll',
  'getSnapshot',
  'inspect',
  'scheduler',
  'start',
  '_relay',
  '_bookId',
  '_clock',
  '_logger',
];
