/**
 * `/inspect/stately`: what `@statelyai/inspect` (0.7) says of actors, so that its receiver, and
 * all that is built on it, understands a node. Session ids are the actors' names, since those of
 * XState begin at `x:0` in every process. What is cut short, or left out, is so here already.
 */
import type { AnyStateMachine } from 'xstate';
import type { Clock } from '../../clock.ts';
import type { PlainEvent, Sight, Stand, Subject } from './sights.ts';
import type { Bridge } from './viewers.ts';

export const statelyPath = '/inspect/stately';

/** The release whose messages these are. Its receivers take what has a text here. */
const version = '0.7.2';

export function statelyBridge({ node, clock }: Readonly<{ node: string; clock: Clock }>): Bridge {
  let said = 0;
  const common = (sessionId: string) => ({
    sessionId,
    rootId: node,
    id: String((said += 1)),
    createdAt: String(clock.wallMs()),
    _version: version,
  });

  const actor = ({ name, parent, machine, stand }: Subject): object => ({
    type: '@xstate.actor',
    name,
    ...(parent !== null && { parentId: parent }),
    definition: machine === null ? JSON.stringify({ id: name }) : definitionOf(machine),
    snapshot: snapshotOf(stand()),
    ...common(name),
  });
  const event = (name: string, heard: PlainEvent, source: string | null): object => ({
    type: '@xstate.event',
    event: heard,
    ...(source !== null && { sourceId: source }),
    ...common(name),
  });

  const say = (sight: Sight): object | null => {
    switch (sight.type) {
      case 'appeared':
        return actor(sight.subject);
      case 'heard':
        return event(sight.subject.name, sight.event, sight.source);
      case 'moved':
        return {
          type: '@xstate.snapshot',
          event: sight.event,
          snapshot: snapshotOf(sight.stand),
          ...common(sight.subject.name),
        };
      case 'dropped':
        return event(node, { type: 'quorate.dropped', count: sight.count } as PlainEvent, null);
      default:
        // Its last snapshot has said so.
        return null;
    }
  };

  return {
    waitsToBeAsked: false,
    introduce: (everybody) => everybody.map(actor),
    tell: (sights) => sights.map(say).filter((message) => message !== null),
    // A receiver has nothing to say.
    heard: () => {},
  };
}

/** As XState has snapshots in JSON. */
const snapshotOf = (stand: Stand): object => ({ ...stand, children: {}, historyValue: {} });

const definitions = new WeakMap<AnyStateMachine, string>();

/** The configuration as it was written, with the names of functions in their places. */
function definitionOf(machine: AnyStateMachine): string {
  const known = definitions.get(machine);
  if (known !== undefined) return known;
  const definition = writtenOut(machine);
  definitions.set(machine, definition);
  return definition;
}

function writtenOut({ config, id }: AnyStateMachine): string {
  try {
    return JSON.stringify(config, (_, value: unknown) =>
      typeof value === 'function' ? { type: value.name } : value,
    );
  } catch {
    // Its `meta` may hold anything.
    return JSON.stringify({ id });
  }
}
