/** A machine with what Quorate should know about it besides the chart itself. */
import type { AnyStateMachine } from 'xstate';
import type { Migrate } from './migration.ts';
import type { Wish } from './pending.ts';

/**
 * What becomes of a deadline while nobody leads, for a moment or while all nodes are down:
 * - `remaining`: the time in which nobody led does not count. Trusts no wall clock: never early.
 * - `fire`: it counts, by the wall clocks of the leaders before and after, so what has passed
 *   meanwhile fires as soon as somebody leads.
 * - `restart`: if it was longer than ten seconds, every delay begins anew.
 */
export type MissedDeadlines = 'remaining' | 'fire' | 'restart';

/**
 * - `at-least-once`: the next leader runs again what an earlier one may not have finished.
 * - `at-most-once`: an effect whose leader is lost is not run again; an invocation ends with its
 *   error event, whose error has the code `effect-lost`.
 */
export type EffectPolicy = 'at-least-once' | 'at-most-once';

export type ReplicationOptions = Readonly<{
  /** By default `remaining`. */
  missedDeadlines?: MissedDeadlines;
  /** By the name of the actor (`src`), its id, or the type of the action. By default `at-least-once`. */
  effects?: Readonly<Record<string, EffectPolicy>>;
  /**
   * The definition before this one, with the options that it had. It may name one before it.
   * Needed as long as the log holds entries that were made under it.
   */
  upgrades?: Definition;
  /**
   * Brings an instance of the definition before this one over to it. By default it stands where
   * it stood, with the same context. Pure; another text makes another definition.
   */
  migrate?: Migrate;
}>;

export type Replicated<Machine extends AnyStateMachine = AnyStateMachine> = Readonly<{
  machine: Machine;
  replication: ReplicationOptions;
}>;

/** What can be hosted under a name: a machine as it is, or with options. */
export type Definition = AnyStateMachine | Replicated;

/**
 * @example
 * export const machines = { order: replicated(orderMachine, { effects: { charge: 'at-most-once' } }) };
 */
export const replicated = <Machine extends AnyStateMachine>(
  machine: Machine,
  options: ReplicationOptions = {},
): Replicated<Machine> => ({ machine, replication: options });

export const definitionOf = (definition: Definition): Replicated =>
  typeof definition === 'object' && definition !== null && 'replication' in definition
    ? definition
    : { machine: definition, replication: {} };

/** It and all before it, the eldest first. */
export function chainOf(definition: Definition): readonly Replicated[] {
  const newest = definitionOf(definition);
  const { upgrades } = newest.replication;
  return upgrades === undefined ? [newest] : [...chainOf(upgrades), newest];
}

/** Whether this wish must not be carried out twice. */
export function isOnceBy({ effects = {} }: ReplicationOptions): (wish: Wish) => boolean {
  const once = new Set(
    Object.entries(effects)
      .filter(([, policy]) => policy === 'at-most-once')
      .map(([name]) => name),
  );
  return (wish) => {
    if (wish.kind === 'action') return once.has(wish.name);
    return wish.kind === 'invocation' && (once.has(wish.name) || once.has(wish.actorId));
  };
}
