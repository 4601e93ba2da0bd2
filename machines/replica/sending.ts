/** `sendToInstance`: an action with which one replicated instance sends an event to another. */
import { reasonOf } from './engine.ts';
import type { MachineEvent } from '../protocol/entry.ts';
import type { Sending } from './pending.ts';

type Args = Readonly<{ context: unknown; event: unknown }>;
type Resolvable<Value, A> = Value | ((args: A, params: unknown) => Value);

/** Where it goes: the name of a machine in the cluster, and the key of one of its instances. */
export type Target<A> = Readonly<{
  machine: string;
  key: Resolvable<string, A>;
  /** Looked at only if the event begins the instance. */
  input?: Resolvable<unknown, A>;
}>;

type Resolver = (args: Args, params: unknown) => unknown;
type Resolve = (args: Args, params: unknown) => Sending;

type Marked = { [mark]?: Readonly<{ resolve: Resolve; said: unknown }> };

/** The same for all copies of this package in a process. */
const mark: unique symbol = Symbol.for('quorate.sendToInstance') as never;

/**
 * An XState action: the instance that takes it sends `event` to another instance of its cluster.
 * The event arrives exactly once, by the log, after the entry that sent it; events from one
 * instance to another arrive in the order in which they were sent. Whether the other accepts it
 * is not told to the sender. Where the machine runs as a plain actor, it throws.
 *
 * @example
 * entry: sendToInstance({ machine: 'stock', key: ({ context }) => context.item }, { type: 'RESERVE' })
 */
// oxlint-disable-next-line typescript/no-explicit-any -- Where a chart does not say, it may be anything.
export function sendToInstance<Context = any, Event = any>(
  to: Target<{ context: Context; event: Event }>,
  event: Resolvable<MachineEvent, { context: Context; event: Event }>,
): (args: { context: Context; event: Event }, params: unknown) => void {
  const resolved = (value: unknown, args: Args, params: unknown): unknown =>
    typeof value === 'function' ? (value as Resolver)(args, params) : value;
  const resolve: Resolve = (args, params) => {
    const input = asData(resolved(to.input, args, params));
    return {
      kind: 'sending',
      machine: to.machine,
      key: String(resolved(to.key, args, params)),
      event: asData(resolved(event, args, params)) as MachineEvent,
      ...(input === undefined ? {} : { input }),
    };
  };
  const action = (): void => {
    throw new Error(
      'sendToInstance: this machine runs as a plain actor, and only instances of a cluster can send to each other; replace this action with `machine.provide({ actions })` to try the machine alone',
    );
  };
  return Object.assign(action, { [mark]: { resolve, said: { to, event } } });
}

/** A copy, so that the two share nothing: no actor, no code, and no object that either may change. */
function asData(value: unknown): unknown {
  try {
    return structuredClone(value);
  } catch (thrown) {
    throw new Error(`sendToInstance: what it sends is no data: ${reasonOf(thrown)}`, {
      cause: thrown,
    });
  }
}

/** What such an action sends; null for all other actions. */
export function sendingOf(action: unknown, args: Args, params: unknown): Sending | null {
  const marked = typeof action === 'function' ? (action as Marked)[mark] : undefined;
  if (marked === undefined) return null;
  const sending = marked.resolve(args, params);
  if (typeof sending.event?.type !== 'string') {
    throw new Error(`sendToInstance: what it sends is no event: ${reasonOf(sending.event)}`);
  }
  if (sending.event.type.startsWith('xstate.')) {
    throw new Error(`sendToInstance: "${sending.event.type}" is for XState alone to send`);
  }
  return sending;
}

/** What such an action was made of, for whoever describes it; undefined for all other actions. */
export const saidBy = (action: object): unknown => (action as Marked)[mark]?.said;
