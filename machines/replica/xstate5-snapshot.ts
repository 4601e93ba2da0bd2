/**
 * XState snapshots as plain data and back, and from one copy of a machine to another.
 *
 * XState's own persisted form keeps the active states as a value alone. That is not enough
 * here: the order in which regions act follows the order in which they were entered, which a
 * value does not tell, and a replica that came from a snapshot must act like one that did not.
 */
import type { AnyMachineSnapshot, AnyStateMachine, AnyStateNode, StateValue } from 'xstate';
import { invariant } from '../protocol/invariant.ts';

/** A machine with its states by id. */
export type Body = Readonly<{
  machine: AnyStateMachine;
  nodes: ReadonlyMap<string, AnyStateNode>;
}>;

export const bodyOf = (machine: AnyStateMachine): Body => ({
  machine,
  nodes: new Map(statesOf(machine.root).map((node) => [node.id, node])),
});

/** A state and all below it, in document order. */
export const statesOf = (node: AnyStateNode): readonly AnyStateNode[] => [
  node,
  ...Object.values(node.states).flatMap(statesOf),
];

type Serialized = Readonly<{
  status: AnyMachineSnapshot['status'];
  value: StateValue;
  context: AnyMachineSnapshot['context'];
  output?: unknown;
  error?: unknown;
  children: AnyMachineSnapshot['children'];
  /** Ids of the active states, in the order in which XState holds them. */
  active: readonly string[];
  /** What each history state would return to. */
  remembered: Readonly<Record<string, readonly string[]>>;
}>;

export function serialize(snapshot: AnyMachineSnapshot): Serialized {
  const { status, value, context, output, error, children, _nodes, historyValue } = snapshot;
  const remembered = Object.fromEntries(
    Object.entries(historyValue).map(([id, nodes]) => [id, nodes.map((node) => node.id)]),
  );
  return {
    status,
    value,
    context,
    ...(output === undefined ? {} : { output }),
    ...(error === undefined ? {} : { error }),
    children,
    active: _nodes.map((node) => node.id),
    remembered,
  };
}

export function deserialize(body: Body, serialized: unknown): AnyMachineSnapshot {
  const { value, active, remembered, ...fields } = serialized as Serialized;
  const historyValue = Object.fromEntries(
    Object.entries(remembered).map(([id, ids]) => [id, ids.map((each) => nodeOf(body, each))]),
  );
  const restored = body.machine.resolveState({ value, context: fields.context, historyValue });
  const nodes = active.map((id) => nodeOf(body, id));
  // Where it stands may be an end since its definition has changed.
  const status = fields.status === 'active' ? restored.status : fields.status;
  return { ...restored, ...fields, status, value, _nodes: nodes } as AnyMachineSnapshot;
}

/** The same snapshot, held by another copy of the same machine. */
export function rebase(snapshot: AnyMachineSnapshot, body: Body): AnyMachineSnapshot {
  const { _nodes: active } = snapshot;
  const historyValue: Record<string, AnyStateNode[]> = {};
  for (const id in snapshot.historyValue) {
    historyValue[id] = snapshot.historyValue[id]?.map((node) => nodeOf(body, node.id)) ?? [];
  }
  return {
    ...snapshot,
    machine: body.machine,
    _nodes: active.map((node) => nodeOf(body, node.id)),
    historyValue,
  };
}

function nodeOf({ nodes }: Body, id: string): AnyStateNode {
  const node = nodes.get(id);
  invariant(node !== undefined, 'a snapshot meets only the machine that it came from');
  return node;
}
