/**
 * `/inspect/legacy`: what `@xstate/inspect` (0.8) and its receivers say to each other. They know
 * XState 4 alone, so charts and states are put in its words. Actors that are no charts are left
 * out: version 4 has nothing to show them by.
 *
 * A viewer may send events only where the node allows it, and only to instances: they are proposed
 * to the cluster like a client's. Nobody sends events to the charts of the node itself.
 */
import type { AnyStateMachine } from 'xstate';
import type { MachineEvent } from '../../../machines/protocol/entry.ts';
import { limits } from '../../../machines/protocol/limits.ts';
import { chartOf } from '../../../machines/replica/xstate5-chart.ts';
import type { Clock } from '../../clock.ts';
import { refusalOfEvent } from '../../gateway/event-check.ts';
import type { NodeService } from '../../service.ts';
import type { Observation } from './observation.ts';
import type { PlainEvent, Sight, Stand, Subject } from './sights.ts';
import { stateIdsOf, version4Event, version4Of } from './version4.ts';
import type { Bridge, Viewer } from './viewers.ts';

export const legacyPath = '/inspect/legacy';

export type LegacyParts = Readonly<{
  node: string;
  clock: Clock;
  observation: Pick<Observation, 'named'>;
  service: Pick<NodeService, 'propose'>;
  /** Whether viewers may send events to instances. */
  mayAct: boolean;
}>;

/** A subject that is a chart. */
type Service = Subject & Readonly<{ machine: AnyStateMachine }>;

const isService = (subject: Subject): subject is Service => subject.machine !== null;

export function legacyBridge({ node, clock, observation, service, mayAct }: LegacyParts): Bridge {
  const tell = (sight: Sight): object | null => {
    if (sight.type === 'dropped') {
      return heardMessage(node, { type: 'quorate.dropped', count: sight.count } as PlainEvent);
    }
    const { subject } = sight;
    if (!isService(subject)) return null;
    switch (sight.type) {
      case 'appeared':
        return registerMessage(node, subject);
      case 'heard':
        return heardMessage(subject.name, inVersion4(sight.event, subject), sight.source);
      case 'moved':
        return {
          type: 'service.state',
          sessionId: subject.name,
          state: stateOf(sight.stand, inVersion4(sight.event, subject)),
        };
      default:
        return { type: 'service.stop', sessionId: subject.name };
    }
  };

  const act = (message: Readonly<Record<string, unknown>>, viewer: Viewer): void => {
    const asked = askedOf(message);
    const refuse = (why: string): void =>
      viewer.answer(
        heardMessage(asked?.target ?? node, {
          type: 'quorate.refused',
          message: why,
        } as PlainEvent),
      );
    if (asked === null) return refuse('this is no event for a service');
    if (!mayAct) return refuse('this node takes no events from inspectors');
    const { target, event } = asked;
    const instance = observation.named(target)?.instance;
    if (instance === null || instance === undefined) {
      return refuse(`${target} is no instance that is shown, and nothing else takes events`);
    }
    const refusal = refusalOfEvent(event, undefined);
    if (refusal !== null) return refuse(refusal.message);
    service.propose(
      {
        ...instance,
        proposalId: clock.newProposalId(),
        event: event as MachineEvent,
        timeoutMs: limits.proposalTimeoutMsDefault,
      },
      { ended: (outcome) => outcome.end !== 'committed' && refuse(outcome.message) },
    );
  };

  return {
    waitsToBeAsked: true,
    introduce: (everybody) =>
      everybody.filter(isService).map((subject) => registerMessage(node, subject)),
    tell: (sights) => sights.map(tell).filter((message) => message !== null),
    heard(message, viewer) {
      if (!isRecord(message)) return;
      if (message.type === 'xstate.inspecting') viewer.introduce();
      else if (message.type === 'xstate.event') act(message, viewer);
    },
  };
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** Whom it is for stands beside the event, or within it. */
function askedOf({ event: text, service }: Readonly<Record<string, unknown>>) {
  if (typeof text !== 'string') return null;
  try {
    const sent: unknown = JSON.parse(text);
    if (!isRecord(sent)) return null;
    const target = service ?? sent.origin;
    return typeof target === 'string' ? { target, event: sent.data ?? sent } : null;
  } catch {
    return null;
  }
}

function registerMessage(node: string, subject: Service): object {
  const { name, parent, machine, stand } = subject;
  return {
    type: 'service.register',
    sessionId: name,
    id: name,
    // What stands between it and the node may be no chart, and so not be there.
    ...(parent !== null && { parent: node }),
    machine: machineOf(machine),
    state: stateOf(stand(), { type: 'xstate.init' }),
  };
}

const heardMessage = (sessionId: string, event: PlainEvent, source: string | null = null) => ({
  type: 'service.event',
  sessionId,
  event: JSON.stringify(envelopeOf(event, source)),
});

/** As version 4 passes events around, after SCXML. */
const envelopeOf = (event: PlainEvent, source: string | null) => ({
  $$type: 'scxml',
  type: 'external',
  name: event.type,
  data: event,
  ...(source !== null && { origin: source }),
});

const stateOf = (stand: Stand, event: PlainEvent): string => {
  const { status, value = {}, context, output, tags } = stand;
  return JSON.stringify({
    value,
    context,
    event,
    _event: envelopeOf(event, null),
    _sessionid: null,
    actions: [],
    activities: {},
    events: [],
    meta: {},
    children: {},
    transitions: [],
    tags,
    changed: true,
    done: status === 'done',
    ...(output !== undefined && { output }),
  });
};

type Translated = Readonly<{ machine: string; states: readonly string[] }>;
const translations = new WeakMap<AnyStateMachine, Translated>();

function translated(machine: AnyStateMachine): Translated {
  const known = translations.get(machine);
  if (known !== undefined) return known;
  const chart = chartOf(machine);
  const made = { machine: JSON.stringify(version4Of(chart)), states: stateIdsOf(chart) };
  translations.set(machine, made);
  return made;
}

const machineOf = (machine: AnyStateMachine): string => translated(machine).machine;

const inVersion4 = (event: PlainEvent, { machine }: Service): PlainEvent => ({
  ...event,
  type: version4Event(event.type, translated(machine).states),
});
