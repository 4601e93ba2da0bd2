/** What there is to see of a node, in nobody's protocol yet. */
import type { AnyStateMachine } from 'xstate';
import type { CutLimits } from '../cut.ts';
import type { Show, ShownPlace } from '../showing.ts';

/** Somebody who is shown, under a name that nobody else in the cluster has. */
export type Subject = Readonly<{
  name: string;
  /** Null for the node itself. */
  parent: string | null;
  /** Null for an actor that is no chart. */
  machine: AnyStateMachine | null;
  /** Null for what is none. */
  instance: Readonly<{ machine: string; key: string }> | null;
  /** Where it stands now. */
  stand: () => Stand;
}>;

/** Plain data, cut short. */
export type Stand = Readonly<{
  status: string;
  /** Undefined for an actor that is no chart. */
  value?: unknown;
  context?: unknown;
  output?: unknown;
  error?: unknown;
  tags: readonly string[];
}>;

export type PlainEvent = Readonly<{ type: string }>;

export type Sight =
  | Readonly<{ type: 'appeared'; subject: Subject }>
  | Readonly<{ type: 'heard'; subject: Subject; event: PlainEvent; source: string | null }>
  | Readonly<{ type: 'moved'; subject: Subject; event: PlainEvent; stand: Stand }>
  | Readonly<{ type: 'left'; subject: Subject }>
  /** So many steps were left out since the last telling. */
  | Readonly<{ type: 'dropped'; count: number }>;

/** Snapshots of charts, of other actors, and instances as clients see them. */
export type Standing = Readonly<{
  status: string;
  value?: unknown;
  context?: unknown;
  output?: unknown;
  error?: unknown;
  tags?: Iterable<string>;
}>;

/** As much of a value as a person would read in a window of Stately's. */
const readable: CutLimits = { depthMax: 5, itemsMax: 40, textCharsMax: 300, bytesMax: 16 * 1024 };

type Instance = Subject['instance'];

/** What is said of snapshots and events: nothing that may not be shown. */
export type Words = Readonly<{
  standOf(standing: Standing, instance: Instance): Stand;
  eventOf(event: PlainEvent, instance: Instance): PlainEvent;
}>;

export function wordsBy(show: Show): Words {
  const shown = (value: unknown, kind: ShownPlace['kind'], instance: Instance): unknown => {
    const { machine = null, key = null } = instance ?? {};
    return show(value, { kind, machine, key }, readable);
  };
  return {
    standOf: ({ status, tags = [], ...held }, instance) => ({
      status,
      // Never cut: what is left of it must be a state of the chart.
      ...(held.value !== undefined && { value: held.value }),
      ...(held.context !== undefined && { context: shown(held.context, 'context', instance) }),
      ...(held.output !== undefined && { output: shown(held.output, 'output', instance) }),
      ...(held.error !== undefined && { error: shown(held.error, 'error', instance) }),
      tags: [...tags],
    }),
    // It has a type whatever else is cut or hidden.
    eventOf(event, instance) {
      const told = shown(event, 'event', instance);
      const fields = typeof told === 'object' && told !== null ? told : {};
      return { ...fields, type: event.type };
    },
  };
}
