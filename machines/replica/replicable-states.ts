/** One state of a chart: its parts, and what it refers to at each of its occasions. */
import type { AnyStateNode } from 'xstate';
import { occasion } from './replicable-occasion.ts';
import type { Finding } from './replicable-problem.ts';
import {
  inspectActions,
  inspectDelay,
  inspectGuard,
  inspectLogic,
} from './replicable-references.ts';

/** Actions and a guard that belong together, and when: "on entry". */
type References = Readonly<{ when: string; actions: readonly unknown[]; guard?: unknown }>;

export const listed = (items: unknown): readonly unknown[] =>
  Array.isArray(items) ? items : items === undefined ? [] : [items];

export const stateFindings = (node: AnyStateNode): readonly Finding[] => [
  ...partFindings(node),
  ...initialFindings(node),
  ...invokeFindings(node),
  ...delayFindings(node),
  ...referencesOf(node).flatMap(({ when, actions, guard }) =>
    [...inspectGuard(node.machine, guard), ...inspectActions(node.machine, actions)].map(
      (finding) => ({ ...finding, what: `${when} it ${finding.what}` }),
    ),
  ),
  ...transitionsOf(node).flatMap(([when, transition]) => transitionParts(when, transition)),
];

export function referencesOf(node: AnyStateNode): readonly References[] {
  return [
    // As configured: XState adds what `after` comes to.
    { when: 'on entry', actions: listed(node.config.entry) },
    { when: 'on exit', actions: listed(node.config.exit) },
    { when: 'on its initial transition', actions: initialOf(node)?.actions ?? [] },
    ...transitionsOf(node).map(([when, { actions, guard }]) => ({ when, actions, guard })),
  ];
}

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
  'after',
  'invoke',
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
    return part === 'route' ? route : unknownPart(part, 'it');
  });
}

const route: Finding = {
  code: 'route',
  what: 'it can be entered by `xstate.route`, which nobody may send',
  remedy: 'Give it an ordinary event instead.',
};

const unknownPart = (part: string, who: string): Finding => ({
  code: 'unknown-part',
  what: `${who} has \`${part}\`, which XState 5 does not know and would silently leave out`,
  remedy: inXState5.get(part) ?? 'Take it out, or keep it under `meta` if it is a note.',
});

const inXState5 = new Map([
  ['cond', 'XState 5 calls it `guard`.'],
  ['data', 'XState 5 calls it `input` where something is invoked, and `output` where it ends.'],
]);

const initialMissing: unique symbol = Symbol('missing');

/** XState looks for the initial state only when it is entered. */
function initialState(node: AnyStateNode) {
  if (node.type !== 'compound') return null;
  try {
    return node.initial;
  } catch {
    return initialMissing;
  }
}

function initialOf(node: AnyStateNode): Readonly<{ actions: readonly unknown[] }> | null {
  const initial = initialState(node);
  return initial === initialMissing ? null : initial;
}

const initialFindings = (node: AnyStateNode): readonly Finding[] =>
  initialState(node) === initialMissing
    ? [
        {
          code: 'malformed',
          what: 'it names an initial state that it does not have',
          remedy: `Use one of ${Object.keys(node.states).join(', ')}.`,
        },
      ]
    : [];

const invokeParts = new Set([
  'id',
  'src',
  'systemId',
  'input',
  'onDone',
  'onError',
  'onSnapshot',
  'description',
  'meta',
]);

function invokeFindings(node: AnyStateNode): readonly Finding[] {
  const ids = new Set<string>();
  return listed(node.config.invoke).flatMap((invoke, place): readonly Finding[] => {
    if (typeof invoke !== 'object' || invoke === null) {
      return [
        {
          code: 'malformed',
          what: 'it has an `invoke` that is none',
          remedy: 'Write `invoke: { src: … }`.',
        },
      ];
    }
    const id = node.invoke[place]?.id ?? '';
    const isTaken = ids.has(id);
    ids.add(id);
    return [
      ...Object.keys(invoke)
        .filter((part) => !invokeParts.has(part))
        .map((part) => unknownPart(part, `its invoke "${id}"`)),
      ...inspectLogic(
        node.machine,
        'src' in invoke ? invoke.src : undefined,
        'invokes the actor',
      ).map((finding) => ({ ...finding, what: `it ${finding.what}` })),
      ...(isTaken ? [sameInvokeId(id)] : []),
    ];
  });
}

const sameInvokeId = (id: string): Finding => ({
  code: 'duplicate-id',
  what: `it invokes two actors with the id "${id}" at once`,
  remedy: 'Give one of them an `id` of its own.',
});

function delayFindings(node: AnyStateNode): readonly Finding[] {
  const { after } = node.config as { after?: unknown };
  if (Array.isArray(after)) {
    return [
      {
        code: 'malformed',
        what: 'it has a list for `after`, whose places XState 5 takes for delays of 0, 1, 2 … ms',
        remedy: 'Write `after: { 1000: … }`.',
      },
    ];
  }
  return Object.keys(after ?? {})
    .filter((delay) => Number.isNaN(Number(delay)))
    .flatMap((name) => inspectDelay(node.machine, name))
    .map((finding) => ({ ...finding, what: `it ${finding.what}` }));
}

type Transition = AnyStateNode['always'] extends readonly (infer Each)[] | undefined ? Each : never;

function transitionsOf(node: AnyStateNode): readonly (readonly [string, Transition])[] {
  const always = (node.always ?? []).map((each) => ['in `always`', each] as const);
  const named = [...node.transitions].flatMap(([eventType, each]) =>
    // That one is reported as the part that it is.
    eventType.startsWith('xstate.route')
      ? []
      : each.map((transition) => [occasion(eventType), transition] as const),
  );
  return [...always, ...named];
}

const parts = new Set([
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
/** XState's own, on what comes of `after`. */
const delayedParts = new Set(['event', 'delay']);

const transitionParts = (when: string, transition: Transition): readonly Finding[] =>
  Object.keys(transition)
    .filter((part) => !parts.has(part) && !(delayedParts.has(part) && when.startsWith('after')))
    .map((part) => unknownPart(part, `${when} it`));
