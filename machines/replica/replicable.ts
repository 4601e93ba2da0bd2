/**
 * Whether a machine can be replicated faithfully, asked once at the start. A chart that asks for
 * more than a replica can keep is refused there with all its reasons, and never half replicated.
 */
import type { AnyStateMachine, AnyStateNode } from 'xstate';
import { lifecycleName } from '../lifecycle.ts';
import { limits } from '../protocol/limits.ts';
import { type Finding, inspectActions, inspectGuard } from './replicable-references.ts';
import { forbiddenParts } from './unsupported.ts';
import { isXState5Machine } from './xstate5-probe.ts';
import { statesOf } from './xstate5-snapshot.ts';

export type Problem = Readonly<{
  /** The path of the state, dots between; empty for the machine as a whole. */
  where: string;
  /** A clause about that state: "on entry it spawns an actor". */
  what: string;
  /** A sentence of its own. */
  remedy: string;
}>;

export const problemSentence = (name: string, { where, what, remedy }: Problem): string =>
  `Machine "${name}"${where === '' ? '' : `, state "${where}"`}: ${what}. ${remedy}`;

/** Everything that stands in the way of replicating this machine under this name. */
export function checkReplicable(name: string, machine: unknown): readonly Problem[] {
  const problems = nameProblems(name);
  if (!isXState5Machine(machine)) {
    return [
      ...problems,
      {
        where: '',
        what: 'it is not a machine made by XState 5',
        remedy: 'Export what `createMachine` of xstate 5.33 or later returns.',
      },
    ];
  }
  return [...problems, ...duplicateIds(machine), ...statesOf(machine.root).flatMap(stateProblems)];
}

const nameRule = new RegExp(`^[A-Za-z0-9_.-]{1,${limits.machineNameCharsMax}}$`);

function nameProblems(name: string): readonly Problem[] {
  if (name === lifecycleName) {
    return [
      {
        where: '',
        what: "it has the name of the cluster's own machine",
        remedy: 'Give it another name.',
      },
    ];
  }
  if (nameRule.test(name)) return [];
  return [
    {
      where: '',
      what: 'it has a name that does not fit into an address',
      remedy: `Use 1 to ${limits.machineNameCharsMax} of the characters A-Z a-z 0-9 _ . and -.`,
    },
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
        where: node.path.join('.'),
        what: `it has the id "${node.id}" of another state`,
        remedy: 'Give one of them an `id` of its own.',
      },
    ];
  });
}

function stateProblems(node: AnyStateNode): readonly Problem[] {
  const found = [
    ...partFindings(node),
    ...initialFindings(node),
    // As configured: XState adds what `after` comes to, which is reported already.
    ...inspectActions(node.machine, listed(node.config.entry), 'on entry it'),
    ...inspectActions(node.machine, listed(node.config.exit), 'on exit it'),
    ...transitionsOf(node).flatMap(([when, transition]) =>
      transitionFindings(node, when, transition),
    ),
  ];
  const where = node.path.join('.');
  return found.map((finding) => ({ where, ...finding }));
}

const listed = (actions: unknown): readonly unknown[] =>
  Array.isArray(actions) ? actions : actions === undefined ? [] : [actions];

const stateParts = new Set([
  'id',
  'key',
  'type',
  'initial',
  'states',
  'history',
  'target',
  'order',
  'tags',
  'entry',
  'exit',
  'on',
  'always',
  'onDone',
  'output',
  'description',
  'meta',
]);
const machineParts = new Set(['context', 'version', 'types', 'schemas', 'options']);

function partFindings(node: AnyStateNode): readonly Finding[] {
  return Object.entries(node.config as Record<string, unknown>).flatMap(([part, said]) => {
    if (said === undefined || stateParts.has(part)) return [];
    if (node.parent === undefined && machineParts.has(part)) return [];
    const forbidden = forbiddenParts.get(part);
    return forbidden === undefined
      ? unknownPart(part, 'it')
      : { what: `it ${forbidden.what}`, remedy: forbidden.remedy };
  });
}

const unknownPart = (part: string, who: string): Finding => ({
  what: `${who} has \`${part}\`, which XState 5 does not know and would silently leave out`,
  remedy:
    part === 'cond'
      ? 'XState 5 calls it `guard`.'
      : 'Take it out, or keep it under `meta` if it is a note.',
});

/** XState looks for the initial state only when it is entered. */
function initialFindings(node: AnyStateNode): readonly Finding[] {
  if (node.type !== 'compound') return [];
  try {
    return inspectActions(node.machine, node.initial.actions, 'on its initial transition it');
  } catch {
    return [
      {
        what: 'it names an initial state that it does not have',
        remedy: `Use one of ${Object.keys(node.states).join(', ')}.`,
      },
    ];
  }
}

type Transition = AnyStateNode['always'] extends readonly (infer Each)[] | undefined ? Each : never;

function transitionsOf(node: AnyStateNode): readonly (readonly [string, Transition])[] {
  const always = (node.always ?? []).map((each) => ['in `always` it', each] as const);
  const named = [...node.transitions].flatMap(([eventType, each]) =>
    // What belongs to an actor or a delay is reported as the part that it is.
    /^xstate\.(after|(done|error|snapshot)\.actor|route)\b/.test(eventType)
      ? []
      : each.map((transition) => [`on ${eventType} it`, transition] as const),
  );
  return [...always, ...named];
}

const transitionParts = new Set([
  'target',
  'guard',
  'actions',
  'reenter',
  'description',
  'meta',
  'source',
  'eventType',
  'toJSON',
]);

function transitionFindings(node: AnyStateNode, when: string, transition: Transition) {
  const strange = Object.keys(transition).filter((part) => !transitionParts.has(part));
  return [
    ...strange.map((part) => unknownPart(part, when)),
    ...inspectGuard(node.machine, transition.guard, when),
    ...inspectActions(node.machine, transition.actions, when),
  ];
}
