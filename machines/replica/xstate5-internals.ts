/**
 * What XState's actors keep to themselves, and an instance that takes its steps among them has to
 * know. Each upgrade of XState must still say yes to all of it (`test/replica/facts.test.ts`).
 */
// oxlint-disable no-underscore-dangle
import type { AnyActorLogic, AnyActorRef, AnyMachineSnapshot } from 'xstate';
import type { MachineEvent } from '../protocol/entry.ts';
import type { AskedAction } from './xstate5-findings.ts';

export type Actor = AnyActorRef & {
  logic: AnyActorLogic;
  options: { input?: unknown };
  observers: Set<unknown>;
  mailbox: Mailbox;
  systemId: string | undefined;
  _syncSnapshot: boolean | undefined;
  _snapshot: AnyMachineSnapshot;
  _processingStatus: number;
  _deferred: (() => void)[];
  _actorScope: {
    actionExecutor: (action: AskedAction) => void;
    defer: (effect: () => void) => void;
  };
  _process(event: unknown): void;
  _send(event: unknown): void;
};

type Mailbox = { _current: unknown; start(): void };
type MailboxClass = new (take: (event: unknown) => void) => Mailbox;

/** XState's words for where an actor is in its life. */
const notStarted = 0;
const running = 1;
const stopped = 2;

export const isActor = (value: object): value is Actor =>
  'sessionId' in value && '_processingStatus' in value;

export const isStopped = ({ _processingStatus }: Actor): boolean => _processingStatus === stopped;

export const parentOf = ({ _parent }: Actor): Actor | undefined => _parent as Actor | undefined;

export const snapshotOf = ({ _snapshot }: Actor): AnyMachineSnapshot => _snapshot;

/** Whether its parent hears of each of its snapshots. */
export const isSynced = ({ _syncSnapshot }: Actor): boolean => _syncSnapshot === true;

export const deliver = (actor: Actor, event: MachineEvent): void => actor._send(event);

/** Where an actor stands between two steps. */
export type Stand = Readonly<{
  snapshot: AnyMachineSnapshot;
  isOver: boolean;
  /** Besides its parent's there are none: users cannot subscribe. */
  observers: readonly unknown[];
}>;

const nobody: readonly never[] = Object.freeze([]);

export const standOf = (actor: Actor): Stand => ({
  snapshot: actor._snapshot,
  isOver: isStopped(actor),
  observers: actor.observers.size === 0 ? nobody : [...actor.observers],
});

export const standsAt = (actor: Actor, { snapshot, isOver }: Stand): boolean =>
  actor._snapshot === snapshot && isStopped(actor) === isOver;

/** Wherever a step has left it: one that failed may have stopped it in the middle of something. */
export function putBack(actor: Actor, { snapshot, isOver, observers }: Stand): void {
  actor._snapshot = snapshot;
  actor._deferred.length = 0;
  if (actor.observers.size !== observers.length) {
    actor.observers.clear();
    for (const observer of observers) actor.observers.add(observer);
  }
  if (isOver) {
    actor._processingStatus = stopped;
    return;
  }
  if (actor._processingStatus === running && actor.mailbox._current === null) return;
  actor._processingStatus = running;
  actor.mailbox = new (actor.mailbox.constructor as MailboxClass)((event) => actor._process(event));
  actor.mailbox.start();
}

/** Its actions come to us: at once, or if it has not begun, with what it does when it begins. */
export function performBy(actor: Actor, perform: (action: AskedAction) => void): void {
  actor._actorScope.actionExecutor = (action) => {
    if (actor._processingStatus === running) perform(action);
    else actor._deferred.push(() => perform(action));
  };
}

export function refuseDeferring(actor: Actor, refuse: () => never): void {
  actor._actorScope.defer = refuse;
}

/** XState itself subscribes to an actor once, when it begins, for a parent that wants snapshots. */
export const isSyncing = (actor: Actor): boolean =>
  isSynced(actor) && actor._processingStatus === notStarted && actor.observers.size === 0;

/** What it was given when it was made, and could not be given again at once. */
export function dress(actor: Actor, systemId: string | undefined, input: unknown): void {
  actor.systemId = systemId;
  actor.options.input = input;
}
