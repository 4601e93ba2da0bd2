/** Whether `replicated(machine, options)` was given options that mean something. */
import type { AnyStateMachine } from 'xstate';
import { effectNames } from './replicable-actors.ts';
import type { Finding, Problem } from './replicable-problem.ts';
import {
  definitionOf,
  type Definition,
  type EffectPolicy,
  type MissedDeadlines,
  type ReplicationOptions,
} from './replicated.ts';
import { isXState5Machine } from './xstate5-probe.ts';

const missedDeadlines: readonly MissedDeadlines[] = ['remaining', 'fire', 'restart'];
const policies: readonly EffectPolicy[] = ['at-least-once', 'at-most-once'];

export const optionProblems = (machine: AnyStateMachine, options: unknown): readonly Problem[] =>
  optionFindings(machine, options).map((finding) => ({ where: '', ...finding }));

function optionFindings(machine: AnyStateMachine, options: unknown): readonly Finding[] {
  if (!isRecord(options)) {
    return [
      {
        code: 'bad-option',
        what: 'it is given options that are no object',
        remedy: 'Write `replicated(machine, { … })`.',
      },
    ];
  }
  return Object.entries(options).flatMap(([option, said]) => {
    if (said === undefined) return [];
    switch (option as keyof ReplicationOptions) {
      case 'missedDeadlines':
        return oneOf(missedDeadlines, said, 'its option `missedDeadlines`');
      case 'effects':
        return effectFindings(machine, said);
      case 'upgrades':
        return earlierFindings(said);
      case 'migrate':
        return migrateFindings(said, options.upgrades);
      default:
        return [
          {
            code: 'bad-option',
            what: `it is given the option \`${option}\`, which there is not`,
            remedy: 'There are `missedDeadlines`, `effects`, `upgrades` and `migrate`.',
          },
        ];
    }
  });
}

function earlierFindings(said: unknown): readonly Finding[] {
  const { machine, replication } = definitionOf(said as Definition);
  if (isXState5Machine(machine)) return optionFindings(machine, replication);
  return [
    {
      code: 'bad-option',
      what: 'its option `upgrades` is not a machine made by XState 5',
      remedy: 'Give it the definition before this one, with the options that it had.',
    },
  ];
}

function migrateFindings(said: unknown, upgrades: unknown): readonly Finding[] {
  if (typeof said !== 'function') {
    return [
      {
        code: 'bad-option',
        what: 'its option `migrate` is no function',
        remedy: 'Write `migrate: (old) => ({ ...old, context: … })`.',
      },
    ];
  }
  if (upgrades !== undefined) return [];
  return [
    {
      code: 'bad-option',
      what: 'it is given `migrate` and no `upgrades`',
      remedy: 'Give it the definition before this one as `upgrades`.',
    },
  ];
}

function effectFindings(machine: AnyStateMachine, said: unknown): readonly Finding[] {
  if (!isRecord(said)) {
    return [
      {
        code: 'bad-option',
        what: 'its option `effects` is no object',
        remedy: "Write `effects: { charge: 'at-most-once' }`.",
      },
    ];
  }
  const known = effectNames(machine);
  return Object.entries(said).flatMap(([name, policy]) => [
    ...(known.has(name) ? [] : [unknownEffect(name, known)]),
    ...oneOf(policies, policy, `its policy for the effect "${name}"`),
  ]);
}

/** A policy that nobody heeds would be found out when a card is charged twice. */
const unknownEffect = (name: string, known: ReadonlySet<string>): Finding => ({
  code: 'unknown-effect',
  what: `it has a policy for the effect "${name}", which it does not have`,
  remedy:
    known.size === 0
      ? 'It has no effects that could have one: name those that it should, in `setup({ actions, actors })`.'
      : `Use the name of an action or an actor, or the id of an invoke: ${[...known].join(', ')}.`,
});

const oneOf = (values: readonly string[], said: unknown, which: string): readonly Finding[] =>
  values.some((value) => value === said)
    ? []
    : [
        {
          code: 'bad-option',
          what: `${which} is none that there is`,
          remedy: `Use one of ${values.map((value) => `"${value}"`).join(', ')}.`,
        },
      ];

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
