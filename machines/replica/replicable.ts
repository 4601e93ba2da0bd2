/**
 * Whether a machine can be replicated faithfully, as far as its definition tells: quick, and none
 * of the user's code runs. A chart that asks for more than a replica can keep is refused with all
 * its reasons, and never half replicated. What only running it shows, `exercise.ts` finds.
 */
import type { AnyStateMachine } from 'xstate';
import { lifecycleName } from '../lifecycle.ts';
import { limits } from '../protocol/limits.ts';
import { actorsOf } from './replicable-actors.ts';
import { optionProblems } from './replicable-options.ts';
import type { Finding, Problem } from './replicable-problem.ts';
import { stateFindings } from './replicable-states.ts';
import { definitionOf, type Definition } from './replicated.ts';
import { isMachine } from './xstate5-effects.ts';
import { isXState5Machine } from './xstate5-probe.ts';
import { statesOf } from './xstate5-snapshot.ts';

export { problemSentence } from './replicable-problem.ts';

/** Everything that stands in the way of replicating this under this name: a machine, or what `replicated` returned. */
export function checkReplicable(name: string, definition: unknown): readonly Problem[] {
  const { machine, replication } = definitionOf(definition as Definition);
  const problems = [...nameProblems(name), ...machineProblems(machine, [], new Set())];
  return isXState5Machine(machine)
    ? [...problems, ...optionProblems(machine, replication)]
    : problems;
}

const asAWhole = (finding: Finding): Problem => ({ where: '', ...finding });

const nameRule = new RegExp(`^[A-Za-z0-9_.-]{1,${limits.machineNameCharsMax}}$`);

function nameProblems(name: string): readonly Problem[] {
  if (name === lifecycleName) {
    return [
      asAWhole({
        code: 'bad-name',
        what: "it has the name of the cluster's own machine",
        remedy: 'Give it another name.',
      }),
    ];
  }
  if (nameRule.test(name)) return [];
  return [
    asAWhole({
      code: 'bad-name',
      what: 'it has a name that does not fit into an address',
      remedy: `Use 1 to ${limits.machineNameCharsMax} of the characters A-Z a-z 0-9 _ . and -.`,
    }),
  ];
}

/** `path`: the actors that lead to this machine. A machine that is used twice is looked at once. */
function machineProblems(
  machine: unknown,
  path: readonly string[],
  seen: Set<unknown>,
): readonly Problem[] {
  seen.add(machine);
  const told = (problem: Problem): Problem =>
    path.length === 0 ? problem : { ...problem, child: path.join('/') };
  if (!isXState5Machine(machine)) {
    return [
      told(
        asAWhole({
          code: 'not-a-machine',
          what: 'it is not a machine made by XState 5',
          remedy: 'Use what `createMachine` of xstate 5.33 or later returns.',
        }),
      ),
    ];
  }
  return [
    ...[
      ...duplicateIds(machine),
      ...statesOf(machine.root).flatMap((node) =>
        stateFindings(node).map((finding) => ({ where: node.path.join('.'), ...finding })),
      ),
    ].map(told),
    ...actorsOf(machine).flatMap(([name, logic]) =>
      isMachine(logic) && !seen.has(logic) ? machineProblems(logic, [...path, name], seen) : [],
    ),
  ];
}

/** Where two states share an id, XState finds one of them and we could restore the wrong one. */
function duplicateIds(machine: AnyStateMachine): readonly Problem[] {
  const seen = new Set<string>();
  return statesOf(machine.root).flatMap((node) => {
    if (!seen.has(node.id)) {
      seen.add(node.id);
      return [];
    }
    return [
      {
        code: 'duplicate-id',
        where: node.path.join('.'),
        what: `it has the id "${node.id}" of another state`,
        remedy: 'Give one of them an `id` of its own.',
      },
    ];
  });
}
